"""What statements of actors may not do: reach beyond their file, weaken promises."""

from __future__ import annotations

import sqlite3
from typing import Final

__all__ = ["SqlRules"]

_RESERVED_PREFIX: Final = "_rivet_"

_PRAGMAS: Final = frozenset(
    {
        # What there is
        *("table_info", "table_xinfo", "table_list", "index_list", "index_info"),
        *("index_xinfo", "foreign_key_list", "collation_list", "function_list"),
        *("module_list", "pragma_list", "compile_options"),
        # The file
        *("page_count", "page_size", "freelist_count", "data_version", "encoding"),
        *("schema_version", "user_version", "max_page_count", "auto_vacuum"),
        *("integrity_check", "quick_check", "foreign_key_check", "optimize"),
        *("incremental_vacuum", "analysis_limit", "application_id"),
        # How statements of this actor work
        *("foreign_keys", "defer_foreign_keys", "recursive_triggers"),
        *("case_sensitive_like", "reverse_unordered_selects", "automatic_index"),
    }
)
"""Pragmas that actors may use."""

_READ_ONLY_PRAGMAS: Final = frozenset(
    {"schema_version", "max_page_count", "encoding", "page_size"}
)
"""Of these, the ones that they may not set."""

_READS: Final = frozenset(
    {sqlite3.SQLITE_READ, sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION}
)


class SqlRules:
    """An authorizer of one connection: SQLite asks it while it compiles a statement.

    Attributes:
        reason: Why something was refused last; empty when nothing was.
    """

    def __init__(self) -> None:
        self.reason = ""

    def decide(
        self, action: int, first: str | None, second: str | None, *_: str | None
    ) -> int:
        """Allow or deny; parameters as of ``sqlite3_set_authorizer``."""
        reason = _objection(action, first, second)
        if reason:
            self.reason = reason
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK


def _objection(action: int, first: str | None, second: str | None) -> str:
    match action:
        # VACUUM attaches an unnamed file of its own.
        case sqlite3.SQLITE_ATTACH if first != "":
            return "ATTACH and VACUUM INTO reach beyond the actor's own file."
        case sqlite3.SQLITE_PRAGMA:
            return _objection_to_pragma((first or "").lower(), second)
        case sqlite3.SQLITE_FUNCTION if (second or "").lower() == "load_extension":
            return "Extensions cannot be loaded."
        case _ if action not in _READS and _is_reserved(first, second):
            return f"Names that begin with {_RESERVED_PREFIX} are reserved."
        case _:
            return ""


def _objection_to_pragma(name: str, value: str | None) -> str:
    if name not in _PRAGMAS:
        return f"PRAGMA {name} is not available to actors."
    if name in _READ_ONLY_PRAGMAS and value is not None:
        return f"PRAGMA {name} cannot be set by actors."
    return ""


def _is_reserved(*names: str | None) -> bool:
    return any(name and name.lower().startswith(_RESERVED_PREFIX) for name in names)
