"""Cron expressions."""

from __future__ import annotations

import pytest

from rivetgen_schema.cron import cron_problem


@pytest.mark.parametrize(
    "expression",
    [
        "0 9 * * *",
        "*/15 * * * *",
        "0 0 1,15 * ?",
        "0 0 L * *",
        "0 0 15W * *",
        "0 0 * * MON-FRI",
        "0 0 * * sun-tue",
        "0 0 * * 5-7",
        "0 0 * * 5#2",
        "0 0 * * FRIL",
        "0 0 29 2 *",
        "0 0 31 2 MON",
        "5/10 0 * JAN-MAR *",
        "  0\t9 * * *  ",
    ],
)
def test_expression_is_accepted(expression: str) -> None:
    assert cron_problem(expression) is None


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "* * * *",
        "* * * * * *",
        "@daily",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 13 *",
        "* * * * 8",
        "*/0 * * * *",
        "5-1 * * * *",
        "-5 * * * *",
        "* * LW * *",
        "* * * * L",
        "H * * * *",
        "0 0 31 2 *",
        "0 0 30,31 FEB *",
        "0 0 31 4,6 *",
        "1-2-3 * * * *",
    ],
)
def test_expression_is_refused(expression: str) -> None:
    assert cron_problem(expression)
