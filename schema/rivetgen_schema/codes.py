"""The one table of finding codes; `rivetgen_schema.catalogue` explains each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding.

    Attributes:
        code: Stable code; never reused for another meaning.
        severity: Severity of every finding with this code.
        title: A few words that name the problem.
    """

    code: str
    severity: Literal["error", "warning", "info"]
    title: str


CODES: tuple[Code, ...] = (
    # names
    Code("RG001", "error", "Names collide"),
    Code("RG002", "error", "Name is reserved in a target"),
    Code("RG003", "error", "Name is not allowed"),
    Code("RG004", "error", "Spelling under `names` is not usable"),
    Code("RG005", "error", "Defined twice"),
    # references
    Code("RG010", "error", "Unknown type"),
    Code("RG011", "warning", "Unused type"),
    Code("RG012", "error", "Unknown error"),
    Code("RG013", "warning", "Unused error"),
    Code("RG014", "error", "Unknown actor"),
    Code("RG015", "error", "Unknown action"),
    Code("RG016", "error", "Unknown queue"),
    Code("RG017", "error", "Unknown member in `paginate`"),
    Code("RG018", "error", "Listed twice"),
    # types and values
    Code("RG020", "error", "Optional argument before a required one"),
    Code("RG021", "error", "Default is not valid for its type"),
    Code("RG022", "error", "Example is not valid for its type"),
    Code("RG023", "error", "Bounds are not usable"),
    Code("RG024", "error", "`absent` is not allowed here"),
    Code("RG025", "error", "Default is not allowed here"),
    Code("RG026", "error", "Choice cannot be told apart on the wire"),
    Code("RG027", "error", "Set items must be scalars"),
    Code("RG028", "error", "Key part cannot be written as text"),
    Code("RG029", "error", "Type never ends"),
    Code("RG030", "info", "State field has no start value"),
    # meaning
    Code("RG031", "error", "`stateVersion` without `state`"),
    Code("RG040", "warning", "Read-only action is used to change something"),
    Code("RG041", "error", "Settings contradict each other"),
    Code("RG043", "error", "Schedule needs `cron` or `every`"),
    Code("RG044", "error", "Cron expression is not valid"),
    Code("RG045", "error", "Unknown time zone"),
    Code("RG047", "error", "Schedule arguments do not fit the action"),
    Code("RG050", "warning", "Key is one text made of parts"),
    Code("RG060", "error", "Union has no usable tag"),
    Code("RG061", "error", "Nothing is declared"),
    Code("RG070", "error", "Brackets in a default inside braces"),
    Code("RG080", "error", "`bytes` cannot reach Swift"),
    Code("RG090", "warning", "Larger than a documented limit"),
    # YAML
    Code("RG100", "error", "Not valid YAML"),
    Code("RG101", "error", "File is too large"),
    Code("RG102", "error", "Nested too deeply"),
    Code("RG103", "error", "Too many values"),
    Code("RG104", "error", "Duplicate key"),
    Code("RG105", "error", "Anchors and aliases are not allowed"),
    Code("RG106", "error", "Merge keys are not allowed"),
    Code("RG107", "error", "Tags are not allowed"),
    Code("RG108", "error", "File is not UTF-8"),
    Code("RG109", "error", "Character is not allowed"),
    Code("RG110", "warning", "Byte order mark"),
    Code("RG111", "error", "More than one document"),
    Code("RG112", "error", "Key is not a text"),
    Code("RG113", "warning", "Text that other YAML readers change"),
    Code("RG114", "error", "File cannot be read"),
    Code("RG115", "error", "File is empty"),
    # document
    Code("RG120", "error", "Unknown key"),
    Code("RG121", "error", "Key is missing"),
    Code("RG122", "error", "Value has the wrong form"),
    Code("RG123", "error", "Value is not one of the choices"),
    Code("RG124", "error", "Duration is not valid"),
    Code("RG125", "error", "Number is out of range"),
    Code("RG127", "error", "Unknown version of the language"),
    Code("RG128", "error", "Arguments are not a list of pairs"),
    # type expressions
    Code("RG130", "error", "Type expression is not valid"),
    Code("RG131", "error", "Type is written the way of another language"),
    Code("RG132", "error", "Type arguments do not fit"),
    # several files
    Code("RG140", "error", "Import finds no file"),
    Code("RG141", "error", "File is outside the schema's folder"),
    # JSON Schema
    Code("RG150", "error", "JSON Schema keyword is not supported"),
    Code("RG151", "error", "JSON Schema reference is not local"),
    Code("RG152", "error", "JSON Schema pattern is not portable"),
    Code("RG153", "error", "JSON Schema value has the wrong form"),
    Code("RG154", "error", "JSON Schema has no exact models"),
    # what a version of the generator cannot emit
    Code("RG900", "error", "Not supported yet: queues"),
    Code("RG901", "error", "Not supported yet: schedules"),
    Code("RG902", "error", "Not supported yet: run handlers"),
    Code("RG903", "error", "Not supported yet: raw HTTP"),
    Code("RG904", "error", "Not supported yet: raw WebSockets"),
    Code("RG905", "error", "Not supported yet: databases"),
    Code("RG906", "error", "Not supported yet: JSON Schema types"),
    Code("RG907", "error", "Not supported yet: pagination"),
    Code("RG908", "error", "Not supported yet: state versions"),
    Code("RG909", "error", "Not supported yet: event guards"),
    Code("RG910", "error", "Not supported yet: interval durability"),
    Code("RG911", "error", "Not supported yet: choices of scalars"),
    Code("RG912", "error", "Not supported yet: connection state"),
    Code("RG913", "error", "Not supported yet: unions"),
    Code("RG914", "error", "Not supported yet: connection parameters"),
    Code("RG915", "error", "Not supported yet: options of other features"),
    Code("RG916", "error", "Not supported yet: workflows"),
)

_BY_CODE = {row.code: row for row in CODES}


def code_named(code: str) -> Code | None:
    """Return the row of a code, or `None` when there is no such code."""
    return _BY_CODE.get(code)


def severity_of(code: str) -> Literal["error", "warning", "info"]:
    """Return the severity of a code.

    Raises:
        KeyError: There is no such code.
    """
    return _BY_CODE[code].severity
