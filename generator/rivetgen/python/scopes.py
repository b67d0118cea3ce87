"""How a type, a module or a builtin is spelled at one place of an emitted module."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rivetgen.emission import Code, code
from rivetgen.escaping import identifier, string_literal
from rivetgen.naming import type_class, variant_class
from rivetgen.python.imports import Imports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Set as AbstractSet

    from rivetgen.lookup import Elements
    from rivetgen.python.imports import Module
    from rivetgen_schema.ir import UnionDefinition, Variant


HERE = Code(".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A place in an emitted module.

    Attributes:
        elements: The schema whose types are spelled.
        imports: What the module imports.
        package: Relative module that holds `types` and `errors`, such as `.`.
        shadowed: Names that mean something else here, such as class members.
    """

    elements: Elements
    imports: Imports = field(default_factory=Imports)
    package: Code = HERE
    shadowed: frozenset[str] = frozenset()

    def inside(self, names: Iterable[str]) -> Scope:
        """Return the scope of a class body with these member names."""
        return replace(self, shadowed=frozenset(names))

    def module(self, name: Module) -> Code:
        """Return the spelling of an imported module."""
        return self.imports.module(name)

    def builtin(self, name: Code) -> Code:
        """Return the spelling of a builtin."""
        if name in self.shadowed:
            return code("{}.{}", self.module("builtins"), name)
        return name

    def type_name(self, name: str) -> Code:
        """Return the spelling of a type of the schema."""
        return self.spell(type_identifier(self.elements, name))

    def variant_name(self, definition: UnionDefinition, variant: Variant) -> Code:
        """Return the spelling of one variant of a union."""
        return self.spell(identifier(variant_class(definition, variant)))

    def spell(self, name: Code) -> Code:
        """Return the spelling of a class of the module `types`."""
        types = Code("types")
        module = self.imports.alias(self.package, types, alias=Code("_schema"))
        return code("{}.{}", module, name)

    def error_name(self, name: Code) -> Code:
        """Return the spelling of a typed error of the schema."""
        module = self.imports.alias(self.package, Code("errors"), alias=Code("_errors"))
        return code("{}.{}", module, name)

    def annotation(self, spell: Callable[[Scope], Code]) -> Code:
        """Return a type expression for a place that is evaluated at once."""
        return spell(self)

    def at_once(self, spell: Callable[[Scope], Code]) -> Code | None:
        """Return an expression, or `None` if it cannot be evaluated at this place."""
        return spell(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class DefiningScope(Scope):
    """The module that defines the types: names are plain, later ones quoted.

    Attributes:
        defined: Types whose definition is above this place.
        pending: Types that were named here before their definition.
    """

    defined: AbstractSet[str] = frozenset()
    pending: set[str] = field(default_factory=set[str])

    def type_name(self, name: str) -> Code:
        """Return the plain name and remember whether it is defined later."""
        if name not in self.defined:
            self.pending.add(name)
        return type_identifier(self.elements, name)

    def variant_name(self, definition: UnionDefinition, variant: Variant) -> Code:
        """Return the plain name; variants are defined with their union."""
        self.type_name(definition.name)
        return identifier(variant_class(definition, variant))

    def annotation(self, spell: Callable[[Scope], Code]) -> Code:
        """Quote a type expression that names a later type."""
        self.pending.clear()
        text = spell(self)
        return string_literal(text) if self.pending else text

    def at_once(self, spell: Callable[[Scope], Code]) -> Code | None:
        """Return an expression that names no later type."""
        self.pending.clear()
        text = spell(self)
        return None if self.pending else text


@dataclass(frozen=True, slots=True, kw_only=True)
class UserScope(Scope):
    """A file that belongs to the user: plain names, as one would write them.

    Attributes:
        taken: Names that the file defines or imports anyway.
    """

    taken: frozenset[str] = frozenset()

    def module(self, name: Module) -> Code:
        """Return the plain name of a module, unless it means something else."""
        if name in self.shadowed or name in self.taken:
            return self.imports.module(name)
        return self.imports.plain_module(name)

    def spell(self, name: Code) -> Code:
        """Import a type by its name, unless it means something else."""
        if name in self.taken:
            return Scope.spell(self, name)
        return self.imports.name(code("{}.types", self.package), name)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerScope(UserScope):
    """A program that uses the client package, named by `package`."""

    def spell(self, name: Code) -> Code:
        """Import a type from the package itself."""
        return self.imports.name(self.package, name)


def type_identifier(elements: Elements, name: str) -> Code:
    """Return the Python name of a type of the schema."""
    return identifier(type_class(elements.type_named(name)))
