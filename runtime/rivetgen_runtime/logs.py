"""Lines of the log: for people, as logfmt, or as JSON, all with the same facts."""

from __future__ import annotations

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, cast

__all__ = ["LogFormat", "current_ray_id", "log_handler"]

current_ray_id: Final[ContextVar[str]] = ContextVar("rivetgen_ray_id", default="")
"""Id of the request that is being served; tasks that it starts inherit it."""

_TEXT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_FACTS: Final = ("actor", "actor_id", "key", "ray")
_NEEDS_QUOTES: Final = frozenset(' "=\n\r\t')


class LogFormat(StrEnum):
    """How a line is written."""

    TEXT = "text"
    LOGFMT = "logfmt"
    JSON = "json"


def log_handler(kind: LogFormat) -> logging.Handler:
    """A handler that writes to stderr."""
    handler = logging.StreamHandler()
    handler.addFilter(_add_ray_id)
    handler.setFormatter(_FORMATTERS[kind]())
    return handler


def _add_ray_id(record: logging.LogRecord) -> bool:
    if not hasattr(record, "ray"):
        record.ray = current_ray_id.get()
    return True


class _Text(logging.Formatter):
    def __init__(self) -> None:
        super().__init__(_TEXT)

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        facts = " ".join(f"{name}={value}" for name, value in _facts(record).items())
        head, newline, rest = line.partition("\n")
        return f"{head} [{facts}]{newline}{rest}" if facts else line


class _Logfmt(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return " ".join(
            f"{name}={_quoted(value)}" for name, value in _fields(self, record).items()
        )


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(_fields(self, record), ensure_ascii=False)


_FORMATTERS: Final[dict[LogFormat, type[logging.Formatter]]] = {
    LogFormat.TEXT: _Text,
    LogFormat.LOGFMT: _Logfmt,
    LogFormat.JSON: _Json,
}


def _fields(formatter: logging.Formatter, record: logging.LogRecord) -> dict[str, str]:
    """Everything that a line says, in order."""
    time = datetime.fromtimestamp(record.created, UTC)
    fields = {
        "ts": time.isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": record.getMessage(),
        **_facts(record),
    }
    if record.exc_info:
        fields["error"] = formatter.formatException(record.exc_info)
    return fields


def _facts(record: logging.LogRecord) -> dict[str, str]:
    """Which actor and which request a line is about, as far as it is known."""
    found = {name: getattr(record, name, None) for name in _FACTS}
    return {name: _spelled(value) for name, value in found.items() if value}


def _spelled(value: object) -> str:
    if not isinstance(value, tuple):
        return str(value)
    return "/".join(map(str, cast("tuple[object, ...]", value)))


def _quoted(text: str) -> str:
    needs_quotes = not text or any(character in _NEEDS_QUOTES for character in text)
    return json.dumps(text, ensure_ascii=False) if needs_quotes else text
