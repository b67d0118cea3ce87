"""What was generated, and from what: `.rivetgen/manifest.json`.

The manifest lets `check` tell without loading the schema that nothing changed, lets
`generate` remove files that are no longer generated, and tells an edited file from
an outdated one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT = 1
PATH = ".rivetgen/manifest.json"
HEADER_MARK = "# content sha256 "
"""Start of the header line that holds the digest of the rest of the file."""
CONTENT_PLACE = f"{HEADER_MARK}-"
"""The header line before the digest is known."""


def digest(text: str) -> str:
    """Return the SHA-256 of a text, as if its line ends were LF."""
    unified = text.replace("\r\n", "\n")
    return hashlib.sha256(unified.encode("utf-8", "surrogatepass")).hexdigest()


def sealed(text: str) -> str:
    """Put the digest of a file into its header, if it has one."""
    before, place, after = text.partition(f"{CONTENT_PLACE}\n")
    if not place:
        return text
    return f"{before}{HEADER_MARK}{digest(before + after)}\n{after}"


def is_pristine(text: str) -> bool:
    """Whether a file carries our header and is as it was generated."""
    unified = text.replace("\r\n", "\n")
    before, mark, rest = unified.partition(HEADER_MARK)
    known, _, after = rest.partition("\n")
    return bool(mark) and known == digest(before + after)


def is_ours(text: str) -> bool:
    """Whether a file carries our header, edited or not."""
    return HEADER_MARK in text


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Digests of one run.

    Attributes:
        inputs: Digest per input: settings, tool version, schema files.
        imports: Patterns of schema files, relative to the folder of the schema.
        files: Digest per generated file, by path below the project.
        once: Files that were written once and belong to the user.
    """

    inputs: Mapping[str, str] = field(default_factory=dict[str, str])
    imports: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    once: tuple[str, ...] = ()

    def to_text(self) -> str:
        """Return the manifest as stable JSON."""
        document = {
            "format": FORMAT,
            "inputs": dict(sorted(self.inputs.items())),
            "imports": list(self.imports),
            "files": dict(sorted(self.files.items())),
            "once": list(self.once),
        }
        return json.dumps(document, indent=2) + "\n"


def read_manifest(project: Path) -> Manifest:
    """Read the manifest of a project; a missing or broken one is empty.

    An empty manifest is safe: files with our header still prove what they are, and
    everything else counts as foreign.
    """
    try:
        document: object = json.loads((project / PATH).read_bytes())
    except (OSError, ValueError):
        return Manifest()
    if not isinstance(document, dict):
        return Manifest()
    parts = cast("dict[str, object]", document)
    if parts.get("format") != FORMAT:
        return Manifest()
    return Manifest(
        inputs=_digests(parts.get("inputs")),
        imports=_texts(parts.get("imports")),
        files=_digests(parts.get("files")),
        once=_texts(parts.get("once")),
    )


def _texts(value: object) -> tuple[str, ...]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return tuple(item for item in items if isinstance(item, str))


def _digests(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    entries = cast("dict[str, object]", value)
    return {name: text for name, text in entries.items() if isinstance(text, str)}
