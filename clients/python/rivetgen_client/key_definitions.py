"""Keys of actors: typed in Python, texts on the wire.

Every part has exactly one spelling, so that equal keys reach the same actor: integers
in decimal digits, ``true`` and ``false``, everything else as its wire value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from pydantic import ValidationError

from .definitions import dump_arguments
from .errors import InvalidArgumentsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .definitions import Argument
    from .wire.values import Value

KeyT = TypeVar("KeyT")

_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,127}", re.ASCII)
_BOOLEANS: Final = {"true": True, "false": False}


class KeyDefinition(Generic[KeyT]):
    """The key of one kind of actor.

    Args:
        key: The named tuple of the parts.
        parts: Their types, in order.
    """

    def __init__(self, key: Callable[..., KeyT], parts: tuple[Argument, ...]) -> None:
        self.key = key
        self.parts = parts

    @property
    def _fields(self) -> tuple[str, ...]:
        return tuple(part.name for part in self.parts)

    def dump(self, *values: object) -> tuple[str, ...]:
        """Check and write the parts of a key.

        Raises:
            InvalidArgumentsError: With one issue per finding.
        """
        return tuple(_text(value) for value in dump_arguments(self.parts, values))

    def __call__(self, *texts: str) -> KeyT:
        """Read the parts of a key.

        Raises:
            InvalidArgumentsError: With one issue per finding.
        """
        loaded = [
            _load(part, text) for part, text in zip(self.parts, texts, strict=True)
        ]
        return self.key(*loaded)


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, int) else str(value)


def _load(part: Argument, text: str) -> object:
    for candidate in _candidates(text):
        try:
            value = part.load(candidate)
        except ValidationError:
            continue
        if _text(part.dump(value)) == text:
            return value
    issue = {"path": f"key.{part.name}", "message": "Input should be a valid key part"}
    raise InvalidArgumentsError([issue])


def _candidates(text: str) -> Iterator[Value]:
    yield text
    if _INTEGER.fullmatch(text):
        yield int(text)
    if text in _BOOLEANS:
        yield _BOOLEANS[text]
