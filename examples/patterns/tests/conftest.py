"""What the tests of the patterns share: a database of users that is empty again."""

from __future__ import annotations

import pytest

from patterns.users import USERS


@pytest.fixture(autouse=True)
def no_users() -> None:
    """Forget the users of other tests."""
    USERS.emails.clear()
    USERS.reads = 0
