"""The models of one JSON Schema, ready to be emitted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from rivetgen.json_models.defaults import invalid_defaults
from rivetgen.json_models.hints import (
    Absent,
    Hint,
    HintReader,
    Reference,
    Union,
    parts,
)
from rivetgen.json_models.library import ROOT, generated_source
from rivetgen.json_models.preparing import Note, Prepared, prepare
from rivetgen.json_models.problems import ModelError, Problem
from rivetgen.json_models.reading import (
    ReadAlias,
    ReadField,
    ReadModel,
    ReadModule,
    field_arguments,
    read_module,
)
from rivetgen.naming import type_class

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Mapping

    from rivetgen_schema.ir import JsonSchemaDefinition


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a model.

    Attributes:
        name: Name in Python.
        wire_name: Name on the wire.
        hint: Its type.
        required: Whether every value has it.
        note: Its annotations.
    """

    name: str
    wire_name: str
    hint: Hint
    required: bool
    note: Note | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A class with fields; `extra` says what happens to other properties."""

    name: str
    fields: tuple[Field, ...]
    extra: str | None
    description: str | None

    @property
    def is_model(self) -> bool:
        """Whether it is a class."""
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A name for a type."""

    name: str
    hint: Hint
    description: str | None

    @property
    def is_model(self) -> bool:
        """Whether it is a class."""
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """What is emitted for one type.

    Attributes:
        definitions: Models and aliases in their order.
        names: Name in a `Reference` to the name in Python.
        problems: Why nothing can be emitted; then there are no definitions.
    """

    definitions: tuple[Model | Alias, ...] = ()
    names: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


@lru_cache(maxsize=256)  # every package asks for the same models
def models_of(definition: JsonSchemaDefinition) -> Models:
    """Return the models of a type, or what is in the way of them."""
    prepared = prepare(definition.schema)
    problems = [*prepared.problems, *invalid_defaults(definition.schema)]
    if problems:
        return Models(names={}, problems=tuple(problems))
    try:
        module = read_module(generated_source(prepared.document))
        return _Namer(definition, prepared, module).models()
    except ModelError as error:
        return Models(names={}, problems=(Problem(pointer="", message=error.message),))


class _Namer:
    """Gives the classes their names and the fields their wire names."""

    def __init__(
        self, definition: JsonSchemaDefinition, prepared: Prepared, module: ReadModule
    ) -> None:
        self._prepared = prepared
        self._module = module
        stem = type_class(definition)
        self._names = {
            name: f"{stem}{name.removeprefix(ROOT)}" for name in module.definitions
        }
        self._hints = HintReader(
            imported=module.imported,
            defined=frozenset(module.definitions),
            texts=prepared.texts,
        )

    def models(self) -> Models:
        definitions = tuple(map(self._definition, self._module.definitions.values()))
        names = set(self._names.values())
        if ROOT not in self._names or len(names) < len(self._names):
            message = "The names of its parts meet"
            raise ModelError(message)
        _refuse_loops(dict(zip(self._names, definitions, strict=True)))
        return Models(definitions=definitions, names=self._names)

    def _definition(self, read: ReadModel | ReadAlias) -> Model | Alias:
        name = self._names[read.name]
        if isinstance(read, ReadAlias):
            note = self._note(read.note) or self._field_note(read.type)
            text = note.description if note else None
            return Alias(name=name, hint=self._hints.read(read.type), description=text)
        note = self._note(read.note)
        return Model(
            name=name,
            fields=tuple(map(self._field, read.fields)),
            extra=read.extra,
            description=note.description if note else None,
        )

    def _field(self, read: ReadField) -> Field:
        hint = self._hints.read(read.type)
        absent = isinstance(hint, Union) and Absent() in hint.options
        return Field(
            name=read.name,
            wire_name=self._prepared.properties[read.name],
            hint=hint,
            required=read.required and not absent,
            note=self._field_note(read.type),
        )

    def _field_note(self, kind: ast.expr) -> Note | None:
        for argument in field_arguments(kind):
            value = getattr(argument.value, "value", None)
            if argument.arg == "description" and isinstance(value, str):
                return self._note(value)
        return None

    def _note(self, token: str | None) -> Note | None:
        return self._prepared.notes.get(token) if token else None


def _refuse_loops(definitions: Mapping[str, Model | Alias]) -> None:
    """Refuse aliases that reach themselves without a model in between."""

    def aliases(hint: Hint) -> Iterator[Alias]:
        for part in parts(hint):
            target = definitions[part.name] if isinstance(part, Reference) else None
            if isinstance(target, Alias):
                yield target

    def follow(alias: Alias, above: tuple[str, ...]) -> None:
        if alias.name in above:
            message = "It refers to itself without an object in between"
            raise ModelError(message)
        for target in aliases(alias.hint):
            follow(target, (*above, alias.name))

    for definition in definitions.values():
        if isinstance(definition, Alias):
            follow(definition, ())
