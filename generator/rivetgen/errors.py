"""Everything the generator raises on purpose.

```
RivetgenError
├── SettingsError      pyproject.toml does not say what to generate
├── OutputError        a file cannot be written where it should go
├── BaselineError      there is no earlier version of the schema to compare with
├── ImportSchemaError  a document that shall become a schema cannot be read
├── FormattingError    ruff is missing, or rejects what was emitted
└── EmissionError      a target tried to emit text that is not code: our defect
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class RivetgenError(Exception):
    """Root of the errors of this distribution."""


class SettingsError(RivetgenError):
    """The settings in `pyproject.toml` are missing or wrong.

    Attributes:
        problems: One sentence for each thing that is wrong.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class OutputError(RivetgenError):
    """Files cannot be written where they should go.

    Attributes:
        problems: One sentence for each file.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class BaselineError(RivetgenError):
    """The version of a schema to compare with cannot be found or used.

    Attributes:
        is_unusable: Whether it was found and something is wrong with it.
    """

    def __init__(self, problem: str, *, is_unusable: bool = False) -> None:
        super().__init__(problem)
        self.is_unusable = is_unusable


class ImportSchemaError(RivetgenError):
    """A document that shall become a schema cannot be read."""


class EmissionError(RivetgenError):
    """Text that is not known to be code was about to reach a file."""


class FormattingError(RivetgenError):
    """The emitted code could not be formatted."""
