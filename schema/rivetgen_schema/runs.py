"""The background handler of an actor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from rivetgen_schema import ir
from rivetgen_schema.actor_parts import read_backoff
from rivetgen_schema.yaml_tree import Mapping

if TYPE_CHECKING:
    from rivetgen_schema.sections import Section

RestartChoice: TypeAlias = Literal["never", "on-failure"]

RUNS: Final[tuple[ir.Run, ...]] = ("loop", "workflow")
RESTARTS: Final[tuple[RestartChoice, ...]] = ("never", "on-failure")


def read_run(section: Section) -> tuple[ir.Run | None, ir.Restart | None]:
    """Read the key `run` of an actor: a word, or a map with a restart policy."""
    if not isinstance(section.value("run"), Mapping):
        return section.choice("run", RUNS), None
    inner = section.subsection("run", "run")
    if inner is None:
        return None, None
    inner.required_text("kind", example="loop")
    kind = inner.choice("kind", RUNS) if "kind" in inner else None
    return kind, _restart(inner, kind)


def _restart(section: Section, kind: ir.Run | None) -> ir.Restart | None:
    restarts = section.choice("restart", RESTARTS) == "on-failure"
    if kind == "workflow" and "restart" in section:
        section.log.add(
            "RG041",
            section.key_position("restart"),
            "`restart` has no effect on a workflow, which retries its steps itself.",
            fix="Remove `restart`.",
        )
    if "backoff" in section and not restarts:
        section.log.add(
            "RG041",
            section.key_position("backoff"),
            "`backoff` has no effect without `restart: on-failure`.",
            fix="Add `restart: on-failure`, or remove `backoff`.",
        )
    if not restarts:
        return None
    backoff = read_backoff(section)
    if backoff is None:
        return ir.Restart()
    shortest, longest = backoff
    return ir.Restart(backoff_minimum_ms=shortest, backoff_maximum_ms=longest)
