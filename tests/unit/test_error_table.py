"""The table of error codes holds what the code raises, and nothing else."""

from __future__ import annotations

import ast
import importlib
import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

from rivetgen_client.wire.error_codes import (
    ANY_CODE,
    ERROR_RULES,
    OFFICIAL_ERRORS,
    SERVER_ERRORS,
)
from rivetgen_client.wire.error_rules import ErrorRule
from rivetgen_runtime.errors import CodedError, UserError
from workspace import modules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workspace import Module

TABLE_MODULES = ("rivetgen_client.wire.error_codes", "rivetgen_client.wire.error_rules")
SERVER_PACKAGES = ("rivetgen_runtime", "rivetgen_client.wire", "rivetgen_client.errors")
RAISING = {"ErrorBody", "host_error", "format_close_reason"}
"""Calls whose first two arguments are a group and a code."""

GROUPS = {name.partition(".")[0] for name in SERVER_ERRORS}
REASON = re.compile(rf"({'|'.join(GROUPS)})\.[a-z]+(_[a-z]+)*")


class Mention(NamedTuple):
    """A place of the sources that names an error."""

    name: str
    place: str


def server_modules() -> list[Module]:
    return [
        module
        for module in modules()
        if module.name.startswith(SERVER_PACKAGES)
        and module.name not in TABLE_MODULES
        and not module.is_package  # holds names of modules, which look like errors
    ]


def mentions(module: Module) -> Iterator[Mention]:
    """Yield the errors that a module makes or closes sockets with."""
    loggers = {id(name) for call in calls(module, {"getLogger"}) for name in call.args}
    for node in ast.walk(module.tree):
        name = None
        if not isinstance(node, ast.expr) or id(node) in loggers:
            continue
        if isinstance(node, ast.Call) and called(node) in RAISING:
            name = ".".join(literal(argument) for argument in node.args[:2])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value
        if name is not None and REASON.fullmatch(name):
            yield Mention(name, f"{module.name}:{node.lineno}")


def calls(module: Module, names: set[str]) -> Iterator[ast.Call]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and called(node) in names:
            yield node


def called(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def literal(node: ast.expr) -> str:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return str(ast.literal_eval(node)) if is_text else ""


def coded_errors() -> Iterator[Mention]:
    """Yield the codes of the exception classes of the runtime."""
    for module in server_modules():
        importlib.import_module(module.name)
    pending = [CodedError]
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        # What user code raises has groups and codes of its own.
        is_ours = kind not in (CodedError, UserError)
        is_named = "default_code" in vars(kind) and is_ours
        if is_named and kind.__module__.startswith("rivetgen_runtime"):
            yield Mention(f"{kind.group}.{kind.default_code}", kind.__qualname__)


def strings(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_error_that_the_sources_name_has_a_row() -> None:
    named = [mention for module in server_modules() for mention in mentions(module)]
    found = [*named, *coded_errors()]

    missing = [
        mention
        for mention in found
        if mention.name not in SERVER_ERRORS and not mention.name.startswith("user.")
    ]

    assert len(found) > 50
    assert not missing


def test_every_row_of_the_server_is_named_by_its_sources() -> None:
    words = {word for module in server_modules() for word in strings(module)}
    raised = {mention.name for mention in coded_errors()}

    unused = [
        name
        for name in SERVER_ERRORS
        if name not in words | raised
        and name.partition(".")[2] not in words | {ANY_CODE}
        and not name.startswith("message.")  # "incoming" and "outgoing" + "_too_long"
    ]

    assert not unused


def test_no_error_is_both_ours_and_only_that_of_official_servers() -> None:
    assert not SERVER_ERRORS.keys() & OFFICIAL_ERRORS.keys()
    assert len(ERROR_RULES) == len(SERVER_ERRORS) + len(OFFICIAL_ERRORS)


@pytest.mark.parametrize("name", SERVER_ERRORS)
def test_every_row_of_the_server_is_told_in_two_sentences(name: str) -> None:
    rule, unsaid = SERVER_ERRORS[name], ErrorRule()

    for sentence in (rule.meaning, rule.remedy):
        assert re.fullmatch(r"[A-Z`].*\.", sentence)
        assert sentence not in {unsaid.meaning, unsaid.remedy}
