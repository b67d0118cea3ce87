"""Imports of emitted modules are private, sorted and complete."""

from __future__ import annotations

from rivetgen.emission import Code
from rivetgen.python.imports import Imports


def test_modules_come_in_the_order_of_import_sorters() -> None:
    imports = Imports()
    for name in ("types", "runtime", "typing", "pydantic", "abc", "client"):
        assert imports.module(name) == f"_{name}"
    imports.alias(Code("."), Code("types"), alias=Code("_schema"))
    imports.name(Code("..other"), Code("Name"))
    assert imports.render().split("\n") == [
        "import abc as _abc",
        "import typing as _typing",
        "",
        "import pydantic as _pydantic",
        "import rivetgen_client as _client",
        "import rivetgen_runtime as _runtime",
        "from rivetgen_client import types as _types",
        "",
        "from ..other import Name",
        "from . import types as _schema",
    ]


def test_names_of_one_module_share_a_line_but_aliases_do_not() -> None:
    imports = Imports()
    imports.name(Code(".a"), Code("beta"))
    imports.name(Code(".a"), Code("Alpha"))
    imports.name(Code(".a"), Code("LIMIT"))
    imports.alias(Code(".a"), Code("Gamma"), alias=Code("_gamma"))
    assert imports.render().split("\n") == [
        "from .a import LIMIT, Alpha, beta",
        "from .a import Gamma as _gamma",
    ]


def test_guarded_names_are_for_type_checkers_only() -> None:
    imports = Imports()
    imports.guarded(Code(".a"), Code("Alpha"))
    assert imports.render().split("\n") == [
        "from __future__ import annotations",
        "",
        "import typing as _typing",
        "",
        "if _typing.TYPE_CHECKING:",
        "    from .a import Alpha",
    ]


def test_files_of_users_import_plain_names() -> None:
    imports = Imports()
    assert imports.plain_module("datetime") == "datetime"
    assert imports.render() == "import datetime"


def test_nothing_used_is_nothing_imported() -> None:
    assert Imports().render() == ""
