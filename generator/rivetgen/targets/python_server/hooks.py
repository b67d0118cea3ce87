"""Hooks of the generated base class: which exist, with which parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rivetgen.emission import Code, code
from rivetgen.python.methods import NONE, SELF, Method
from rivetgen.targets.python_server.past_states import (
    migration_method,
    past_state_name,
)

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
        is_async: Whether it is a coroutine.
    """

    name: Code
    parameters: Sequence[Parameter]
    result: Code = NONE
    body: Code | None = EMPTY
    description: str
    is_async: bool = True

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
        """The classes of the generated module that the signature names."""
        named = {self.result, *(kind for _, kind in self.parameters)} - {NONE}
        return {kind for kind in named if "." not in kind}

    def render(self, scope: Scope) -> Code:
        """Return the method of the base class."""
        abstract = code("{}.abstractmethod", scope.module("abc"))
        return Method(
            name=self.name,
            parameters=self.signature,
            result=self.result,
            body=self.body or None,
            description=self.description,
            is_async=self.is_async,
            decorators=(abstract,) if self.is_abstract else (),
        ).render()


def hooks_of(shapes: Shapes, scope: Scope) -> Iterator[Hook]:
    """Yield the hooks of an actor in the order in which they run."""
    yield from migrations(shapes)
    yield from starting_hooks(shapes, scope)
    yield from serving_hooks(shapes, scope)
    yield from connection_hooks(shapes)
    yield from raw_hooks(shapes, scope)
    yield from stopping_hooks(shapes)


def hooks_to_write(shapes: Shapes, scope: Scope) -> Iterator[Hook]:
    """Yield the hooks without a default, or whose default a user may replace first."""
    yield from migrations(shapes)
    yield from state_constructor(shapes)
    yield from run_handler(shapes)
    yield from connection_state_constructor(shapes)
    yield from raw_hooks(shapes, scope)


def migrations(shapes: Shapes) -> Iterator[Hook]:
    """Yield the methods that migrate stored states, from version to version."""
    for version in shapes.past_versions:
        yield Hook(
            name=migration_method(version),
            parameters=((Code("old"), past_state_name(shapes.actor, version)),),
            result=past_state_name(shapes.actor, version + 1),
            body=None,
            description=f"Return a state of version {version} as the next one.",
            is_async=False,
        )


def starting_hooks(shapes: Shapes, scope: Scope) -> Iterator[Hook]:
    """Yield the hooks of a start, up to the background handler."""
    context = Code("c"), code("{}Context", shapes.stem)
    creating = Code("c"), code("{}CreateContext", shapes.stem)
    given = Code("input"), shapes.input.name
    is_new = Code("is_new"), scope.builtin(Code("bool"))
    yield Hook(
        name=Code("on_migrate"),
        parameters=(creating, is_new),
        description="Runs at every start, before anything else.",
    )
    yield from state_constructor(shapes)
    yield Hook(
        name=Code("on_create"),
        parameters=(context, given),
        description="Runs once, after the first state was made.",
    )
    yield Hook(
        name=Code("create_vars"),
        parameters=(context,),
        description="Runs at every start; set up what lives on `self`.",
    )
    yield Hook(
        name=Code("on_wake"),
        parameters=(context,),
        description="Runs at every start, before the first call.",
    )
    yield from run_handler(shapes)
    yield from workflow_hooks(shapes, scope)


def state_constructor(shapes: Shapes) -> Iterator[Hook]:
    """Yield the hook that makes the first state, if there is a state."""
    if shapes.state.body is not None:
        creating = Code("c"), code("{}CreateContext", shapes.stem)
        yield _constructor(
            Code("create_state"),
            (creating, (Code("input"), shapes.input.name)),
            shapes.state,
            description="Return the first state of a new actor.",
        )


def run_handler(shapes: Shapes) -> Iterator[Hook]:
    """Yield the handler that runs in the background, if there is one."""
    if shapes.actor.run == "loop":
        yield Hook(
            name=Code("run"),
            parameters=((Code("c"), code("{}Context", shapes.stem)),),
            body=None,
            description="Runs in the background from the start to the stop.",
        )
    if shapes.is_workflow:
        yield Hook(
            name=Code("run"),
            parameters=((Code("w"), code("{}Workflow", shapes.stem)),),
            body=None,
            description="The workflow: what it did is not done again after a restart.",
        )


def workflow_hooks(shapes: Shapes, scope: Scope) -> Iterator[Hook]:
    """Yield the hook that is told what failed in a workflow."""
    if shapes.is_workflow:
        failure = code("{}.WorkflowFailure", scope.module("runtime"))
        yield Hook(
            name=Code("on_workflow_error"),
            parameters=(
                (Code("c"), code("{}Context", shapes.stem)),
                (Code("failure"), failure),
            ),
            description="Runs after a step, a rollback or the whole workflow failed.",
        )


def serving_hooks(shapes: Shapes, scope: Scope) -> Iterator[Hook]:
    """Yield the hooks around changes and answers."""
    context = Code("c"), code("{}Context", shapes.stem)
    name = Code("name"), scope.builtin(Code("str"))
    anything = scope.builtin(Code("object"))
    arguments = code("{}[{}, ...]", scope.builtin(Code("tuple")), anything)
    if shapes.state.body is not None:
        yield Hook(
            name=Code("on_state_change"),
            parameters=(context,),
            description="Runs after the state changed; it must not change it.",
            is_async=False,
        )
    yield Hook(
        name=Code("on_before_action_response"),
        parameters=(
            context,
            name,
            (Code("args"), arguments),
            (Code("output"), anything),
        ),
        result=anything,
        body=Code("return output"),
        description="Runs before a client is answered; returns the answer.",
    )


def connection_hooks(shapes: Shapes) -> Iterator[Hook]:
    """Yield the hooks of one connection."""
    context = Code("c"), code("{}Context", shapes.stem)
    connection = Code("conn"), code("{}Connection", shapes.stem)
    params = Code("params"), shapes.params.name
    yield Hook(
        name=Code("on_before_connect"),
        parameters=(context, params),
        description="Runs before a client is let in; raise to refuse it.",
    )
    yield from connection_state_constructor(shapes)
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


def connection_state_constructor(shapes: Shapes) -> Iterator[Hook]:
    """Yield the hook that makes the state of a connection, if it has one."""
    if shapes.conn_state.body is not None:
        context = Code("c"), code("{}Context", shapes.stem)
        yield _constructor(
            Code("create_conn_state"),
            (context, (Code("params"), shapes.params.name)),
            shapes.conn_state,
            description="Return the first state of a new connection.",
        )


def raw_hooks(shapes: Shapes, scope: Scope) -> Iterator[Hook]:
    """Yield the hooks of raw requests and sockets, for actors that declare them."""
    context = Code("c"), code("{}Context", shapes.stem)
    if shapes.actor.http:
        runtime = scope.module("runtime")
        yield Hook(
            name=Code("on_request"),
            parameters=(context, (Code("request"), code("{}.Request", runtime))),
            result=code("{}.Response", runtime),
            body=None,
            description="Answers a raw HTTP request.",
        )
    if shapes.actor.websocket:
        runtime = scope.module("runtime")
        yield Hook(
            name=Code("on_web_socket"),
            parameters=(context, (Code("socket"), code("{}.WebSocket", runtime))),
            body=None,
            description="Serves a raw WebSocket, which is open already.",
        )


def stopping_hooks(shapes: Shapes) -> Iterator[Hook]:
    """Yield the hooks of a stop; only one of them runs."""
    context = Code("c"), code("{}Context", shapes.stem)
    yield Hook(
        name=Code("on_sleep"),
        parameters=(context,),
        description="Runs before the actor leaves memory.",
    )
    yield Hook(
        name=Code("on_destroy"),
        parameters=(context,),
        description="Runs before the actor is destroyed, if it is awake then.",
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
