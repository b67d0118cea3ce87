"""Fills what repeats the code: ``python docs/protocol_tables.py [--check]``.

Tables of ``protocol.md`` stand between ``<!-- table: NAME -->`` and ``<!-- end -->``;
``x-errors`` of ``openapi.json`` is the table of error codes. Neither is edited by hand.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import json
import re
import sys
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rivetgen_client.wire import close_reasons, headers
from rivetgen_client.wire.error_codes import SERVER_ERRORS
from rivetgen_client.wire.limits import Limits
from rivetgen_runtime.front.options import AddressLimits, FrontOptions
from rivetgen_runtime.front.routes import (
    ACTOR_ROUTES,
    INSPECTOR_ROUTES,
    SERVER_ROUTES,
    SOCKET_ROUTES,
)
from rivetgen_runtime.front.server import ServerOptions
from rivetgen_runtime.options import ActorOptions, HostOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "protocol.md"
OPENAPI = ROOT / "openapi.json"
KINDS_OF_LIMITS = (
    Limits,
    FrontOptions,
    AddressLimits,
    ServerOptions,
    HostOptions,
    ActorOptions,
)
TABLE = re.compile(r"(<!-- table: ([\w ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def routes() -> Iterator[str]:
    """Yield every HTTP route."""
    groups = (("", SERVER_ROUTES), ("…", ACTOR_ROUTES), ("…", INSPECTOR_ROUTES))
    rows = (
        (", ".join(route.methods), f"`{prefix}{route.path}`", route.access.value)
        for prefix, group in groups
        for route in group
    )
    yield from rows_of(("method", "path", "with a token, callers show"), rows)


def sockets() -> Iterator[str]:
    """Yield every WebSocket route."""
    rows = ((f"`…{route.path}`", route.access.value) for route in SOCKET_ROUTES)
    yield from rows_of(("path", "with a token, callers show"), rows)


def header_names() -> Iterator[str]:
    """Yield the headers of the protocol."""
    rows = (
        (f"`{getattr(headers, name)}`", text)
        for name, text in constants(headers)
        if name in headers.__all__
    )
    yield from rows_of(("header", "meaning"), rows)


def codes() -> Iterator[str]:
    """Yield the close codes."""
    rows = (
        (str(getattr(close_reasons, name)), text)
        for name, text in constants(close_reasons)
        if isinstance(getattr(close_reasons, name), int)
    )
    yield from rows_of(("code", "meaning"), sorted(rows))


def errors() -> Iterator[str]:
    """Yield the error codes."""
    rows = (
        (
            f"`{name}`",
            statuses(rule.host_status, rule.status),
            "everyone" if rule.public else "the log",
            rule.retry.value,
            rule.meaning,
            rule.remedy,
        )
        for name, rule in sorted(SERVER_ERRORS.items())
    )
    head = ("code", "status", "who reads it", "clients retry", "meaning", "what to do")
    yield from rows_of(head, rows)


def statuses(of_host: int, of_actor: int) -> str:
    """The status of an error, or both where they differ."""
    if of_host == of_actor:
        return str(of_host)
    return f"{of_host}, from user code {of_actor}"


def limits() -> Iterator[str]:
    """Yield every limit, with the class that configures it."""
    rows = (
        (f"`{kind.__name__}.{field.name}`", spelled(field.default), texts[field.name])
        for kind in KINDS_OF_LIMITS
        for texts in (attribute_texts(kind),)
        for field in fields(kind)
        if isinstance(field.default, int | float | timedelta)
        and not isinstance(field.default, bool)
    )
    yield from rows_of(("option", "default", "meaning"), rows)


def spelled(value: Any) -> str:
    """A default as people read it."""
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g} s"
    return f"{value:,}"


def constants(module: ModuleType) -> Iterator[tuple[str, str]]:
    """Yield the constants of a module with the text behind each."""
    yield from documented(ast.parse(inspect.getsource(module)).body)


def attribute_texts(kind: type) -> dict[str, str]:
    """The text behind each attribute of a class."""
    tree = ast.parse(inspect.getsource(kind))
    return dict(documented(tree.body[0].body))  # type: ignore[attr-defined] # a class


def documented(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Yield names that are annotated, with the string that follows each."""
    for statement, following in itertools.pairwise(body):
        if not isinstance(statement, ast.AnnAssign):
            continue
        if isinstance(following, ast.Expr) and isinstance(
            following.value, ast.Constant
        ):
            text = " ".join(str(following.value.value).split())
            yield ast.unparse(statement.target), text.replace("``", "`")


TABLES = {
    "routes": routes,
    "sockets": sockets,
    "headers": header_names,
    "close codes": codes,
    "errors": errors,
    "limits": limits,
}
"""Name of a table to what yields its lines."""


def rows_of(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield a Markdown table."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def filled(text: str) -> str:
    """A document with its tables as they should be."""

    def replaced(match: re.Match[str]) -> str:
        lines = "\n".join(TABLES[match[2]]())
        return f"{match[1]}\n{lines}\n\n{match[3]}"

    return TABLE.sub(replaced, text)


def error_table() -> dict[str, Any]:
    """``x-errors``: what the server sends, by ``group.code``."""
    return {
        name: {
            "status": rule.host_status,
            "statusFromActor": rule.status,
            "public": rule.public,
            "retry": rule.retry.value,
            "meaning": rule.meaning,
            "remedy": rule.remedy,
        }
        for name, rule in sorted(SERVER_ERRORS.items())
    }


def with_errors(text: str) -> str:
    """``openapi.json`` with its table of errors as it should be."""
    document = {**json.loads(text), "x-errors": error_table()}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> None:
    """Rewrite both documents, or say which of them are out of date."""
    old: list[str] = []
    for path, fill in ((DOCUMENT, filled), (OPENAPI, with_errors)):
        text = path.read_text("utf-8")
        if text != fill(text):
            old.append(path.name)
            if "--check" not in arguments:
                path.write_text(fill(text), "utf-8")
    if "--check" in arguments and old:
        sys.exit(f"Out of date: {', '.join(old)}. Run python docs/protocol_tables.py.")


if __name__ == "__main__":
    main(sys.argv[1:])
