"""Values of a JSON Schema type: which are valid, and how they are written."""

from __future__ import annotations

import datetime as dt
import importlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rivetgen.json_models.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rivetgen_schema.ir import JsonValue

_DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME: Final = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
_UUID: Final = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_DURATION: Final = (
    r"-?P(?=[0-9T])([0-9]{1,6}W)?([0-9]{1,6}D)?"
    r"(T(?=[0-9])([0-9]{1,6}H)?([0-9]{1,6}M)?([0-9]{1,6}(\.[0-9]{1,6})?S)?)?"
)


def _nothing(_: str) -> None:
    """Accept: the pattern says everything."""


@dataclass(frozen=True, slots=True)
class _Format:
    """A pattern that the whole text has, and what else must be able to read it."""

    pattern: str
    read: Callable[[str], object] = _nothing

    def accepts(self, value: object) -> bool:
        """Whether a value has the format; values that are no text have every one.

        Raises:
            ValueError: The text has the form, but there is no such value.
            OverflowError: The value is out of range.
        """
        if not isinstance(value, str):
            return True
        if re.fullmatch(self.pattern, value, re.ASCII) is None:
            return False
        self.read(value)
        return True


def _read_datetime(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


FORMATS: Final[Mapping[str, _Format]] = {
    "date": _Format(_DATE, dt.date.fromisoformat),
    "date-time": _Format(
        rf"{_DATE}[Tt ]{_TIME}([Zz]|[+-][0-9]{{2}}:[0-9]{{2}})", _read_datetime
    ),
    "duration": _Format(_DURATION),
    "email": _Format(r"(?=.{0,254}$)[^@\s]+@[^@\s]+"),
    "time": _Format(_TIME, dt.time.fromisoformat),
    "uri": _Format(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s]+"),
    "uuid": _Format(_UUID),
}
"""Format to what generated models read, as `rivetgen_client.types` does.

A time with an offset could be read, but has no literal.
"""


def is_valid(
    schema: Mapping[str, JsonValue], value: JsonValue, *, root: Mapping[str, JsonValue]
) -> bool:
    """Whether a value fits a part of a schema.

    Args:
        schema: The part.
        value: The value.
        root: The whole schema, whose `$defs` the part refers to.
    """
    # Imported late: few schemas need it. It is not typed.
    library: Any = importlib.import_module("jsonschema")
    whole = {**schema, "$defs": root.get("$defs", {})}
    validator = library.Draft202012Validator(whole, format_checker=_checker(library))
    return bool(validator.is_valid(value))


def _checker(library: Any) -> Any:
    """Return a checker of our formats; others depend on what is installed."""
    checker = library.FormatChecker(formats=())
    for name, format_ in FORMATS.items():
        checker.checks(name, raises=(ValueError, OverflowError))(format_.accepts)
    return checker


def invalid_defaults(root: Mapping[str, JsonValue]) -> Iterator[Problem]:
    """Yield a problem for each default that does not fit its schema."""
    for pointer, schema in _schemas(root, ""):
        if "default" in schema and not is_valid(schema, schema["default"], root=root):
            yield Problem(
                code="RG021",
                pointer=f"{pointer}/default",
                message="The default does not fit its schema",
                fix="Change the default or the schema.",
            )


def _schemas(
    schema: Mapping[str, JsonValue], pointer: str
) -> Iterator[tuple[str, Mapping[str, JsonValue]]]:
    yield pointer, schema
    for keyword in ("$defs", "properties"):
        entries = schema.get(keyword)
        for name, inner in entries.items() if isinstance(entries, dict) else ():
            yield from _inner(inner, f"{pointer}/{keyword}/{name}")
    for keyword in ("allOf", "anyOf", "oneOf"):
        items = schema.get(keyword)
        for number, inner in enumerate(items if isinstance(items, list) else ()):
            yield from _inner(inner, f"{pointer}/{keyword}/{number}")
    for keyword in ("items", "additionalProperties"):
        yield from _inner(schema.get(keyword), f"{pointer}/{keyword}")


def _inner(
    value: JsonValue, pointer: str
) -> Iterator[tuple[str, Mapping[str, JsonValue]]]:
    if isinstance(value, dict):
        yield from _schemas(value, pointer)
