"""Imports of one emitted module.

Modules are imported under private aliases, so that no name of a schema can shadow
them: a field called `date` and the module `datetime` get along. Files that users own
import the plain names instead.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from rivetgen.emission import Code, code, indent, join
from rivetgen.python.sorting import NaturalKey, name_kind, natural_key

if TYPE_CHECKING:
    from collections.abc import Mapping

Module = Literal[
    "abc",
    "builtins",
    "datetime",
    "decimal",
    "enum",
    "importlib",
    "extensions",
    "pydantic",
    "client",
    "runtime",
    "sync",
    "types",
    "typing",
    "uuid",
]

FUTURE = Code("from __future__ import annotations")

_STANDARD, _THIRD_PARTY = range(2)

_PRIVATE: Mapping[Module, tuple[int, Code]] = {
    "abc": (_STANDARD, Code("import abc as _abc")),
    "builtins": (_STANDARD, Code("import builtins as _builtins")),
    "datetime": (_STANDARD, Code("import datetime as _datetime")),
    "decimal": (_STANDARD, Code("import decimal as _decimal")),
    "enum": (_STANDARD, Code("import enum as _enum")),
    "importlib": (_STANDARD, Code("import importlib as _importlib")),
    "typing": (_STANDARD, Code("import typing as _typing")),
    "uuid": (_STANDARD, Code("import uuid as _uuid")),
    "pydantic": (_THIRD_PARTY, Code("import pydantic as _pydantic")),
    "client": (_THIRD_PARTY, Code("import rivetgen_client as _client")),
    "runtime": (_THIRD_PARTY, Code("import rivetgen_runtime as _runtime")),
    "extensions": (_THIRD_PARTY, Code("import typing_extensions as _extensions")),
    "sync": (_THIRD_PARTY, Code("from rivetgen_client import sync as _sync")),
    "types": (_THIRD_PARTY, Code("from rivetgen_client import types as _types")),
}
"""How generated modules import: nothing in a schema starts with `_`."""

_PLAIN: Mapping[Module, tuple[int, Code]] = {
    "builtins": (_STANDARD, Code("import builtins")),
    "datetime": (_STANDARD, Code("import datetime")),
    "decimal": (_STANDARD, Code("import decimal")),
    "typing": (_STANDARD, Code("import typing")),
    "uuid": (_STANDARD, Code("import uuid")),
    "pydantic": (_THIRD_PARTY, Code("import pydantic")),
    "runtime": (_THIRD_PARTY, Code("import rivetgen_runtime as runtime")),
    "types": (_THIRD_PARTY, Code("from rivetgen_client import types")),
}
"""How files of users import."""


@dataclass(slots=True)
class Imports:
    """Collects what one module imports while its body is rendered."""

    _statements: set[tuple[int, Code]] = field(default_factory=set[tuple[int, Code]])
    _names: dict[Code, set[Code]] = field(default_factory=lambda: defaultdict(set))
    _guarded: dict[Code, set[Code]] = field(default_factory=lambda: defaultdict(set))

    def module(self, name: Module) -> Code:
        """Import a module under its private alias and return the alias."""
        self._statements.add(_PRIVATE[name])
        return Code(f"_{name}")

    def plain_module(self, name: Module) -> Code:
        """Import a module under its own name and return that."""
        self._statements.add(_PLAIN[name])
        return Code(name)

    def third_party(self, statement: Code) -> None:
        """Add a statement of its own."""
        self._statements.add((_THIRD_PARTY, statement))

    def name(self, module: Code, name: Code) -> Code:
        """Import a name from a module of the same package and return it."""
        self._names[module].add(name)
        return name

    def guarded(self, module: Code, name: Code) -> Code:
        """Import a name for type checkers only and return it."""
        self.module("typing")
        self._guarded[module].add(name)
        return name

    def alias(self, module: Code, name: Code, *, alias: Code) -> Code:
        """Import a name of the same package under another one and return that."""
        self._names[module].add(code("{} as {}", name, alias))
        return alias

    def render(self) -> Code:
        """Return the import statements, sorted, in their sections."""
        sections = [
            FUTURE if self._guarded else Code(),
            self._section(_STANDARD),
            self._section(_THIRD_PARTY),
            from_imports(self._names),
            self._guard(),
        ]
        return join([section for section in sections if section], "\n\n")

    def _section(self, section: int) -> Code:
        used = [text for place, text in self._statements if place == section]
        # Import sorters put `import` before `from`.
        return join(sorted(used, key=lambda text: (text[0] == "f", text)), "\n")

    def _guard(self) -> Code:
        if not self._guarded:
            return Code()
        imports = indent(from_imports(self._guarded))
        return code("if _typing.TYPE_CHECKING:\n{}", imports)


def from_imports(names: Mapping[Code, set[Code]]) -> Code:
    """Return `from` imports, sorted as import sorters want them."""
    ordered = sorted(names.items(), key=lambda item: _distance(item[0]))
    return join([_statements(module, parts) for module, parts in ordered], "\n")


def _statements(module: Code, names: set[Code]) -> Code:
    # Import sorters give every alias a line of its own.
    ordered = sorted(names, key=_member)
    aliases = [name for name in ordered if " as " in name]
    plain = join([name for name in ordered if " as " not in name], ", ")
    parts = [plain, *aliases] if plain else aliases
    return join([code("from {} import {}", module, part) for part in parts], "\n")


def _distance(module: Code) -> tuple[int, NaturalKey]:
    # Import sorters put the furthest relative module first.
    dots = len(module) - len(module.lstrip("."))
    return (-dots, natural_key(module))


def _member(name: Code) -> tuple[int, NaturalKey, str]:
    # Constants, then classes, then the rest; capitals matter last.
    plain = name.split(" ", maxsplit=1)[0]
    return (name_kind(plain), natural_key(plain.lower()), plain)
