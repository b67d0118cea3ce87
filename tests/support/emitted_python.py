"""What emitted Python may consist of, as an allow-list over its syntax tree."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULES = frozenset(
    {
        "__future__",
        "abc",
        "builtins",
        "datetime",
        "decimal",
        "enum",
        "importlib",
        "pydantic",
        "rivetgen_client",
        "rivetgen_runtime",
        "typing",
        "typing_extensions",
        "uuid",
    }
)
STATEMENTS = (
    ast.AnnAssign,
    ast.Assign,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Expr,
    ast.FunctionDef,
    ast.If,
    ast.Import,
    ast.ImportFrom,
    ast.Pass,
    ast.Raise,
    ast.Return,
)
FORBIDDEN = frozenset(
    {
        "__import__",
        "breakpoint",
        "compile",
        "delattr",
        "eval",
        "exec",
        "exit",
        "input",
        "locals",
        "memoryview",
        "open",
        "print",
        "quit",
        "setattr",
        "vars",
    }
)
# The lazy `__init__` of a client package looks up public names.
REFLECTION = frozenset({"getattr", "globals"})


def complaints(path: Path) -> list[str]:
    """Return what is in an emitted module but not on the allow-list."""
    return complaints_about(
        path.read_text(),
        is_package=path.name == "__init__.py",
        is_test=path.parent.name == "tests",
    )


def complaints_about(
    source: str, *, is_package: bool = False, is_test: bool = False
) -> list[str]:
    """Return what is in a source but not on the allow-list."""
    nodes = ast.walk(ast.parse(source))
    if is_test:
        # Tests import the packages under test, assert, and hold a server open.
        kinds = (ast.Import, ast.ImportFrom, ast.Assert, ast.AsyncWith, ast.Yield)
        nodes = (node for node in nodes if not _is_of_tests(node, kinds))
    return [
        f"line {getattr(node, 'lineno', 0)}: {problem}"
        for node in nodes
        for problem in _problems(node, is_package=is_package)
    ]


def _is_of_tests(node: ast.AST, kinds: tuple[type[ast.AST], ...]) -> bool:
    return isinstance(node.value if isinstance(node, ast.Expr) else node, kinds)


def _problems(node: ast.AST, *, is_package: bool) -> Iterator[str]:
    if isinstance(node, ast.stmt) and not isinstance(node, STATEMENTS):
        yield f"statement {type(node).__name__}"
    if isinstance(node, ast.Expr) and not _is_plain(node.value):
        yield f"expression {ast.unparse(node)[:60]}"
    if isinstance(node, ast.Import):
        yield from (f"import of {x.name}" for x in node.names if _is_foreign(x.name))
    if isinstance(node, ast.ImportFrom) and _is_foreign_source(node):
        yield f"import from {node.module}"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        reflection = frozenset[str]() if is_package else REFLECTION
        yield from (
            f"call of {name}" for name in {node.func.id} & (FORBIDDEN | reflection)
        )
    if isinstance(node, ast.JoinedStr) and not is_package:
        yield "f-string"


def _is_plain(value: ast.expr) -> bool:
    if isinstance(value, ast.Constant):
        return isinstance(value.value, str) or value.value is ...
    call = value.value if isinstance(value, ast.Await) else value
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)


def _is_foreign_source(node: ast.ImportFrom) -> bool:
    return node.level == 0 and _is_foreign(node.module or "")


def _is_foreign(module: str) -> bool:
    return module.partition(".")[0] not in MODULES
