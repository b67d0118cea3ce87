"""How steps are tried, and the limits of workflows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["DEFAULT_STEP_OPTIONS", "StepOptions"]

_MOST_DOUBLINGS: Final = 62
"""More would pass every wait that can be declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOptions:
    """How a step is tried; the defaults are those of official servers.

    Attributes:
        max_retries: Attempts after the first one.
        backoff_minimum_s: Base of the wait before each further attempt: twice as long
            before the second one, then doubled each time.
        backoff_maximum_s: The longest wait.
        timeout_s: How long an attempt may take; None for ever.
        retry_on_timeout: Whether an attempt that took too long is followed by another.
        ephemeral: Do not wait for the disk: that an attempt began is not recorded, and
            its outcome becomes durable with what the workflow does next. After a crash
            such a step may run again although the workflow had gone on.

    Raises:
        ValueError: A number is negative.
    """

    max_retries: int = 3
    backoff_minimum_s: float = 0.1
    backoff_maximum_s: float = 30.0
    timeout_s: float | None = 30.0
    retry_on_timeout: bool = False
    ephemeral: bool = False

    def __post_init__(self) -> None:
        numbers = {
            "max_retries": self.max_retries,
            "backoff_minimum_s": self.backoff_minimum_s,
            "backoff_maximum_s": self.backoff_maximum_s,
            "timeout_s": self.timeout_s or 0,
        }
        for name, number in numbers.items():
            if number < 0:
                message = f"{name} must not be negative: {number}"
                raise ValueError(message)

    def backoff_ms(self, attempts: int) -> int:
        """How long to wait after this many attempts."""
        doublings = min(attempts, _MOST_DOUBLINGS)
        wait_s = min(self.backoff_minimum_s * 2.0**doublings, self.backoff_maximum_s)
        return round(wait_s * 1000)


DEFAULT_STEP_OPTIONS: Final = StepOptions()
