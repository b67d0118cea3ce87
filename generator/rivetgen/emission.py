"""Text that may reach a file, and the only ways to make it.

Nothing but `Code` gets through a template: plain text (which may come from a schema)
has to pass one of the escapers in `rivetgen.escaping` first. Schema text is never the
source of a template.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, LiteralString

from rivetgen.errors import EmissionError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jinja2 import Environment, Template

INDENT = "    "
TEMPLATES = Path(__file__).parent / "templates"


class Code(str):
    """Text that is valid where it is put: source code, escaped or written by us."""

    __slots__ = ()


def code(pattern: LiteralString, *parts: Code) -> Code:
    """Fill the `{}` places of a literal pattern with code.

    Raises:
        EmissionError: A part is plain text.
    """
    for part in parts:
        guard(part)
    return Code(pattern.format(*parts))


def join(parts: Iterable[Code], separator: LiteralString = "") -> Code:
    """Join pieces of code with a literal separator."""
    return Code(separator.join(str(guard(part)) for part in parts))


def indent(text: Code, levels: int = 1) -> Code:
    """Indent every line that is not empty."""
    prefix = INDENT * levels
    lines = guard(text).split("\n")
    return Code("\n".join(prefix + line if line else line for line in lines))


def guard(value: object) -> Code:
    """Let code through.

    Raises:
        EmissionError: The value is not `Code`.
    """
    if isinstance(value, Code):
        return value
    msg = f"only Code may be emitted, not {type(value).__name__}"
    raise EmissionError(msg)


def render(template: LiteralString, **values: object) -> Code:
    """Render one of our templates; values that are emitted must be `Code`."""
    return Code(_template(template).render(values).rstrip("\n"))


@cache
def _template(name: str) -> Template:
    return environment().get_template(name)


@cache
def environment() -> Environment:
    """Return the environment of our templates."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - the guard accepts nothing unescaped
        finalize=guard,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters.update(indent=indent, join=join)
    environment.globals.clear()  # no template needs them, and each render copies them
    return environment
