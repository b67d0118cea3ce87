"""Everything the generator raises on purpose.

```
RivetgenError
├── SettingsError      pyproject.toml does not say what to generate
├── OutputError        a file cannot be written where it should go
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


class EmissionError(RivetgenError):
    """Text that is not known to be code was about to reach a file."""


class FormattingError(RivetgenError):
    """The emitted code could not be formatted."""
