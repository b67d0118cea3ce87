"""The table and the JSON file of a benchmark run."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from .cases import Case, Pair
    from .measuring import Measurement

COLUMNS = "{:<34}{:>10}{:>9}{:>9}{:>10}{:>8}{:>7}{:>11}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """Medians over the rounds of one case."""

    name: str
    rate_per_s: float
    p50_ms: float
    p99_ms: float
    bare_rate_per_s: float
    ratio: float
    aim: float | None
    generator_busy: float


def row_of(case: Case, pairs: Sequence[Pair]) -> Row:
    """Make one row of all measurements of a case."""

    def middle(value: Callable[[Measurement], float]) -> float:
        return median(value(pair.example) for pair in pairs)

    return Row(
        name=case.name,
        rate_per_s=middle(lambda measured: measured.rate_per_s),
        p50_ms=middle(lambda measured: measured.percentile_ms(50)),
        p99_ms=middle(lambda measured: measured.percentile_ms(99)),
        bare_rate_per_s=median(pair.bare.rate_per_s for pair in pairs),
        ratio=median(pair.example.rate_per_s / pair.bare.rate_per_s for pair in pairs),
        aim=case.aim,
        generator_busy=max(
            measured.generator_busy
            for pair in pairs
            for measured in (pair.example, pair.bare)
        ),
    )


def print_table(rows: Sequence[Row]) -> None:
    """Print one line per case; ``generator`` is how busy the load generator was."""
    print(
        COLUMNS.format(
            *("case", "per s", "p50 ms", "p99 ms", "bare /s", "ratio", "aim"),
            "generator",
        )
    )
    for row in rows:
        print(
            COLUMNS.format(
                row.name,
                f"{row.rate_per_s:.0f}",
                f"{row.p50_ms:.2f}",
                f"{row.p99_ms:.2f}",
                f"{row.bare_rate_per_s:.0f}",
                f"{row.ratio:.2f}",
                "" if row.aim is None else f"{row.aim:.2f}",
                f"{row.generator_busy:.0%}",
            )
        )


def write_json(rows: Sequence[Row], path: Path) -> None:
    """Write the rows with what is needed to compare them with another run."""
    machine = {
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
    document = {"machine": machine, "rows": [asdict(row) for row in rows]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n")
