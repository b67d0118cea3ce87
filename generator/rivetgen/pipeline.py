"""From a project folder to files: settings, schema, targets, formatting."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from rivetgen.errors import SettingsError
from rivetgen.inputs import LOCK, input_digests
from rivetgen.manifest import Manifest, digest, read_manifest
from rivetgen.output import (
    SETTLED,
    Change,
    GeneratedFile,
    apply,
    compare,
    owned_digests,
    read_text,
    write_manifest,
)
from rivetgen.places import shown_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from rivetgen.settings import Settings
    from rivetgen.targets.base import Job, Target
    from rivetgen_schema import Finding, Lock
    from rivetgen_schema.document import LoadResult
    from rivetgen_schema.ir import Schema


NO_TARGET = (
    "nothing is asked for; add a table such as [tool.rivetgen.python-server] "
    "to pyproject.toml"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of one run.

    Attributes:
        findings: What there is to say about the schema.
        changes: The files that differ, or that were written.
        notes: What is left to do by hand, in sentences.
        is_usable: Whether the schema could be used; otherwise nothing was done.
    """

    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    is_usable: bool = True


def generate(settings: Settings, *, force: bool = False) -> Report:
    """Bring the files of a project up to date.

    Raises:
        SettingsError: No target is asked for.
        OutputError: A file is in the way or was edited; nothing was written.
        FormattingError: The emitted code could not be formatted.
    """
    plan = _plan(settings)
    if plan.files is None:
        return Report(findings=plan.findings, is_usable=False)
    manifest = read_manifest(settings.project)
    changes = compare(settings.project, plan.files, manifest, restore=force)
    written = apply(settings.project, changes, force=force)
    write_manifest(
        settings.project,
        Manifest(
            inputs=input_digests(settings, plan.imports, uses_lock=plan.uses_lock),
            imports=plan.imports,
            files=owned_digests(plan.files),
            once=tuple(sorted(file.path for file in plan.files if file.once)),
        ),
    )
    paths = frozenset(change.path for change in written)
    notes = tuple(note for notes in plan.notes for note in notes(paths))
    return Report(findings=plan.findings, changes=written, notes=notes)


def check(settings: Settings, *, full: bool = False) -> Report:
    """Tell what `generate` would change, without changing anything.

    Unless `full` is set, nothing is loaded when the digests of the last run prove
    that there is nothing to do.

    Raises:
        SettingsError: No target is asked for.
        OutputError: A path of the settings cannot be written to.
        FormattingError: The emitted code could not be formatted.
    """
    if not full and is_current(settings):
        return Report()
    plan = _plan(settings)
    if plan.files is None:
        return Report(findings=plan.findings, is_usable=False)
    manifest = read_manifest(settings.project)
    changes = compare(settings.project, plan.files, manifest)
    different = tuple(change for change in changes if change.state not in SETTLED)
    return Report(findings=plan.findings, changes=different)


def lint(settings: Settings) -> tuple[Finding, ...]:
    """Return what the language and the targets of a project say about its schema."""
    from rivetgen_schema import load_schema  # noqa: PLC0415

    result = load_schema(shown_path(settings.schema_path))
    if result.schema is None:
        return result.findings
    job = _job(settings, result.schema, result)
    return _findings(job, _wanted_targets(settings), result)


def is_current(settings: Settings) -> bool:
    """Whether digests alone prove that there is nothing to do."""
    manifest = read_manifest(settings.project)
    try:
        digests = input_digests(
            settings, manifest.imports, uses_lock=LOCK in manifest.inputs
        )
        known = dict(manifest.inputs) == dict(digests)
    except (OSError, ValueError):
        return False
    return known and all(
        _has_digest(settings.project / path, expected)
        for path, expected in manifest.files.items()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    findings: tuple[Finding, ...]
    files: tuple[GeneratedFile, ...] | None = None
    imports: tuple[str, ...] = ()
    uses_lock: bool = False
    notes: tuple[Callable[[frozenset[str]], Iterable[str]], ...] = ()


def _plan(settings: Settings) -> _Plan:
    if not settings.has_targets:
        raise SettingsError([NO_TARGET])
    # Imported late: `check` of an unchanged project needs none of this.
    from rivetgen_schema import load_schema  # noqa: PLC0415

    result = load_schema(shown_path(settings.schema_path))
    if result.schema is None:
        return _Plan(findings=result.findings)
    return _emit(settings, result.schema, result)


def _emit(settings: Settings, schema: Schema, result: LoadResult) -> _Plan:
    from rivetgen.formatting import formatted  # noqa: PLC0415

    job = _job(settings, schema, result)
    targets = _wanted_targets(settings)
    findings = _findings(job, targets, result)
    if any(finding.severity == "error" for finding in findings):
        return _Plan(findings=findings)
    files = formatted(file for target in targets for file in target.emit(job))
    return _Plan(
        findings=findings,
        files=files,
        imports=result.imports,
        uses_lock=_migrates(schema),
        notes=tuple(partial(target.notes, job) for target in targets),
    )


def _job(settings: Settings, schema: Schema, result: LoadResult) -> Job:
    from rivetgen.python.modules import Origin  # noqa: PLC0415
    from rivetgen.targets.base import Job  # noqa: PLC0415

    origin = Origin.of(schema, _lock(settings, schema))
    return Job(origin=origin, settings=settings, files=result.files)


def _migrates(schema: Schema) -> bool:
    return any(actor.state_version > 1 for actor in schema.actors)


def _lock(settings: Settings, schema: Schema) -> Lock | None:
    """Return the lock of the last release, if states are migrated from it."""
    if not _migrates(schema):
        return None
    from rivetgen.baselines import lock_of  # noqa: PLC0415
    from rivetgen.places import SchemaPlace  # noqa: PLC0415

    path = shown_path(settings.schema_path)
    return lock_of(SchemaPlace(path=path, folder=settings.project))


def _findings(
    job: Job, targets: Iterable[Target], result: LoadResult
) -> tuple[Finding, ...]:
    """Return the findings of the language, then those of the targets, each once."""
    from rivetgen_schema import unsupported  # noqa: PLC0415

    findings = list(result.findings)
    for target in targets:
        schema = job.origin.schema
        findings += unsupported(schema, target.SUPPORTED, files=result.files)
        findings += target.findings(job)
    return tuple(dict.fromkeys(findings))


def _wanted_targets(settings: Settings) -> tuple[Target, ...]:
    return tuple(target for target in _targets() if target.is_wanted(settings))


def _targets() -> Iterator[Target]:
    from rivetgen.targets import client_spec, python_client, python_server  # noqa: PLC0415

    yield python_server
    yield python_client
    yield client_spec


def _has_digest(path: Path, expected: str) -> bool:
    text = read_text(path)
    return text is not None and digest(text) == expected
