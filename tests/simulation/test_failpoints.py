"""Whatever happens at whichever commit, the promises hold (P1, P2, P5, P6).

Every session runs once for each of its commits and each fate of it.
"""

from __future__ import annotations

import pytest

from .failpoints import Fate
from .sessions import SESSIONS, commits_of, tell


@pytest.mark.parametrize("fate", Fate, ids=lambda fate: fate.name.lower())
@pytest.mark.parametrize("name", SESSIONS)
def test_a_commit_that_goes_wrong_breaks_no_promise(name: str, fate: Fate) -> None:
    commits = commits_of(name)
    for at in range(1, commits + 1):
        story = tell(name, at=at, fate=fate)
        try:
            story.check()
        except AssertionError as error:
            error.add_note(f"{name}, commit {at} of {commits}: {story}")
            raise
    print(f"{name}: {commits} commits, {fate.value}")


@pytest.mark.parametrize("name", SESSIONS)
def test_without_anything_wrong_everything_is_acknowledged_and_kept(name: str) -> None:
    story = tell(name, at=0, fate=Fate.LATE)
    story.check()
    assert story.refused == story.unknown == []
    assert story.commits >= len(story.acknowledged) >= 3
