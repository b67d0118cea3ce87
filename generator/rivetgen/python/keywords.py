"""Keyword parameters that name an actor: key parts, input and connection params."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, join
from rivetgen.escaping import identifier
from rivetgen.naming import actor_class, argument_name
from rivetgen.python.contracts import KEY_CONSTANT
from rivetgen.python.hints import static_hint
from rivetgen.python.signatures import caller_parameter, construct
from rivetgen_schema.ir import Member, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rivetgen.python.scopes import Scope
    from rivetgen_schema.ir import Actor, Body

KEY, INPUT, PARAMS = "key", "input", "params"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyword:
    """One keyword parameter and the part of the actor it belongs to."""

    name: Code
    member: Member
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The parameters of one way to get a handle, and what is passed on.

    Attributes:
        parameters: Parameters of the method, `self` included.
        arguments: Arguments for the method of the base class.
        forwarded: The same parameters as keyword arguments.
    """

    parameters: Code
    arguments: Code
    forwarded: Code


@dataclass(frozen=True, slots=True)
class Accesses:
    """All keyword parameters of one actor."""

    actor: Actor
    keywords: tuple[Keyword, ...]
    scope: Scope

    def by_key(self, *, with_input: bool) -> Access:
        """Return the parameters of `get`, or of `get_or_create` and `create`."""
        parts = (KEY, INPUT, PARAMS) if with_input else (KEY, PARAMS)
        used = [keyword for keyword in self.keywords if keyword.part in parts]
        names = [keyword.name for keyword in used if keyword.part == KEY]
        arguments = [code("{}.dump({})", KEY_CONSTANT, join(names, ", "))]
        if with_input:
            arguments += self._body(INPUT)
        arguments += self._body(PARAMS)
        return self._access((), used, arguments)

    def by_id(self) -> Access:
        """Return the parameters of `get_for_id`."""
        used = [keyword for keyword in self.keywords if keyword.part == PARAMS]
        actor_id = Code("actor_id")
        arguments = [actor_id, *self._body(PARAMS)]
        return self._access((actor_id,), used, arguments)

    def _access(
        self,
        positional: Sequence[Code],
        keywords: Sequence[Keyword],
        arguments: Sequence[Code],
    ) -> Access:
        named = [
            caller_parameter(keyword.member, self.scope, name=keyword.name)
            for keyword in keywords
        ]
        parameters = [Code("self"), *(code("{}: str", name) for name in positional)]
        parameters += [Code("*"), *named] if named else []
        forwarded = [code("{}={}", keyword.name, keyword.name) for keyword in keywords]
        return Access(
            parameters=join(parameters, ", "),
            arguments=join(arguments, ", "),
            forwarded=join([*positional, *forwarded], ", "),
        )

    def _body(self, part: str) -> Iterable[Code]:
        body = body_of(self.actor, part)
        if body is None:
            return
        name = Code(part)
        used = [keyword for keyword in self.keywords if keyword.part == part]
        if isinstance(body, Record):
            names = {keyword.member.name: keyword.name for keyword in used}
            value = construct(
                body_class(self.actor, part), body.fields, self.scope, names=names
            )
        else:
            value = code("{}.dump({})", body_constant(part), used[0].name)
        yield code("{}={}", name, value)


def accesses(actor: Actor, scope: Scope) -> Accesses:
    """Return the keyword parameters of an actor.

    A name that is used twice gets the name of its part in front, but for the key.
    """
    keywords: dict[str, Keyword] = {}
    for part, body in (
        (KEY, Record(fields=actor.key)),
        (INPUT, actor.input),
        (PARAMS, actor.conn_params),
    ):
        for member in _members(part, body):
            name = argument_name(member)
            name = f"{part}_{name}" if name in keywords or name == "actor_id" else name
            keyword = Keyword(name=identifier(name), member=member, part=part)
            keywords[name] = keyword
    return Accesses(actor, tuple(keywords.values()), scope)


def body_of(actor: Actor, part: str) -> Body | None:
    """Return the input or the connection parameters of an actor."""
    return actor.input if part == INPUT else actor.conn_params


def body_class(actor: Actor, part: str) -> Code:
    """Return the model of an input or of connection parameters."""
    return code("{}{}", identifier(actor_class(actor)), _SUFFIXES[part])


def body_constant(part: str) -> Code:
    """Return the constant that checks a body which is no record."""
    return code("_{}", identifier(part.upper()))


def params_hint(actor: Actor, scope: Scope) -> Code | None:
    """Return the type of an actor's connection parameters; None when it has none."""
    body = actor.conn_params
    if isinstance(body, Record):
        return body_class(actor, PARAMS)
    return None if body is None else static_hint(body, scope)


_SUFFIXES: Mapping[str, Code] = {INPUT: Code("Input"), PARAMS: Code("Params")}


def _members(part: str, body: Body | None) -> Iterable[Member]:
    if isinstance(body, Record):
        return body.fields
    return () if body is None else (Member(name=part, type=body),)
