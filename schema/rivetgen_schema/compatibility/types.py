"""Comparing types by the way their values go: to the server, from it, or to disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from rivetgen_schema import ir
from rivetgen_schema.compatibility.changes import Direction, Place
from rivetgen_schema.ir_json import canonical_json
from rivetgen_schema.type_text import bounds_text, type_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rivetgen_schema.compatibility.changes import ChangeLog

_Bounded: TypeAlias = ir.ScalarType | ir.ListType | ir.SetType | ir.MapType
MAXIMUM_DEPTH: Final = 60


def body_text(body: ir.Body) -> str:
    """Return a body for a sentence."""
    return "fields" if isinstance(body, ir.Record) else f"`{type_text(body)}`"


@dataclass(slots=True, kw_only=True)
class TypeComparison:
    """Compares types of two schemas; every pair of named types once a direction."""

    log: ChangeLog
    old: dict[str, ir.TypeDefinition]
    new: dict[str, ir.TypeDefinition]
    _seen: set[tuple[str, str, Direction]] = field(
        default_factory=set[tuple[str, str, Direction]]
    )
    _waiting: list[tuple[ir.TypeDefinition, ir.TypeDefinition, Place]] = field(
        default_factory=list[tuple[ir.TypeDefinition, ir.TypeDefinition, Place]]
    )

    def finish(self) -> None:
        """Compare the definitions that were met; long chains need no long stack."""
        while self._waiting:
            self._definitions(*self._waiting.pop())

    def bodies(self, old: ir.Body, new: ir.Body, place: Place) -> None:
        """Compare two bodies; records are compared field by field."""
        if isinstance(old, ir.Record) and isinstance(new, ir.Record):
            self.fields(old.fields, new.fields, place)
        elif isinstance(old, ir.Record) or isinstance(new, ir.Record):
            self._retyped(old, new, place)
        else:
            self.types(old, new, place)

    def types(self, old: ir.Type, new: ir.Type, place: Place) -> None:
        """Compare two types."""
        old, new = self._nulls(old, new, place)
        if old == new and not _names(old):
            return
        match old, new:
            case ir.NamedType(), ir.NamedType():
                self._named(old, new, place)
            case (ir.NamedType(), _) | (_, ir.NamedType()):
                self._unnamed(old, new, place)
            case ir.ScalarType(), ir.ScalarType() if old.name == new.name:
                self._bounds(old, new, place)
            case ir.ListType(), ir.ListType():
                self._bounds(old, new, place)
                self.types(old.item, new.item, place)
            case ir.SetType(), ir.SetType():
                self._bounds(old, new, place)
                self.types(old.item, new.item, place)
            case ir.MapType(), ir.MapType():
                self._bounds(old, new, place)
                self.types(old.value, new.value, place)
            case ir.EnumType(), ir.EnumType():
                self._values(old.values, new.values, place)
            case _:
                self._options(old, new, place)

    def _nulls(
        self, old: ir.Type, new: ir.Type, place: Place
    ) -> tuple[ir.Type, ir.Type]:
        was, is_now = isinstance(old, ir.NullableType), isinstance(new, ir.NullableType)
        if was and not is_now:
            self._narrowed(place, new=body_text(new), rule="null-refused")
        elif is_now and not was:
            self._widened(place, new=body_text(new), rule="null-added")
        return (
            old.inner if isinstance(old, ir.NullableType) else old,
            new.inner if isinstance(new, ir.NullableType) else new,
        )

    def _narrowed(self, place: Place, *, new: str, rule: str, old: str = "") -> None:
        """Record that fewer values are allowed than before."""
        way = place.direction
        code = "output-narrowed" if way == "output" else f"{way}-{rule}"
        self.log.add(code, place, old=old, new=new)

    def _widened(self, place: Place, *, new: str, rule: str, old: str = "") -> None:
        """Record that more values are allowed than before."""
        if place.direction == "output":
            self.log.add(f"output-{rule}", place, old=old, new=new)
        elif place.direction == "input":
            self.log.add("input-widened", place, new=new)

    def _retyped(
        self,
        old: ir.Type | ir.Record,
        new: ir.Type | ir.Record,
        place: Place,
    ) -> None:
        self.log.add(
            f"{place.direction}-retyped",
            place,
            old=body_text(old),
            new=body_text(new),
        )

    def _bounds(self, old: _Bounded, new: _Bounded, place: Place) -> None:
        narrower = _is_above(new.minimum, old.minimum) or _is_below(
            new.maximum, old.maximum
        )
        wider = _is_above(old.minimum, new.minimum) or _is_below(
            old.maximum, new.maximum
        )
        texts = {
            "old": bounds_text(old) or "no bounds",
            "new": bounds_text(new) or "no bounds",
        }
        if narrower:
            self._narrowed(place, rule="bounds-narrowed", **texts)
        if wider:
            self._widened(place, rule="bounds-widened", **texts)

    def _values(
        self,
        old: tuple[str, ...],
        new: tuple[str, ...],
        place: Place,
        *,
        open_: bool = False,
    ) -> None:
        added = "output-open-value-added" if open_ else "output-value-added"
        for value in old:
            if value not in new:
                code = f"{place.direction}-value-removed"
                self.log.add(code, place, old=value)
        for value in new:
            if value in old or place.direction == "stored":
                continue
            code = added if place.direction == "output" else "input-value-added"
            self.log.add(code, place, new=value)

    def _options(self, old: ir.Type, new: ir.Type, place: Place) -> None:
        """Compare choices; other types share no option and count as retyped."""
        before, after = _option_names(old), _option_names(new)
        if before & after:
            self._values(tuple(sorted(before)), tuple(sorted(after)), place)
        else:
            self._retyped(old, new, place)

    def _named(self, old: ir.NamedType, new: ir.NamedType, place: Place) -> None:
        before, after = self.old.get(old.name), self.new.get(new.name)
        if before is None or after is None:
            self._retyped(old, new, place)
            return
        if old.name != new.name and not _are_inline(before, after):
            self.log.add("type-renamed", place, old=old.name, new=new.name)
        pair = (old.name, new.name, place.direction)
        if pair not in self._seen:
            self._seen.add(pair)
            inside = Place(new.name, after.position, place.direction)
            self._waiting.append((before, after, inside))

    def _definitions(
        self,
        old: ir.TypeDefinition,
        new: ir.TypeDefinition,
        place: Place,
    ) -> None:
        match old, new:
            case ir.ObjectDefinition(), ir.ObjectDefinition():
                self.fields(old.fields, new.fields, place)
            case ir.EnumDefinition(), ir.EnumDefinition():
                self._enums(old, new, place)
            case ir.UnionDefinition(), ir.UnionDefinition():
                self._unions(old, new, place)
            case ir.AliasDefinition(), ir.AliasDefinition():
                self.types(old.type, new.type, place)
            case ir.JsonSchemaDefinition(), ir.JsonSchemaDefinition():
                if canonical_json(dict(old.schema)) != canonical_json(dict(new.schema)):
                    self._changed_kind(old, new, place)
            case _:
                self._changed_kind(old, new, place)

    def _changed_kind(
        self,
        old: ir.TypeDefinition,
        new: ir.TypeDefinition,
        place: Place,
    ) -> None:
        self.log.add(
            f"{place.direction}-retyped",
            place,
            old=_KINDS[type(old)],
            new=_KINDS[type(new)],
        )

    def _enums(
        self,
        old: ir.EnumDefinition,
        new: ir.EnumDefinition,
        place: Place,
    ) -> None:
        before = tuple(value.value for value in old.values)
        after = tuple(value.value for value in new.values)
        self._values(before, after, place, open_=old.open)
        if old.open and not new.open:
            self.log.add("enum-closed", place)

    def _unions(
        self,
        old: ir.UnionDefinition,
        new: ir.UnionDefinition,
        place: Place,
    ) -> None:
        if old.tag != new.tag:
            self.log.add("tag-changed", place, old=old.tag, new=new.tag)
        before = {variant.tag_value: variant for variant in old.variants}
        after = {variant.tag_value: variant for variant in new.variants}
        self._values(tuple(before), tuple(after), place)
        for tag_value, variant in after.items():
            if tag_value in before:
                inside = place.inside(tag_value, variant.position)
                fields = before[tag_value].fields
                self.fields(fields, variant.fields, inside)

    def _unnamed(self, old: ir.Type, new: ir.Type, place: Place) -> None:
        """Compare where only one side is a name: an alias may mean the same."""
        before, after = self._behind(old, self.old), self._behind(new, self.new)
        if before is None or after is None:
            self._retyped(old, new, place)
        else:
            self.types(before, after, place)

    def _behind(
        self, type_: ir.Type, definitions: dict[str, ir.TypeDefinition]
    ) -> ir.Type | None:
        for _ in range(MAXIMUM_DEPTH):
            if not isinstance(type_, ir.NamedType):
                return type_
            definition = definitions.get(type_.name)
            if isinstance(definition, ir.EnumDefinition):
                return ir.EnumType(values=tuple(v.value for v in definition.values))
            if not isinstance(definition, ir.AliasDefinition):
                return None
            type_ = definition.type
        return None

    def fields(
        self,
        old: Iterable[ir.Member],
        new: Iterable[ir.Member],
        place: Place,
    ) -> None:
        """Compare the fields of two objects, which are matched by name."""
        before = {member.name: member for member in old}
        after = {member.name: member for member in new}
        for name in before:
            if name not in after:
                where = place.part(name)
                self.log.add(f"{place.direction}-field-removed", where)
        for name, member in after.items():
            where = place.inside(name, member.position)
            if name in before:
                self.member(before[name], member, where)
            else:
                self._added_field(member, where)

    def _added_field(self, member: ir.Member, place: Place) -> None:
        code = f"{place.direction}-field-added"
        if member.required and place.direction == "input":
            code = "input-field-required-added"
        elif member.required and place.direction == "stored":
            code = "stored-field-required"
        self.log.add(code, place)

    def member(self, old: ir.Member, new: ir.Member, place: Place) -> None:
        """Compare two fields of the same name, or two arguments of an event."""
        self.types(old.type, new.type, place)
        self._presence(old, new, place)
        self._remarks(old, new, place)

    def argument(self, old: ir.Member, new: ir.Member, place: Place) -> None:
        """Compare two arguments of an action at the same index."""
        self.types(old.type, new.type, place)
        self._remarks(old, new, place)

    def _remarks(self, old: ir.Member, new: ir.Member, place: Place) -> None:
        if old.default != new.default and old.default and new.default:
            self.log.add(
                "default-changed",
                place,
                old=canonical_json(old.default.value),
                new=canonical_json(new.default.value),
            )
        if new.deprecated is not None and old.deprecated is None:
            self.log.add("deprecated", place)

    def _presence(self, old: ir.Member, new: ir.Member, place: Place) -> None:
        if place.direction == "output":
            # A default does not make a field absent: senders fill it in.
            if new.absent and not old.absent:
                self.log.add("output-field-optional", place)
            elif old.absent and not new.absent:
                self.log.add("output-field-required", place)
        elif new.required and not old.required:
            self.log.add(f"{place.direction}-field-required", place)


_KINDS: Final[dict[type, str]] = {
    ir.ObjectDefinition: "an object",
    ir.EnumDefinition: "an enum",
    ir.UnionDefinition: "a union",
    ir.AliasDefinition: "an alias",
    ir.JsonSchemaDefinition: "a JSON Schema",
}


def _names(type_: ir.Type) -> bool:
    match type_:
        case ir.NamedType():
            return True
        case ir.ListType(item=item) | ir.SetType(item=item):
            return _names(item)
        case ir.MapType(value=value):
            return _names(value)
        case ir.NullableType(inner=inner):
            return _names(inner)
        case _:
            return False


def _option_names(type_: ir.Type) -> set[str]:
    options = type_.options if isinstance(type_, ir.ChoiceType) else (type_,)
    return {option.name for option in options if isinstance(option, ir.ScalarType)}


def _are_inline(*definitions: ir.TypeDefinition) -> bool:
    return all(
        isinstance(definition, ir.ObjectDefinition | ir.JsonSchemaDefinition)
        and definition.inline
        for definition in definitions
    )


def _is_above(first: float | None, second: float | None) -> bool:
    return first is not None and (second is None or first > second)


def _is_below(first: float | None, second: float | None) -> bool:
    return first is not None and (second is None or first < second)
