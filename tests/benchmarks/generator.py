"""Measures the generator beside its peers: ``python -m tests.benchmarks.generator``.

Every figure is processor time and memory of a fresh process with all its children, on
the same contract. The peers generate less (models alone, or models and a client), so
their columns are a yardstick and no race.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from .schemas import LARGE, SMALL, Size, write_openapi, write_project

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MIB: Final = 1024**2
COLUMNS: Final = "{:<46}{:>9}{:>9}{:>9}{:>9}{:>22}{:>24}"
MODELS: Final = "datamodel-codegen"
CLIENTS: Final = "openapi-python-client"


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one process and its children used."""

    processor_s: float
    memory_mib: float


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table; peers are missing where they have no such command."""

    name: str
    cost: Cost
    aim_s: float
    aim_mib: float | None = None
    models: Cost | None = None
    clients: Cost | None = None


class ProgramError(Exception):
    """A measured program failed."""


def run(command: Sequence[str], folder: Path) -> Cost:
    """Run a program to its end and return what it used."""
    process = os.fork()
    if process == 0:
        os.chdir(folder)
        with (folder / "program.log").open("wb") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        # Users have compiled modules; an environment without them measures nothing.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.execvp(command[0], list(command))  # noqa: S606 - a known program
    _, status, usage = os.wait4(process, 0)
    if os.waitstatus_to_exitcode(status):
        output = (folder / "program.log").read_text("utf-8", "replace")
        msg = f"{' '.join(command)} failed:\n{output[-2000:]}"
        raise ProgramError(msg)
    return Cost(
        processor_s=usage.ru_utime + usage.ru_stime,
        memory_mib=usage.ru_maxrss * 1024 / MIB,
    )


def measured(action: Callable[[Path], Cost], rounds: int) -> Cost:
    """Return the medians of several rounds, each in an empty folder."""
    costs: list[Cost] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            costs.append(action(Path(name)))
    return Cost(
        processor_s=median(cost.processor_s for cost in costs),
        memory_mib=median(cost.memory_mib for cost in costs),
    )


def program(name: str) -> str:
    """Return the path of a program of this environment."""
    path = shutil.which(name, path=str(Path(sys.executable).parent))
    if path is None:
        msg = f"{name} is not installed"
        raise ProgramError(msg)
    return path


def ours(
    *arguments: str, size: Size, after: Sequence[str] = ()
) -> Callable[[Path], Cost]:
    """Return a measurement of our command on a project of a size."""

    def action(folder: Path) -> Cost:
        write_project(folder, size)
        if after:
            run([program("rivetgen"), *after], folder)
        return run([program("rivetgen"), *arguments], folder)

    return action


def models(folder: Path, size: Size) -> Cost:
    """Generate models with datamodel-codegen."""
    write_openapi(folder / "openapi.json", size)
    version = f"--target-python-version={sys.version_info[0]}.{sys.version_info[1]}"
    options = ["--output-model-type=pydantic_v2.BaseModel", version]
    files = ["--input=openapi.json", "--output=models.py"]
    return run([program(MODELS), *options, *files], folder)


def clients(folder: Path, size: Size) -> Cost:
    """Generate a client with openapi-python-client."""
    write_openapi(folder / "openapi.json", size)
    return run([program(CLIENTS), "generate", "--path", "openapi.json"], folder)


def peer(action: Callable[[Path, Size], Cost], size: Size, rounds: int) -> Cost:
    """Measure a peer on a contract of a size."""
    return measured(lambda folder: action(folder, size), rounds)


def helped(name: str, rounds: int) -> Cost:
    """Measure what it costs a program to print its help text."""
    return measured(lambda folder: run([program(name), "--help"], folder), rounds)


def rows(rounds: int, *, with_peers: bool) -> list[Row]:
    """Measure every case."""
    peers = rounds if with_peers else 0
    # The first process compiles the modules.
    measured(ours("generate", size=SMALL), 1)
    check = ours("check", size=LARGE, after=["generate"])
    return [
        Row(
            name="--help",
            cost=helped("rivetgen", rounds),
            aim_s=0.10,
            models=helped(MODELS, peers) if peers else None,
            clients=helped(CLIENTS, peers) if peers else None,
        ),
        Row(name=f"check, {LARGE}", cost=measured(check, rounds), aim_s=0.15),
        Row(
            name=f"lint actors.yaml, {LARGE}",
            cost=measured(ours("lint", "actors.yaml", size=LARGE), rounds),
            aim_s=0.5,
        ),
        Row(
            name=f"generate, {SMALL}",
            cost=measured(ours("generate", size=SMALL), rounds),
            aim_s=0.25,
            models=peer(models, SMALL, peers) if peers else None,
            clients=peer(clients, SMALL, peers) if peers else None,
        ),
        Row(
            name=f"generate, {LARGE}",
            cost=measured(ours("generate", size=LARGE), rounds),
            aim_s=1.5,
            aim_mib=150,
            models=peer(models, LARGE, 1) if peers else None,
            clients=peer(clients, LARGE, 1) if peers else None,
        ),
    ]


def print_table(table: Sequence[Row]) -> None:
    """Print one line per case; peers as seconds and MiB."""
    head = ("case", "cpu s", "aim", "MiB", "aim", MODELS, CLIENTS)
    print(COLUMNS.format(*head))
    for row in table:
        print(
            COLUMNS.format(
                row.name,
                f"{row.cost.processor_s:.2f}",
                f"{row.aim_s:.2f}",
                f"{row.cost.memory_mib:.0f}",
                "" if row.aim_mib is None else f"{row.aim_mib:.0f}",
                shown(row.models),
                shown(row.clients),
            )
        )


def shown(cost: Cost | None) -> str:
    """Return the figures of a peer."""
    if cost is None:
        return ""
    return f"{cost.processor_s:.2f} s, {cost.memory_mib:.0f} MiB"


def main(arguments: list[str]) -> None:
    """Measure, print the table and write the JSON file."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="measurements per row")
    parser.add_argument("--no-peers", action="store_true", help="ours alone")
    default = Path("bench-results/generator.json")
    parser.add_argument("--output", type=Path, default=default)
    options = parser.parse_args(arguments)
    table = rows(options.rounds, with_peers=not options.no_peers)
    print_table(table)
    machine = {
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
    document = {"machine": machine, "rows": [asdict(row) for row in table]}
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(f"{json.dumps(document, indent=2)}\n")
    print(f"\nwritten to {options.output}")


if __name__ == "__main__":
    main(sys.argv[1:])
