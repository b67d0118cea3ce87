"""Keys of actors: typed in Python, texts on the wire.

Every part has exactly one spelling, so that equal keys reach the same actor: integers
in decimal digits, ``true`` and ``false``, everything else as its wire value. The last
part may be a list of texts, which stands for all parts that follow.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Generic, TypeVar, cast

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
        is_open: Whether the last part is a list of texts: all that follow.
    """

    def __init__(
        self,
        key: Callable[..., KeyT],
        parts: tuple[Argument, ...],
        *,
        is_open: bool = False,
    ) -> None:
        self.key = key
        self.parts = parts
        self.is_open = is_open

    def dump(self, *values: object) -> tuple[str, ...]:
        """Check and write the parts of a key.

        Raises:
            InvalidArgumentsError: With one issue per finding.
        """
        dumped = dump_arguments(self.parts, values)
        rest = cast("list[Value]", dumped.pop()) if self.is_open else []
        return tuple(_text(value) for value in (*dumped, *rest))

    def __call__(self, *texts: str) -> KeyT:
        """Read the parts of a key.

        Raises:
            InvalidArgumentsError: With one issue per finding, or another number of
                parts than declared.
        """
        count = len(self.parts) - self.is_open
        if len(texts) < count or (len(texts) > count and not self.is_open):
            raise self._other_count(len(texts))
        parts = zip(self.parts[:count], texts, strict=False)
        loaded = [_load(part, text) for part, text in parts]
        if self.is_open:
            loaded.append(self._rest(texts[count:]))
        return self.key(*loaded)

    def _rest(self, texts: tuple[str, ...]) -> object:
        part = self.parts[-1]
        try:
            return part.load(list(texts))
        except ValidationError as error:
            raise _unreadable(part) from error

    def _other_count(self, found: int) -> InvalidArgumentsError:
        names = ", ".join(part.name for part in self.parts)
        least = "at least " if self.is_open else ""
        count = len(self.parts) - self.is_open
        message = f"expected {least}{count} parts ({names}), got {found}"
        return InvalidArgumentsError([{"path": "key", "message": message}])


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
    raise _unreadable(part)


def _unreadable(part: Argument) -> InvalidArgumentsError:
    issue = {"path": f"key.{part.name}", "message": "Input should be a valid key part"}
    return InvalidArgumentsError([issue])


def _candidates(text: str) -> Iterator[Value]:
    yield text
    if _INTEGER.fullmatch(text):
        yield int(text)
    if text in _BOOLEANS:
        yield _BOOLEANS[text]
