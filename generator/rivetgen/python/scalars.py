"""The scalar types of the schema language in Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rivetgen.emission import Code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rivetgen.python.imports import Module
    from rivetgen_schema.ir import ScalarName


@dataclass(frozen=True, slots=True)
class Scalar:
    """Spelling of one scalar type.

    Attributes:
        wire: Name of the validating alias in `rivetgen_client.types`.
        name: Name of the Python type.
        module: Module that holds it; `None` is a builtin.
        measured: Whether bounds are lengths.
    """

    wire: Code
    name: Code
    module: Module | None = None
    measured: bool = False


SCALARS: Mapping[ScalarName, Scalar] = {
    "string": Scalar(Code("Str"), Code("str"), measured=True),
    "int": Scalar(Code("Int"), Code("int")),
    "bigint": Scalar(Code("BigInt"), Code("int")),
    "float": Scalar(Code("Float"), Code("float")),
    "bool": Scalar(Code("Bool"), Code("bool")),
    "decimal": Scalar(Code("Decimal"), Code("Decimal"), "decimal"),
    "bytes": Scalar(Code("Bytes"), Code("bytes"), measured=True),
    "datetime": Scalar(Code("DateTime"), Code("datetime"), "datetime"),
    "date": Scalar(Code("Date"), Code("date"), "datetime"),
    "time": Scalar(Code("Time"), Code("time"), "datetime"),
    "duration": Scalar(Code("Duration"), Code("timedelta"), "datetime"),
    "uuid": Scalar(Code("Uuid"), Code("UUID"), "uuid"),
    "uri": Scalar(Code("Uri"), Code("str"), measured=True),
    "email": Scalar(Code("Email"), Code("str"), measured=True),
    "json": Scalar(Code("Json"), Code("Json"), "types"),
    "none": Scalar(Code("None"), Code("None")),
}
