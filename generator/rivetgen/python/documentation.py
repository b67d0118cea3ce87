"""Docstrings made of the descriptions of a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.naming import argument_name, error_class

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rivetgen.lookup import Elements
    from rivetgen_schema.ir import Action, ErrorDefinition, Event, Member


def summary(description: str | None, fallback: str) -> str:
    """Return the description, or the fallback when it says nothing."""
    if description and description.strip():
        return description.strip()
    return fallback


def action_text(action: Action, elements: Elements) -> str:
    """Return what a caller should know about an action."""
    sections = [summary(action.description, f"Call `{action.name}`.")]
    sections += _deprecated(action.deprecated)
    sections += _arguments(action.args)
    if action.errors:
        errors = [elements.error_named(name) for name in action.errors]
        lines = [f"    {_error_line(error)}" for error in errors]
        sections.append("\n".join(["Raises:", *lines]))
    return "\n\n".join(sections)


def event_text(event: Event, fallback: str) -> str:
    """Return what is known about an event."""
    sections = [summary(event.description, fallback)]
    sections += _deprecated(event.deprecated)
    sections += _arguments(event.args)
    return "\n\n".join(sections)


def plain(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


def _deprecated(reason: str | None) -> Iterator[str]:
    if reason is not None:
        yield f"Deprecated: {plain(reason) or 'use something else.'}"


def _arguments(members: Sequence[Member]) -> Iterator[str]:
    lines = [
        f"    {argument_name(member)}: {plain(member.description)}"
        for member in members
        if member.description and member.description.strip()
    ]
    if lines:
        yield "\n".join(["Args:", *lines])


def _error_line(error: ErrorDefinition) -> str:
    text = summary(error.description, error.message)
    return f"{error_class(error)}: {plain(text)}".rstrip(" :")
