"""`rivetgen explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rivetgen.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.command()
@click.argument("code", required=False)
def command(code: str | None) -> ExitCode:
    """Explain CODE: what leads to it, an example, and the example repaired.

    CODE is the code of a finding, such as RG010, or a compatibility rule, such as
    action-removed. Without CODE, all codes are listed.
    """
    lines = _overview() if code is None else _explanation(code)
    click.echo("\n".join(lines))
    return ExitCode.FINE


def _overview() -> Iterator[str]:
    from rivetgen_schema.codes import CODES  # noqa: PLC0415
    from rivetgen_schema.compatibility import RULES  # noqa: PLC0415

    yield "Findings:"
    for row in CODES:
        yield f"  {row.code}  {row.severity:<7}  {row.title}"
    yield "\nCompatibility rules:"
    for rule in RULES.values():
        yield f"  {rule.code:<27}  {', '.join(rule.levels)}"


def _explanation(code: str) -> Iterator[str]:
    from rivetgen_schema.catalogue import EXPLANATIONS  # noqa: PLC0415
    from rivetgen_schema.compatibility import RULES  # noqa: PLC0415
    from rivetgen_schema.findings import did_you_mean  # noqa: PLC0415

    if code.upper() in EXPLANATIONS:
        return _finding(code.upper())
    if code.lower() in RULES:
        return _rule(code.lower())
    known = [*EXPLANATIONS, *RULES]
    hint = did_you_mean(code, known, otherwise="`rivetgen explain` lists all codes.")
    msg = f"There is no code `{code}`. {hint}"
    raise click.UsageError(msg)


def _finding(code: str) -> Iterator[str]:
    from rivetgen_schema.catalogue import EXPLANATIONS  # noqa: PLC0415
    from rivetgen_schema.codes import code_named  # noqa: PLC0415

    row, explanation = code_named(code), EXPLANATIONS[code]
    title = f"{row.severity}[{code}]: {row.title}" if row else code
    yield from (title, "", explanation.cause)
    if explanation.example:
        yield from ("", "Example:", "", _indented(explanation.example_text()))
        yield from ("", "Repaired:", "", _indented(explanation.fixed_text()))


def _rule(code: str) -> Iterator[str]:
    from rivetgen.reporting import ADVICE, LEVEL_TITLES  # noqa: PLC0415
    from rivetgen_schema.compatibility import RULES  # noqa: PLC0415

    rule = RULES[code]
    yield f"{code}: {rule.message.format(element='...', old='...', new='...')}"
    for level in rule.levels:
        yield f"\n{level}: {LEVEL_TITLES[level]}.\n  {ADVICE[level]}"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())
