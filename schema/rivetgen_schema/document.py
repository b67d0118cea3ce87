"""From files to a schema: the order in which everything is read and checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rivetgen_schema import ir
from rivetgen_schema.actors import read_actors
from rivetgen_schema.definitions import finish_types, read_errors, read_types
from rivetgen_schema.files import MAXIMUM_FILES, find_files, read_bytes
from rivetgen_schema.lint import lint
from rivetgen_schema.name_rules import check_names
from rivetgen_schema.reading import PRODUCT_NAME, Reading
from rivetgen_schema.resolve import check_references, check_types
from rivetgen_schema.sections import Section, report_form
from rivetgen_schema.yaml_tree import Entry, Mapping, Scalar, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen_schema.findings import Finding
    from rivetgen_schema.source import SourceFile

LANGUAGE_VERSION: Final = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """What came of loading a schema.

    Attributes:
        schema: The schema; `None` when a finding is an error.
        findings: Everything worth telling, in file order.
        files: The files that were read, for excerpts of later findings.
        imports: Patterns of imported files, relative to the folder of the first file.
    """

    schema: ir.Schema | None
    findings: tuple[Finding, ...]
    files: tuple[SourceFile, ...] = ()
    imports: tuple[str, ...] = ()


def load_schema(path: Path) -> LoadResult:
    """Load a schema file and the files it imports.

    Never raises for what is in a file or whether it is there: that becomes findings.
    """
    path = Path(path)
    reading = Reading(folder=path.parent)
    data = read_bytes(reading.log, path)
    if data is None:
        return LoadResult(schema=None, findings=reading.log.findings())
    return _load(reading, data, name=str(path), path=path)


def load_text(text: str, *, name: str = "actors.yaml") -> LoadResult:
    """Load a schema from a text; such a schema cannot import files."""
    data = text.encode("utf-8", "surrogatepass")
    return _load(Reading(), data, name=name, path=None)


def _load(reading: Reading, data: bytes, *, name: str, path: Path | None) -> LoadResult:
    root = parse_yaml(data, name=name, log=reading.log, budget=reading.budget)
    schema = None
    if isinstance(root, Mapping):
        document = Section(root, "document", log=reading.log)
        sections = [document, *_imported(reading, document, path=path)]
        schema = _schema(reading, sections)
    elif root is not None:
        report_form(reading.log, root, expected="a map that starts with `rivet: 1`")
    findings = reading.log.findings()
    usable = not any(finding.severity == "error" for finding in findings)
    return LoadResult(
        schema=schema if usable else None,
        findings=findings,
        files=tuple(reading.log.files.values()),
        imports=tuple(reading.imports),
    )


def _schema(reading: Reading, sections: list[Section]) -> ir.Schema:
    document = sections[0]
    _check_version(document)
    read_types(reading, _entries(sections, "types"))
    errors = read_errors(reading, _entries(sections, "errors"))
    actors = read_actors(reading, _entries(sections, "actors"))
    schema = replace(
        _information(document),
        types=finish_types(reading),
        errors=errors,
        actors=actors,
        position=document.node.position,
    )
    check_references(reading, schema)
    check_types(reading, schema)
    check_names(reading.log, schema)
    lint(reading, schema)
    return schema


def _entries(sections: list[Section], key: str) -> Iterator[Entry]:
    for section in sections:
        yield from section.entries(key)


def _check_version(document: Section) -> None:
    text = document.required_text("rivet", example=LANGUAGE_VERSION)
    if text is not None and text != LANGUAGE_VERSION:
        document.log.add(
            "RG127",
            document.key_position("rivet"),
            f"There is no version `{text[:40]}` of the language here.",
            fix=f"Write `rivet: {LANGUAGE_VERSION}`.",
        )


def _information(document: Section) -> ir.Schema:
    section = document.subsection("info", "info")
    if section is None:
        document.required_text("info", example="{ name: acme-actors, version: 1.0.0 }")
        return ir.Schema(name="unnamed", version="0")
    name = section.required_text("name", example="acme-actors")
    version = section.required_text("version", example="1.0.0")
    if name is not None and not PRODUCT_NAME.fullmatch(name):
        section.log.add(
            "RG003",
            section.key_position("name"),
            "The name of the schema is not usable as the name of a package.",
            fix="Use lower-case words with `-` between them, such as `acme-actors`.",
        )
    return ir.Schema(
        name=name or "unnamed",
        version=version or "0",
        description=section.text("description"),
    )


def _imported(
    reading: Reading, document: Section, *, path: Path | None
) -> Iterator[Section]:
    """Yield the imported files, each once, imports of imports included."""
    seen = {path.resolve()} if path else set[Path]()
    waiting = [document]
    while waiting:
        for node, file in _named_files(reading, waiting.pop(0)):
            if file.resolve() in seen or len(seen) > MAXIMUM_FILES:
                continue
            seen.add(file.resolve())
            section = _import(reading, file, at=node)
            if section is not None:
                waiting.append(section)
                yield section


def _named_files(reading: Reading, section: Section) -> Iterator[tuple[Scalar, Path]]:
    for node in section.items("imports"):
        if isinstance(node, Scalar):
            reading.imports.append(node.value)
            for file in find_files(reading, node):
                yield node, file
        else:
            report_form(reading.log, node, expected="a path such as `types/*.yaml`")


def _import(reading: Reading, file: Path, *, at: Scalar) -> Section | None:
    data = read_bytes(reading.log, file, at=at)
    if data is None:
        return None
    name = str(file)
    root = parse_yaml(data, name=name, log=reading.log, budget=reading.budget)
    if isinstance(root, Mapping):
        return Section(root, "document", log=reading.log)
    if root is not None:
        report_form(
            reading.log, root, expected="a map with `types`, `errors` or `actors`"
        )
    return None
