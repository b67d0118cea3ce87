"""The base of every actor class, and which of its hooks an implementation uses."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from rivetgen_runtime.core.definitions import ActorDefinition
    from rivetgen_runtime.core.http_messages import Request, Response
    from rivetgen_runtime.core.web_socket import WebSocket
    from rivetgen_runtime.core.workflows.outcomes import WorkflowFailure

__all__ = ["Actor", "AnyActor", "Hooks", "hooks_of"]

ContextT = TypeVar("ContextT")


class Actor(Generic[ContextT]):
    """One actor in memory: what is set on ``self`` ends with this activation.

    What shall last is kept in ``c.state``. Hooks that are not overridden do nothing.
    """

    definition: ClassVar[ActorDefinition]

    async def on_migrate(self, c: Any, is_new: bool) -> None:
        """Run at every start before anything else, such as to migrate a database.

        Args:
            c: Without state, since a new actor has none yet.
            is_new: Whether the actor starts for the first time.
        """

    async def create_state(self, c: Any, input: Any) -> Any:  # noqa: A002 - schema word
        """Return the first state; runs once in the life of the actor."""

    async def on_create(self, c: ContextT, input: Any) -> None:  # noqa: A002
        """Run once, after ``create_state``; committed together with it."""

    async def create_vars(self, c: ContextT) -> None:
        """Run at every start before ``on_wake``; set up what lives on ``self``."""

    async def on_wake(self, c: ContextT) -> None:
        """Run at every start, before the first call."""

    async def run(self, c: Any, /) -> None:
        """Run in the background from then on, when the schema declares ``run``.

        Args:
            c: As for other hooks; of a workflow its operations, the ``w``.
        """

    async def on_workflow_error(self, c: ContextT, failure: WorkflowFailure) -> None:
        """Run when a step, a rollback or the workflow itself has failed.

        Args:
            c: Belongs to no connection.
            failure: What has failed, and whether it is tried again.
        """

    async def on_sleep(self, c: ContextT) -> None:
        """Run before the actor leaves memory; what it changes is saved."""

    async def on_destroy(self, c: ContextT) -> None:
        """Run before the actor is destroyed, if it is awake then."""

    def on_state_change(self, c: ContextT) -> None:
        """Run after the state changed, before the change is saved.

        It must not change the state itself.
        """

    async def on_before_action_response(
        self,
        c: ContextT,  # noqa: ARG002
        name: str,  # noqa: ARG002
        args: tuple[Any, ...],  # noqa: ARG002
        output: Any,
    ) -> Any:
        """Run when an action called by a client has ended; returns what is sent.

        Args:
            c: Belongs to no connection.
            name: Wire name of the action.
            args: What it was called with.
            output: What it returned.
        """
        return output

    async def on_before_connect(self, c: ContextT, params: Any) -> None:
        """Run before a connection exists; raise to refuse it."""

    async def create_conn_state(self, c: ContextT, params: Any) -> Any:
        """Return the state of a new connection."""

    async def on_connect(self, c: ContextT, conn: Any) -> None:
        """Run when a connection is in ``c.conns``; raise to refuse it."""

    async def on_disconnect(self, c: ContextT, conn: Any) -> None:
        """Run after a connection has ended."""

    async def on_request(self, c: ContextT, request: Request) -> Response:
        """Answer a raw HTTP request; without this method it is answered with 404."""
        raise NotImplementedError

    async def on_web_socket(self, c: ContextT, socket: WebSocket) -> None:
        """Serve a raw WebSocket, which is open when this begins."""


AnyActor: TypeAlias = Actor[Any]


@dataclass(frozen=True, slots=True)
class Hooks:
    """Which hooks a class overrides; the others are never called.

    Attributes:
        admission: Whether a connection needs more than to be made.
    """

    on_migrate: bool
    create_vars: bool
    on_wake: bool
    on_workflow_error: bool
    on_sleep: bool
    on_destroy: bool
    on_create: bool
    on_state_change: bool
    on_before_action_response: bool
    on_before_connect: bool
    on_connect: bool
    on_disconnect: bool
    on_request: bool
    on_web_socket: bool
    admission: bool


def hooks_of(actor_class: type[AnyActor]) -> Hooks:
    """Look through a user's class; what was found is remembered."""
    hooks = _hooks.get(actor_class)
    if hooks is None:
        hooks = _hooks[actor_class] = _find_hooks(actor_class)
    return hooks


_hooks: WeakKeyDictionary[type[AnyActor], Hooks] = WeakKeyDictionary()


def _find_hooks(actor_class: type[AnyActor]) -> Hooks:
    written = _written_names(actor_class)
    definition = actor_class.definition
    names = [field.name for field in fields(Hooks) if field.name != "admission"]
    used = {name: name in written for name in names}
    admission = (
        definition.conn_params is not None
        or definition.conn_state is not None
        or used["on_before_connect"]
        or used["on_connect"]
    )
    return Hooks(**used, admission=admission)


def _written_names(actor_class: type[AnyActor]) -> set[str]:
    """Names that the user's classes define, above the generated base."""
    order = actor_class.__mro__
    generated = [kind for kind in order if "definition" in kind.__dict__]
    written = order[: order.index(generated[-1])]
    return {name for kind in written for name in kind.__dict__}
