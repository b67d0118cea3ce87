"""The short form of types: `list<Message>(1..100) | absent = []`.

Grammar::

    member  = type [ "=" literal ]
    type    = term { "|" term }
    term    = name [ "<" type or values ">" ] [ bounds ]
    bounds  = "(" [ number ] ".." [ number ] ")"

Errors carry offsets into the text, so that findings point at the exact column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast, get_args

from rivetgen_schema import ir
from rivetgen_schema.errors import SchemaError
from rivetgen_schema.findings import Suggestion
from rivetgen_schema.literals import Literal, LiteralSyntaxError, parse_literal
from rivetgen_schema.yaml_tree import MAXIMUM_DEPTH

SCALAR_NAMES: tuple[ir.ScalarName, ...] = get_args(ir.ScalarName)
CONTAINER_NAMES = ("list", "set", "map", "enum")
LENGTH_BOUNDED = frozenset({"string", "bytes"})
WHOLE_BOUNDED = frozenset({"int", "bigint"})
NUMBER_BOUNDED = WHOLE_BOUNDED | {"float", "decimal"}

FOREIGN_NAMES = {
    "str": "string",
    "text": "string",
    "String": "string",
    "integer": "int",
    "Int": "int",
    "int32": "int",
    "int64": "bigint",
    "long": "bigint",
    "number": "float",
    "double": "float",
    "boolean": "bool",
    "Bool": "bool",
    "Decimal": "decimal",
    "buffer": "bytes",
    "timestamp": "datetime",
    "DateTime": "datetime",
    "timedelta": "duration",
    "UUID": "uuid",
    "url": "uri",
    "any": "json",
    "Any": "json",
    "object": "json",
    "dict": "map<...>",
    "array": "list<...>",
    "void": "none",
    "None": "null",
    "undefined": "absent",
    "optional": "... | absent",
    "Optional": "... | null",
}
"""Names from other languages, and what to write instead."""


@dataclass(frozen=True, slots=True)
class NameUse:
    """The use of a named type, by offsets into the expression."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedType:
    """What a type expression says.

    Attributes:
        type: The type without `absent` and default.
        absent: Whether `absent` is one of the alternatives.
        default: The literal after `=`.
        default_start: Offset of that literal.
        uses: Named types in the expression.
    """

    type: ir.Type
    absent: bool
    default: Literal | None
    default_start: int
    uses: tuple[NameUse, ...]


class TypeSyntaxError(SchemaError):
    """A type expression is wrong.

    Attributes:
        code: Code of the finding.
        message: What is wrong.
        fix: What to do.
        start: Offset of the first wrong character.
        end: Offset after the last one.
    """

    def __init__(
        self, code: str, message: str, *, fix: str | Suggestion, at: tuple[int, int]
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fix = fix
        self.start, self.end = at


@lru_cache(maxsize=8192)
def parse_type(text: str) -> ParsedType:
    """Parse a type expression.

    Raises:
        TypeSyntaxError: The text is not a type expression.
    """
    return _Parser(text=text).member()


_TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_][A-Za-z0-9_-]*)|(?P<dots>\.\.)"
    r"|(?P<number>[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<quoted>\"[^\"]*\"|'[^']*')|(?P<mark>[<>()|,=])|(?P<end>$)|(?P<other>\S))"
)
_NAMED = re.compile(r"[A-Z][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int

    @property
    def at(self) -> tuple[int, int]:
        return (self.start, self.end)


@dataclass(frozen=True, slots=True)
class _Term:
    """One alternative of a union with its place; `null` and `absent` have no type."""

    type: ir.Type | None
    token: _Token


@dataclass(slots=True, kw_only=True)
class _Parser:
    text: str
    _token: _Token = field(init=False)
    _uses: list[NameUse] = field(default_factory=list[NameUse])

    def member(self) -> ParsedType:
        self._next(0)
        parsed, absent = self._alternatives(depth=1, absent_allowed=True)
        default, start = self._default()
        return ParsedType(
            type=parsed,
            absent=absent,
            default=default,
            default_start=start,
            uses=tuple(self._uses),
        )

    def _default(self) -> tuple[Literal | None, int]:
        if self._token.kind == "end":
            return None, 0
        if self._token.text != "=":
            raise self._unexpected()
        start = self._token.end
        start += len(self.text[start:]) - len(self.text[start:].lstrip())
        try:
            return parse_literal(self.text[start:]), start
        except LiteralSyntaxError as error:
            at = start + error.offset
            raise TypeSyntaxError(
                "RG130",
                f"The default cannot be read: {error.message[0].lower()}"
                f"{error.message[1:]}.",
                fix="Write a number, a word, a text in double quotes or `[]`.",
                at=(at, at + 1),
            ) from None

    def _alternatives(
        self, *, depth: int, absent_allowed: bool = False
    ) -> tuple[ir.Type, bool]:
        if depth > MAXIMUM_DEPTH:
            raise TypeSyntaxError(
                "RG102",
                f"Types are nested more than {MAXIMUM_DEPTH} deep.",
                fix="Give the inner types names under `types`.",
                at=self._token.at,
            )
        terms = [self._term(depth=depth)]
        while self._token.text == "|":
            self._next()
            terms.append(self._term(depth=depth))
        return _unite(terms, absent_allowed=absent_allowed)

    def _term(self, *, depth: int) -> _Term:
        token = self._token
        if token.kind != "name":
            raise self._unexpected()
        self._next()
        if token.text in {"null", "absent"}:
            return _Term(None, token)
        return _Term(self._type(token, depth=depth), token)

    def _type(self, token: _Token, *, depth: int) -> ir.Type:
        name = token.text
        if name in SCALAR_NAMES:
            return self._scalar(token)
        if name == "enum":
            return self._enum(token)
        if name in CONTAINER_NAMES:
            return self._container(token, depth=depth)
        if not _NAMED.fullmatch(name):
            raise _foreign(token) if name in FOREIGN_NAMES else _unknown(token)
        self._uses.append(NameUse(name, token.start, token.end))
        self._no_bounds(token)
        return ir.NamedType(name=name)

    def _scalar(self, token: _Token) -> ir.ScalarType:
        name = cast("ir.ScalarName", token.text)
        self._no_types(token)
        bounded = name in LENGTH_BOUNDED or name in NUMBER_BOUNDED
        if not bounded:
            self._no_bounds(token)
            return ir.ScalarType(name=name)
        numeric = name in NUMBER_BOUNDED
        whole = name not in {"float", "decimal"}
        minimum, maximum = self._bounds(whole=whole, negative=numeric)
        return ir.ScalarType(name=name, minimum=minimum, maximum=maximum)

    def _container(self, token: _Token, *, depth: int) -> ir.Type:
        self._open(token)
        item, _ = self._alternatives(depth=depth + 1)
        if self._token.text == ",":
            raise TypeSyntaxError(
                "RG132",
                f"`{token.text}` takes one type.",
                fix="Keys are always strings; write `map<Value>`."
                if token.text == "map"
                else f"Write `{token.text}<Item>`.",
                at=self._token.at,
            )
        self._close()
        low, high = self._bounds(whole=True, negative=False)
        minimum, maximum = cast("tuple[int | None, int | None]", (low, high))
        if token.text == "list":
            return ir.ListType(item=item, minimum=minimum, maximum=maximum)
        if token.text == "set":
            return ir.SetType(item=item, minimum=minimum, maximum=maximum)
        return ir.MapType(value=item, minimum=minimum, maximum=maximum)

    def _enum(self, token: _Token) -> ir.EnumType:
        self._open(token)
        values: dict[str, None] = {}
        while True:
            value = self._token
            if value.kind not in {"name", "number", "quoted"}:
                raise self._unexpected()
            text = value.text[1:-1] if value.kind == "quoted" else value.text
            if text in values:
                raise TypeSyntaxError(
                    "RG018",
                    f"The value `{text}` is listed twice.",
                    fix="Remove one of the two.",
                    at=value.at,
                )
            values[text] = None
            self._next()
            if self._token.text not in {"|", ","}:
                break
            self._next()
        self._close()
        self._no_bounds(token)
        return ir.EnumType(values=tuple(values))

    def _open(self, token: _Token) -> None:
        if self._token.text == "<":
            self._next()
            return
        example = "enum<a | b>" if token.text == "enum" else f"{token.text}<string>"
        raise TypeSyntaxError(
            "RG132",
            f"`{token.text}` needs what it holds in angle brackets.",
            fix=f"Write it like `{example}`.",
            at=token.at,
        )

    def _close(self) -> None:
        if self._token.text != ">":
            raise self._unexpected()
        self._next()

    def _no_types(self, token: _Token) -> None:
        if self._token.text == "<":
            raise TypeSyntaxError(
                "RG132",
                f"`{token.text}` takes no types in angle brackets.",
                fix="Only `list`, `set`, `map` and `enum` do.",
                at=self._token.at,
            )

    def _no_bounds(self, token: _Token) -> None:
        self._no_types(token)
        if self._token.text == "(":
            raise TypeSyntaxError(
                "RG023",
                f"`{token.text}` takes no bounds.",
                fix="Bounds fit texts, bytes, numbers, lists, sets and maps.",
                at=self._token.at,
            )

    def _bounds(
        self, *, whole: bool, negative: bool
    ) -> tuple[int | float | None, int | float | None]:
        opening = self._token
        if opening.text != "(":
            return None, None
        self._next()
        minimum = self._number(whole=whole)
        if self._token.kind != "dots":
            raise self._unexpected(
                fix="Write bounds as `(1..200)`, `(1..)` or `(..200)`."
            )
        self._next()
        maximum = self._number(whole=whole)
        closing = self._token
        if closing.text != ")":
            raise self._unexpected(fix="Close the bounds with `)`.")
        self._next()
        at = (opening.start, closing.end)
        _check_bounds((minimum, maximum), negative=negative, at=at)
        return minimum, maximum

    def _number(self, *, whole: bool) -> int | float | None:
        token = self._token
        if token.kind != "number":
            return None
        self._next()
        integral = re.fullmatch(r"[-+]?[0-9]{1,300}", token.text) is not None
        if integral:
            return int(token.text)
        value = float(token.text)
        if whole or abs(value) == float("inf"):
            raise TypeSyntaxError(
                "RG023",
                f"The bound `{token.text[:40]}` is not a usable number.",
                fix="Write a whole number." if whole else "Write a smaller number.",
                at=token.at,
            )
        return value

    def _next(self, offset: int | None = None) -> None:
        match = _TOKEN.match(self.text, self._token.end if offset is None else offset)
        if match is None or match.lastgroup is None:
            end = len(self.text)
            self._token = _Token("end", "", end, end)
            return
        kind = match.lastgroup
        self._token = _Token(kind, match[kind], match.start(kind), match.end(kind))

    def _unexpected(self, *, fix: str | None = None) -> TypeSyntaxError:
        token = self._token
        if fix is None and token.text in _FOREIGN_MARKS:
            return TypeSyntaxError(
                "RG131",
                f"`{token.text}` is not part of the type language.",
                fix=_FOREIGN_MARKS[token.text],
                at=token.at,
            )
        what = (
            f"`{token.text}` was not expected" if token.text else "Something is missing"
        )
        where = "here" if token.text else "at the end"
        return TypeSyntaxError(
            "RG130",
            f"{what} {where}.",
            fix=fix or "A type looks like `list<string>(1..10) | null = null`.",
            at=(token.start, max(token.end, token.start + 1)),
        )


_FOREIGN_MARKS = {
    "[": "Write `list<T>` for a list.",
    "]": "Write `list<T>` for a list.",
    "{": "Write `map<T>` for a map, or give the object a name under `types`.",
    "}": "Write `map<T>` for a map, or give the object a name under `types`.",
    "?": "Write `T | absent` for what may be left out, `T | null` for null.",
    "&": "Write one object type with all fields under `types`.",
}


def _foreign(token: _Token) -> TypeSyntaxError:
    return TypeSyntaxError(
        "RG131",
        f"`{token.text}` is the name of another language.",
        fix=f"Write `{FOREIGN_NAMES[token.text]}`.",
        at=token.at,
    )


def _unknown(token: _Token) -> TypeSyntaxError:
    return TypeSyntaxError(
        "RG010",
        f"There is no built-in type `{token.text}`.",
        fix=Suggestion(
            token.text,
            (*SCALAR_NAMES, *CONTAINER_NAMES, "null", "absent"),
            otherwise="Names of your own types start with a capital letter.",
        ),
        at=token.at,
    )


def _check_bounds(
    bounds: tuple[int | float | None, int | float | None],
    *,
    negative: bool,
    at: tuple[int, int],
) -> None:
    minimum, maximum = bounds
    if minimum is None and maximum is None:
        problem, fix = "The bounds say nothing", "Remove them, or write a number"
    elif minimum is not None and maximum is not None and minimum > maximum:
        problem, fix = "The lower bound is above the upper one", "Swap the two numbers"
    elif not negative and any(bound is not None and bound < 0 for bound in bounds):
        problem, fix = "A length cannot be negative", "Start at 0"
    else:
        return
    raise TypeSyntaxError("RG023", f"{problem}.", fix=f"{fix}.", at=at)


# Scalars that look the same on the wire: at most one of each group in a choice.
_WIRE_FORMS: dict[str, str] = {
    "int": "number",
    "float": "number",
    "bool": "bool",
    "bigint": "bigint",
    "bytes": "bytes",
    "json": "json",
    "none": "null",
}


def _unite(terms: list[_Term], *, absent_allowed: bool) -> tuple[ir.Type, bool]:
    words = [term.token.text for term in terms if term.type is None]
    _check_words(terms, absent_allowed=absent_allowed)
    types = [term.type for term in terms if term.type is not None]
    united = types[0] if len(types) == 1 else _choice(terms)
    if "null" in words:
        united = ir.NullableType(inner=united)
    return united, "absent" in words


def _check_words(terms: list[_Term], *, absent_allowed: bool) -> None:
    seen: set[str] = set()
    for token in [term.token for term in terms if term.type is None]:
        if token.text in seen:
            raise TypeSyntaxError(
                "RG018",
                f"`{token.text}` is listed twice.",
                fix="Remove one of the two.",
                at=token.at,
            )
        seen.add(token.text)
        if token.text == "absent" and not absent_allowed:
            raise TypeSyntaxError(
                "RG024",
                "`absent` stands inside another type.",
                fix="Only a whole field or argument can be absent; use `null` inside.",
                at=token.at,
            )
    if len(seen) == len(terms):
        raise TypeSyntaxError(
            "RG130",
            "There is no type beside `null` and `absent`.",
            fix="Write `none` for a value that is always null.",
            at=terms[0].token.at,
        )


def _choice(terms: list[_Term]) -> ir.ChoiceType:
    options: list[ir.ScalarType] = []
    forms: dict[str, str] = {}
    for term in terms:
        if term.type is None:
            continue
        if not isinstance(term.type, ir.ScalarType) or term.type.name in {
            "json",
            "none",
        }:
            raise TypeSyntaxError(
                "RG026",
                f"`{term.token.text}` cannot be united with other types.",
                fix="Objects become a union with a tag: `union:` and `variants:`.",
                at=term.token.at,
            )
        form = _WIRE_FORMS.get(term.type.name, "string")
        if form in forms:
            raise TypeSyntaxError(
                "RG026",
                f"`{forms[form]}` and `{term.type.name}` look the same on the wire.",
                fix="Keep one of the two, or use a union with a tag.",
                at=term.token.at,
            )
        forms[form] = term.type.name
        options.append(term.type)
    return ir.ChoiceType(options=tuple(options))
