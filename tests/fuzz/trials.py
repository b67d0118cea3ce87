"""One trial: a mutated file is loaded, and what comes of it must make sense."""

from __future__ import annotations

import contextlib
import io
import json
import resource
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rivetgen.cli import run as run_command
from rivetgen.reporting import rendered
from rivetgen_schema import (
    FormatError,
    LoadResult,
    format_text,
    from_json,
    lint_targets,
    load_schema,
    load_text,
    to_json,
    unsupported,
)
from rivetgen_schema.codes import CODES
from schema_mutations import mutated

from .corpus import large_texts, small_texts
from .texts import mutated_text
from .trees import mutated_tree

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType

    from rivetgen_schema import Finding, Schema

LONGEST_S = 2.0
MOST_MEMORY_MB = 200
FILE_EVERY = 4
COMMAND_EVERY = 50
FORMATS = ("text", "json", "github", "sarif")
SEVERITIES = {row.code: row.severity for row in CODES}
WITHOUT_PLACE = {"RG114"}
"""Codes about a file that could not be read."""


class TrialError(Exception):
    """Something about a result is not as promised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one trial showed.

    Attributes:
        seed: The number that the mutation follows from.
        codes: Codes of the findings.
        is_usable: Whether the file still was a schema.
        seconds: CPU time of loading it.
        peak_mb: The most memory that the process has had so far, in MB.
        problem: What went wrong; empty when nothing did.
    """

    seed: int
    codes: frozenset[str] = frozenset()
    is_usable: bool = False
    seconds: float = 0.0
    peak_mb: float = 0.0
    problem: str = ""


def mutated_file(seed: int) -> bytes:
    """Return the bytes of the file that belongs to a seed."""
    random = Random(seed)
    if random.random() < 0.3:
        return mutated(seed).encode("utf-8", "surrogatepass")
    texts = large_texts() if random.random() < 0.2 else small_texts()
    text = random.choice(texts)
    if random.random() < 0.4:
        return mutated_tree(text, random).encode("utf-8", "surrogatepass")
    data = mutated_text(text, random).encode("utf-8", "surrogatepass")
    return broken_bytes(data, random) if random.random() < 0.05 else data


def broken_bytes(data: bytes, random: Random) -> bytes:
    """Put a byte into a file that may not be UTF-8 then."""
    place = random.randint(0, len(data))
    return data[:place] + bytes((random.randrange(256),)) + data[place:]


def attempt(seed: int) -> Outcome:
    """Run a trial and return what it showed, problems included."""
    try:
        return trial(seed)
    except Exception as error:  # noqa: BLE001 - every exception is a finding here
        return Outcome(seed=seed, problem=f"{type(error).__name__}: {error}")


def trial(seed: int) -> Outcome:
    """Load the file of a seed and check everything that is promised about it.

    Raises:
        TrialError: A promise is not kept.
        Exception: What the loader let through.
    """
    data = mutated_file(seed)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "actors.yaml"
        path.write_bytes(data)
        started_s = time.process_time()
        with time_limit():
            result = load_schema(path) if seed % FILE_EVERY == 0 else load(data, path)
        seconds = time.process_time() - started_s
        if seed % COMMAND_EVERY == 0:
            check_command(path, result)
    check_findings(result)
    if result.schema is not None:
        check_schema(result.schema)
    check_formatting(data, result)
    peak_mb = peak_memory_mb()
    if peak_mb > MOST_MEMORY_MB:
        raise TrialError(f"{peak_mb:.0f} MB were needed")
    return Outcome(
        seed=seed,
        codes=frozenset(finding.code for finding in result.findings),
        is_usable=result.schema is not None,
        seconds=seconds,
        peak_mb=peak_mb,
    )


def load(data: bytes, path: Path) -> LoadResult:
    """Load a text, or the file when the bytes are no text."""
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return load_schema(path)
    return load_text(text)


@contextlib.contextmanager
def time_limit() -> Generator[None]:
    """Interrupt what takes too much CPU time."""

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise TrialError(f"loading took more than {LONGEST_S} s")

    signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def peak_memory_mb() -> float:
    """Return the most memory that this program has had.

    On Linux ``ru_maxrss`` begins with what the process had before it became this
    program, which is the size of whoever started it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text().splitlines()
        peak_kib = next(line for line in lines if line.startswith("VmHWM:")).split()[1]
        return int(peak_kib) * 1024 / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def check_findings(result: LoadResult) -> None:
    """Check that every finding has its place, and that all formats can show it."""
    errors = any(finding.severity == "error" for finding in result.findings)
    if errors == (result.schema is not None):
        raise TrialError(f"errors: {errors}, but the schema is {result.schema}")
    lines = {file.name: file.lines for file in result.files}
    for finding in result.findings:
        check_finding(finding, lines)
    for output_format in FORMATS:
        rendered(result.findings, output_format, color=False).encode("utf-8")


def check_finding(finding: Finding, lines: dict[str, tuple[str, ...]]) -> None:
    """Check the code, the sentences and the place of a finding."""
    if SEVERITIES.get(finding.code) != finding.severity:
        raise TrialError(f"{finding.code} is not known as {finding.severity}")
    if not finding.message.endswith((".", "?")) or not finding.fix.endswith((".", "?")):
        raise TrialError(f"no sentence: {finding.message!r} {finding.fix!r}")
    place = finding.position
    if place is None:
        if finding.code not in WITHOUT_PLACE:
            raise TrialError(f"{finding.code} has no position")
        return
    end = (place.end_line, place.end_column)
    width = len(lines.get(place.file, ("",) * place.line)[place.line - 1])
    is_inside = 1 <= place.column <= width + 1 and (place.line, place.column) <= end
    if not is_inside or (place.file in lines) != (finding.excerpt is not None):
        raise TrialError(f"{finding.code} is at {place}, {end}")


def check_schema(schema: Schema) -> None:
    """Check that a schema survives its JSON form, and that targets can judge it."""
    lint_targets(schema, frozenset({"python", "swift"}))
    unsupported(schema, frozenset())
    if from_json(json.loads(json.dumps(to_json(schema)))) != schema:
        raise TrialError("the schema is another one after its JSON form")


def check_formatting(data: bytes, result: LoadResult) -> None:
    """Check that formatting keeps what a file says, and does so once and for all."""
    try:
        text = data.decode("utf-8", "surrogatepass")
        formatted = format_text(text)
    except (FormatError, UnicodeDecodeError):
        return
    if format_text(formatted) != formatted:
        raise TrialError("formatting twice gives another text")
    again = load_text(formatted).schema
    if result.schema is not None and (again is None or again != result.schema):
        raise TrialError("the formatted file is another schema")


def check_command(path: Path, result: LoadResult) -> None:
    """Check that the command exits as the findings say, without a traceback."""
    severities = {finding.severity for finding in result.findings}
    expected = 3 if "error" in severities else int("warning" in severities)
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        status = run_command(["lint", str(path)])
    if status != expected:
        raise TrialError(f"`rivetgen lint` exited with {status}, not {expected}")
