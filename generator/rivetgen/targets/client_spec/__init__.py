"""`client-spec.json`: the IR as a document that other generators can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.json_text import json_text
from rivetgen.output import GeneratedFile
from rivetgen_schema.targets import Feature

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rivetgen.settings import Settings
    from rivetgen.targets.base import Job
    from rivetgen_schema import Finding

SUPPORTED = frozenset(Feature)
FILE = "client-spec.json"


def is_wanted(settings: Settings) -> bool:
    """Whether the settings ask for this target."""
    return settings.spec is not None


def findings(job: Job) -> tuple[Finding, ...]:
    """Return nothing: the IR says everything."""
    del job
    return ()


def notes(job: Job, written: frozenset[str]) -> tuple[str, ...]:
    """Return nothing: everything is written."""
    del job, written
    return ()


def emit(job: Job) -> Iterator[GeneratedFile]:
    """Yield the document."""
    settings = job.settings.spec
    if settings is None:
        return
    document = {"digest": job.origin.digest, **job.origin.document}
    text = json_text(document) + "\n"
    yield GeneratedFile(path=f"{settings.output}/{FILE}", text=text)
