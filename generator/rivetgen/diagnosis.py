"""What `rivetgen doctor` looks at: each problem is one sentence with one fix.

A check is a function in `CHECKS`; it yields findings and never raises for what it
finds. Checks that need settings or a schema are skipped when these are unusable,
because the problem was named before.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, cast

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from rivetgen.editor_files import EDITOR_SCHEMA_PATH, editor_schema_text
from rivetgen.errors import RivetgenError
from rivetgen.lock_checking import lock_findings
from rivetgen.output import read_text
from rivetgen.pipeline import Report, check
from rivetgen.places import LOCK_FILE
from rivetgen.settings import FILE, Settings, find_project, load_settings
from rivetgen.version import RELEASE, VERSION
from rivetgen_schema.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rivetgen_schema.findings import Severity

DISTRIBUTIONS: Final = ("rivetgen-schema", "rivetgen-client", "rivetgen-runtime")
"""What is released together with the generator."""
_MODELINE: Final = re.compile(
    r"^#\s*yaml-language-server:\s*\$schema=(\S+)", re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """A project with settings that can be used."""

    settings: Settings
    report: Report


def diagnose(project: Path | None) -> tuple[Finding, ...]:
    """Return every problem of a project and of the environment."""
    findings = list(_installed_versions())
    try:
        folder = find_project(Path.cwd()) if project is None else project.absolute()
        settings = load_settings(folder)
        report = check(settings, full=True)
    except RivetgenError as error:
        return (*findings, *_refusals(error))
    patient = Patient(settings=settings, report=report)
    for examine in CHECKS:
        findings += examine(patient)
    return tuple(findings)


def facts() -> dict[str, str]:
    """Return the versions that help others to help."""
    names = ("rivetgen", *DISTRIBUTIONS, "ruff", "pydantic")
    found = {name: _installed(name) for name in names}
    return {name: version for name, version in found.items() if version is not None}


def _problem(
    code: str, message: str, *, fix: str, severity: Severity = "error"
) -> Finding:
    return Finding(code=code, severity=severity, message=message, fix=fix)


def _count(items: Sequence[object], word: str) -> str:
    return f"1 {word}" if len(items) == 1 else f"{len(items)} {word}s"


def _refusals(error: RivetgenError) -> Iterator[Finding]:
    for line in str(error).splitlines():
        yield _problem(
            "doctor-project",
            f"{line[:1].upper()}{line[1:]}.",
            fix="Repair that first; everything else depends on it.",
        )


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _installed_versions() -> Iterator[Finding]:
    for name in DISTRIBUTIONS:
        version = _installed(name)
        if version is not None and not version.startswith(f"{RELEASE}."):
            yield _problem(
                "doctor-versions",
                f"{name} {version} is installed beside rivetgen {VERSION}.",
                fix=f'Install "{name}=={RELEASE}.*".',
            )


def _schema(patient: Patient) -> Iterator[Finding]:
    findings = [f for f in patient.report.findings if f.severity != "info"]
    if findings:
        yield _problem(
            "doctor-schema",
            f"The schema has {_count(findings, 'finding')}.",
            fix="Run `rivetgen lint` to see what to repair.",
            severity="warning" if patient.report.is_usable else "error",
        )


def _generated_code(patient: Patient) -> Iterator[Finding]:
    changes = [str(change) for change in patient.report.changes]
    if changes:
        more = f", and {len(changes) - 1} more files differ" if changes[1:] else ""
        yield _problem(
            "doctor-generated",
            f"{changes[0]}{more}.",
            fix="Run `rivetgen generate`.",
        )


def _dependencies(patient: Patient) -> Iterator[Finding]:
    settings = patient.settings
    if settings.python_server:
        yield from _requirement(settings.project, FILE, "rivetgen-runtime")
    if settings.python_client:
        path = f"{settings.python_client.output}/{FILE}"
        yield from _requirement(settings.project, path, "rivetgen-client")


def _requirement(project: Path, path: str, name: str) -> Iterator[Finding]:
    """Check that a project asks for the version that its code was generated for."""
    wanted = f"{name}=={RELEASE}.*"
    requirement = _requirements(project / path).get(name)
    if requirement is None:
        yield _problem(
            "doctor-dependencies",
            f"{path} does not depend on {name}, which the generated code needs.",
            fix=f'Add "{wanted}" to its dependencies.',
        )
    elif not requirement.specifier.contains(str(VERSION), prereleases=True):
        yield _problem(
            "doctor-dependencies",
            f"{path} asks for {requirement}, but the code is made for {VERSION}.",
            fix=f'Ask for "{wanted}".',
        )


def _requirements(path: Path) -> dict[str, Requirement]:
    """Return the dependencies of a pyproject.toml by name; none if it is unusable."""
    try:
        document: object = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    for part in ("project", "dependencies"):
        if not isinstance(document, dict):
            return {}
        document = cast("dict[str, object]", document).get(part)
    if not isinstance(document, list):
        return {}
    texts = [text for text in cast("list[object]", document) if isinstance(text, str)]
    return {canonicalize_name(r.name): r for r in _parsed(texts)}


def _parsed(texts: Iterable[str]) -> Iterator[Requirement]:
    for text in texts:
        try:
            yield Requirement(text)
        except InvalidRequirement:
            continue


def _lock(patient: Patient) -> Iterator[Finding]:
    if not patient.report.is_usable:
        return
    try:
        broken = lock_findings(patient.settings)
    except RivetgenError as error:
        yield _problem(
            "doctor-lock",
            f"{error}",
            fix=f"Restore {LOCK_FILE} from the repository.",
        )
        return
    if broken:
        yield _problem(
            "doctor-lock",
            f"The schema breaks its last release in {_count(broken, 'place')}.",
            fix="Run `rivetgen breaking`, then undo them or raise `info.version`.",
        )


def _editor_schema(patient: Patient) -> Iterator[Finding]:
    """Check the file that the first line of the schema points editors to."""
    folder = PurePosixPath(patient.settings.schema).parent
    match = _MODELINE.search(read_text(patient.settings.schema_path) or "")
    if match is None or "://" in match[1]:
        return
    path = folder / match[1]
    if path != PurePosixPath(EDITOR_SCHEMA_PATH):
        return
    text = read_text(patient.settings.project / path)
    if text != editor_schema_text():
        what = "is missing" if text is None else "is outdated"
        yield _problem(
            "doctor-editor",
            f"{path}, which editors complete the schema from, {what}.",
            fix=f"Run `rivetgen schema --output {path}`.",
            severity="warning",
        )


CHECKS: Final[tuple[Callable[[Patient], Iterator[Finding]], ...]] = (
    _schema,
    _generated_code,
    _dependencies,
    _lock,
    _editor_schema,
)
"""Every check of a project, in the order of the report."""
