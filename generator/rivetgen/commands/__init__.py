"""The commands, one module each; a module defines `command`."""

from __future__ import annotations

COMMANDS = ("init", "generate", "check")
"""Names in the order of the help text; `-` stands for `_` of the module."""
