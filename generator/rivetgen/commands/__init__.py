"""The commands, one module each; a module defines `command`.

The table below is all that `rivetgen --help` needs, so no command is imported for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SCHEMA: Final = "Write a schema"
CODE: Final = "Generate code"
RELEASE: Final = "Release a schema"
HELP: Final = "Find out more"
GROUPS: Final = (SCHEMA, CODE, RELEASE, HELP)
"""Headings of the help text, in order."""


@dataclass(frozen=True, slots=True)
class CommandRow:
    """One line of the help text.

    Attributes:
        group: The heading that the command stands under.
        summary: One sentence that says what the command does.
        module: Module below `rivetgen.commands`.
    """

    group: str
    summary: str
    module: str


COMMANDS: Final[dict[str, CommandRow]] = {
    "init": CommandRow(SCHEMA, "Start a project with a schema that works.", "init"),
    "lint": CommandRow(SCHEMA, "Say everything that is wrong with a schema.", "lint"),
    "fmt": CommandRow(SCHEMA, "Bring schema files into the one layout.", "fmt"),
    "import": CommandRow(
        SCHEMA, "Make a schema from OpenAPI or JSON Schema.", "import_schema"
    ),
    "schema": CommandRow(SCHEMA, "Print the JSON Schema for editors.", "schema"),
    "generate": CommandRow(CODE, "Write the code and the specs.", "generate"),
    "watch": CommandRow(CODE, "Generate again after every edit.", "watch"),
    "check": CommandRow(CODE, "Tell whether everything is up to date.", "check"),
    "diff": CommandRow(RELEASE, "Say what changed since another version.", "diff"),
    "breaking": CommandRow(
        RELEASE, "Fail if clients or stored data would break.", "breaking"
    ),
    "changelog": CommandRow(
        RELEASE, "Write the changes down and suggest a version.", "changelog"
    ),
    "release": CommandRow(
        RELEASE, "Remember this version in rivetgen.lock.", "release"
    ),
    "explain": CommandRow(HELP, "Explain a code such as RG010.", "explain"),
    "doctor": CommandRow(HELP, "Look for problems of a project.", "doctor"),
}
"""Names in the order of the help text."""
