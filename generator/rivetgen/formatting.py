"""Formatting of emitted Python with ruff, once per run for all files together."""

from __future__ import annotations

import re
import subprocess
import sysconfig
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rivetgen.errors import FormattingError
from rivetgen.manifest import sealed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rivetgen.output import GeneratedFile

_BLOCK = re.compile(r"(?<=^```python\n)(?:.*\n)*?.*(?=\n```$)", re.MULTILINE)
OPTIONS = (
    # Nothing in the folders of the user may change what is written.
    "--isolated",
    "--no-cache",
    "--quiet",
    "--target-version=py311",
    "--line-length=88",
)


def formatted(files: Iterable[GeneratedFile]) -> tuple[GeneratedFile, ...]:
    """Format the Python among the files and seal every header.

    Raises:
        FormattingError: ruff is missing or rejects what was emitted.
    """
    files = tuple(files)
    # The types of a schema are the same in every package: each text once.
    emitted = list(dict.fromkeys(text for file in files for text in _sources(file)))
    texts = dict(zip(emitted, _format(emitted), strict=True))
    return tuple(replace(file, text=_rebuilt(file, texts)) for file in files)


def _sources(file: GeneratedFile) -> list[str]:
    """Return the Python in a file: all of it, or the blocks of a document."""
    if file.path.endswith(".md"):
        return _BLOCK.findall(file.text)
    return [file.text] if file.path.endswith(".py") and file.text else []


def _rebuilt(file: GeneratedFile, texts: Mapping[str, str]) -> str:
    if file.path.endswith(".md"):
        return _BLOCK.sub(lambda match: texts[match[0]].rstrip("\n"), _ended(file.text))
    return sealed(texts.get(file.text, _ended(file.text)))


def ruff_program() -> str:
    """Return the path of ruff: the one installed beside us, or the one on the path."""
    beside = Path(sysconfig.get_path("scripts")) / "ruff"
    for candidate in (beside, beside.with_suffix(".exe")):
        if candidate.is_file():
            return str(candidate)
    return "ruff"


def _format(texts: list[str]) -> list[str]:
    if not texts:
        return []
    with tempfile.TemporaryDirectory(prefix="rivetgen-") as name:
        folder = Path(name)
        places = [folder / f"{number}.py" for number in range(len(texts))]
        for place, text in zip(places, texts, strict=True):
            place.write_bytes(text.encode())
        _run([ruff_program(), "format", *OPTIONS, str(folder)])
        return [place.read_bytes().decode() for place in places]


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    except FileNotFoundError as error:
        msg = "ruff is not installed beside rivetgen; install it to format the output"
        raise FormattingError(msg) from error
    except subprocess.CalledProcessError as error:
        msg = f"ruff rejects what was emitted: {error.stderr.strip()}"
        raise FormattingError(msg) from error


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"
