"""Hooks of the generated base class: which exist, with which parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rivetgen.emission import Code, code
from rivetgen.python.methods import NONE, SELF, Method

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rivetgen.python.scopes import Scope
    from rivetgen.targets.python_server.shapes import Shape, Shapes

EMPTY = Code()
Parameter = tuple[Code, Code]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One hook of one actor.

    Attributes:
        name: Name of the method.
        parameters: Name and class of each parameter after `self`.
        result: Class of the result.
        body: What the default does; `None` makes the hook abstract.
        description: Text of the docstring.
    """

    name: Code
    parameters: Sequence[Parameter]
    result: Code = NONE
    body: Code | None = EMPTY
    description: str

    @property
    def is_abstract(self) -> bool:
        """Whether the user has to write it."""
        return self.body is None

    @property
    def signature(self) -> list[Code]:
        """All parameters, annotated."""
        return [SELF, *(code("{}: {}", *part) for part in self.parameters)]

    @property
    def classes(self) -> set[Code]:
        """The classes that the signature names."""
        return {self.result, *(kind for _, kind in self.parameters)} - {NONE}

    def render(self, scope: Scope) -> Code:
        """Return the method of the base class."""
        abstract = code("{}.abstractmethod", scope.module("abc"))
        return Method(
            name=self.name,
            parameters=self.signature,
            result=self.result,
            body=self.body or None,
            description=self.description,
            is_async=True,
            decorators=(abstract,) if self.is_abstract else (),
        ).render()


def hooks_of(shapes: Shapes) -> Iterator[Hook]:
    """Yield the hooks of an actor in the order in which they run."""
    context = Code("c"), code("{}Context", shapes.stem)
    creating = Code("c"), code("{}CreateContext", shapes.stem)
    connection = Code("conn"), code("{}Connection", shapes.stem)
    given = Code("input"), shapes.input.name
    params = Code("params"), shapes.params.name
    if shapes.state.body is not None:
        yield _constructor(
            Code("create_state"),
            (creating, given),
            shapes.state,
            description="Return the first state of a new actor.",
        )
    yield Hook(
        name=Code("on_create"),
        parameters=(context, given),
        description="Runs once, after the first state was made.",
    )
    yield Hook(
        name=Code("on_before_connect"),
        parameters=(context, params),
        description="Runs before a client is let in; raise to refuse it.",
    )
    if shapes.conn_state.body is not None:
        yield _constructor(
            Code("create_conn_state"),
            (context, params),
            shapes.conn_state,
            description="Return the first state of a new connection.",
        )
    yield Hook(
        name=Code("on_connect"),
        parameters=(context, connection),
        description="Runs when a client is connected.",
    )
    yield Hook(
        name=Code("on_disconnect"),
        parameters=(context, connection),
        description="Runs when a client is gone.",
    )


def _constructor(
    name: Code, parameters: Sequence[Parameter], shape: Shape, *, description: str
) -> Hook:
    body = code("return {}()", shape.name) if shape.is_constructible else None
    return Hook(
        name=name,
        parameters=parameters,
        result=shape.name,
        body=body,
        description=description,
    )
