"""What a schema says about queues, as data in generated code."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from .definitions import issues_of
from .errors import InvalidArgumentsError, InvalidResultError
from .types import dump, load
from .wire.values import UNDEFINED

if TYPE_CHECKING:
    from .wire.values import Value

__all__ = ["QueueDefinition"]

MessageT = TypeVar("MessageT")
ReplyT = TypeVar("ReplyT")


class QueueDefinition(Generic[MessageT, ReplyT]):
    """One queue; the type parameters are its messages and the replies to them.

    Args:
        name: As on the wire.
        message: Annotation or model of a message.
        reply: Of a reply; None for a queue without replies.
    """

    def __init__(self, name: str, *, message: Any, reply: Any = None) -> None:
        self.name = name
        self.message = message
        self.reply = reply

    def __repr__(self) -> str:
        return f"QueueDefinition({self.name!r})"

    @property
    def has_reply(self) -> bool:
        """Whether messages are completed with a reply."""
        return self.reply is not None

    @cached_property
    def _message(self) -> TypeAdapter[Any]:
        return TypeAdapter[Any](self.message)

    @cached_property
    def _reply(self) -> TypeAdapter[Any]:
        return TypeAdapter[Any](self.reply)

    def dump_message(self, message: MessageT) -> Value:
        """Check and write a message.

        Raises:
            InvalidArgumentsError: It is not what the schema declares.
        """
        try:
            return dump(self._message.validate_python(message), self._message)
        except (ValidationError, PydanticSerializationError) as error:
            raise InvalidArgumentsError(list(issues_of(error, "message"))) from error

    def load_message(self, value: Value) -> MessageT:
        """Read a message.

        Raises:
            InvalidArgumentsError: It is not what the schema declares.
        """
        try:
            return cast("MessageT", load(self._message, value))
        except ValidationError as error:
            raise InvalidArgumentsError(list(issues_of(error, "message"))) from error

    def dump_reply(self, reply: ReplyT) -> Value:
        """Check and write a reply; ``UNDEFINED`` for a queue without replies.

        Raises:
            InvalidResultError: It is not what the schema declares.
        """
        if self.reply is None:
            return UNDEFINED
        try:
            return dump(self._reply.validate_python(reply), self._reply)
        except (ValidationError, PydanticSerializationError) as error:
            issues = list(issues_of(error, "reply"))
            raise InvalidResultError(self.name, issues) from error

    def load_reply(self, value: Value) -> ReplyT:
        """Read a reply.

        Raises:
            InvalidResultError: It is not what the schema declares.
        """
        if self.reply is None:
            return cast("ReplyT", None)
        try:
            return cast("ReplyT", load(self._reply, value))
        except ValidationError as error:
            issues = list(issues_of(error, "reply"))
            raise InvalidResultError(self.name, issues) from error
