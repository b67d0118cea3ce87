"""Versions of a schema: which one comes next."""

from __future__ import annotations

import pytest

from rivetgen.comparing import Comparison
from rivetgen.versions import Version, advise, parse_version
from rivetgen_schema import Schema


@pytest.mark.parametrize(
    ("old", "bump", "new"),
    [
        ("1.4.2", "major", "2.0.0"),
        ("1.4.2", "minor", "1.5.0"),
        ("1.4.2", "patch", "1.4.3"),
        ("1.4.2", "none", "1.4.2"),
        ("0.4.2", "major", "0.5.0"),
        ("0.4.2", "minor", "0.4.3"),
        ("0.4.2", "patch", "0.4.3"),
    ],
)
def test_versions_are_raised_as_package_managers_expect(
    old: str, bump: str, new: str
) -> None:
    version = parse_version(old)
    assert version is not None
    assert str(version.raised(bump)) == new


@pytest.mark.parametrize("text", ["1.4", "v1.4.0", "01.4.0", "", "1.4.0.0", "x"])
def test_other_forms_of_versions_are_not_guessed(text: str) -> None:
    assert parse_version(text) is None
    assert advise(text, text, ()).is_enough
    assert parse_version("1.4.0-rc.1+build") == Version(1, 4, 0)


def test_a_comparison_knows_its_advice_without_changes() -> None:
    schema = Schema(name="a", version="1.0.0")
    same = Comparison(old=schema, new=schema, against="x", changes=(), files=())
    assert same.advice.bump == "none"
    assert not same.differs_in_text_only
