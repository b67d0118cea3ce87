"""Parameters of emitted functions.

A default that must be made anew for each call (a list, an object) cannot stand in a
signature. Callers get `MISSING` as default then, which takes the default of the
schema; the methods of an actor get no default, because the runtime always passes one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen.emission import Code, code, join
from rivetgen.escaping import identifier
from rivetgen.naming import argument_name, field_name
from rivetgen.python.hints import static_hint
from rivetgen.python.literals import fits_signature, literal
from rivetgen.python.models import static_member, with_missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rivetgen.python.scopes import Scope
    from rivetgen_schema.ir import Member


def caller_parameters(members: Iterable[Member], scope: Scope) -> list[Code]:
    """Return the parameters of a function that callers use."""
    return [caller_parameter(member, scope) for member in members]


def caller_parameter(member: Member, scope: Scope, *, name: Code | None = None) -> Code:
    """Return one parameter of a function that callers use."""
    name = name or identifier(argument_name(member))
    if not needs_missing(member, scope):
        hint = static_hint(member.type, scope)
        return code("{}: {}{}", name, hint, _default(member, scope))
    hint = with_missing(member.type, scope, static_hint)
    return code("{}: {} = {}.MISSING", name, hint, scope.module("types"))


def needs_missing(member: Member, scope: Scope) -> bool:
    """Whether callers may pass `MISSING` for a member."""
    default = member.default
    if default is None:
        return member.absent
    return not fits_signature(member.type, default.value, scope)


def actor_parameters(members: Sequence[Member], scope: Scope) -> list[Code]:
    """Return the parameters of a method that an actor implements."""
    parameters: list[Code] = []
    with_defaults = True
    for member in reversed(members):
        with_defaults = with_defaults and _has_plain_default(member, scope)
        hint = static_member(member, scope)
        default = _default(member, scope) if with_defaults else Code()
        name = identifier(argument_name(member))
        parameters.append(code("{}: {}{}", name, hint, default))
    return parameters[::-1]


def argument_names(members: Iterable[Member]) -> list[Code]:
    """Return the names of the parameters, to pass them on."""
    return [identifier(argument_name(member)) for member in members]


def construct(
    cls: Code,
    members: Iterable[Member],
    scope: Scope,
    *,
    names: Mapping[str, Code] | None = None,
) -> Code:
    """Return an instance of a model, filled from parameters of the same function.

    `names` are the parameters by wire name, where they are not the usual ones.
    """
    plain: list[Code] = []
    optional: list[Code] = []
    for member in members:
        usual = identifier(argument_name(member))
        value = names[member.name] if names else usual
        field = code("{}={}", identifier(field_name(member)), value)
        is_absent_default = member.default is not None and needs_missing(member, scope)
        (optional if is_absent_default else plain).append(field)
    if optional:
        given = join(optional, ", ")
        plain.append(code("**{}.given({})", scope.module("types"), given))
    return code("{}({})", cls, join(plain, ", "))


def as_tuple(items: Sequence[Code]) -> Code:
    """Return a tuple expression."""
    if len(items) == 1:
        return code("({},)", items[0])
    return code("({})", join(items, ", "))


def _has_plain_default(member: Member, scope: Scope) -> bool:
    if member.default is None:
        return member.absent
    return fits_signature(member.type, member.default.value, scope)


def _default(member: Member, scope: Scope) -> Code:
    if member.default is not None:
        return code(" = {}", literal(member.type, member.default.value, scope))
    if member.absent:
        return code(" = {}.MISSING", scope.module("types"))
    return Code()
