"""Emitted methods and properties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, render
from rivetgen.escaping import docstring, string_literal
from rivetgen.python.models import stated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rivetgen.python.scopes import Scope

PASS = Code("...")
SELF = Code("self")
NONE = Code("None")


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method.

    Attributes:
        name: Its name.
        parameters: Parameters, `self` included.
        result: Type of the result.
        body: Statements; without them the docstring is the body.
        description: Text of the docstring.
        is_async: Whether it is a coroutine.
        decorators: Decorators without `@`, outermost first.
    """

    name: Code
    parameters: Sequence[Code] = (SELF,)
    result: Code = NONE
    body: Code | None = None
    description: str | None = None
    is_async: bool = False
    decorators: Sequence[Code] = ()

    def render(self) -> Code:
        """Return the code of the method."""
        description = stated(self.description)
        text = docstring(description) if description else None
        return render(
            "python/method.jinja",
            decorators=list(self.decorators),
            definition=Code("async def") if self.is_async else Code("def"),
            name=self.name,
            parameters=list(self.parameters),
            result=self.result,
            docstring=text,
            body=self.body if text or self.body else PASS,
        )


def prop(
    name: Code, result: Code, body: Code, *, description: str, scope: Scope
) -> Code:
    """Return a read-only property."""
    return Method(
        name=name,
        result=result,
        body=code("return {}", body),
        description=description,
        decorators=(scope.builtin(Code("property")),),
    ).render()


def deprecation(reason: str | None, scope: Scope) -> tuple[Code, ...]:
    """Return the decorator that warns about something deprecated, if it is."""
    if reason is None:
        return ()
    module = scope.module("extensions")
    return (code("{}.deprecated({})", module, string_literal(reason)),)
