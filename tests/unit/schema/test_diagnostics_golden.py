"""The text of one finding per code, as people see it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from rivetgen.json_models.findings import json_schema_findings
from rivetgen_schema import lint_targets, load_text, render_findings, unsupported
from rivetgen_schema.catalogue import EXPLANATIONS
from rivetgen_schema.source import SourceFile

if TYPE_CHECKING:
    from rivetgen_schema.ir import Target

GOLDEN = Path(__file__).parents[2] / "data" / "schema" / "diagnostics.txt"
SWIFT: frozenset[Target] = frozenset({"swift"})


def diagnostic(code: str) -> str:
    text = EXPLANATIONS[code].example_text()
    result = load_text(text)
    findings = result.findings
    if result.schema is not None:
        files = [SourceFile.from_text(text, name="actors.yaml")]
        findings += unsupported(result.schema, frozenset(), files=files)
        findings += lint_targets(result.schema, SWIFT, files=files)
        findings += json_schema_findings(result.schema, files)
    shown = next(finding for finding in findings if finding.code == code)
    return render_findings([shown], color=False)


def test_diagnostics_read_as_reviewed() -> None:
    shown = [code for code, entry in EXPLANATIONS.items() if entry.example]
    text = "\n".join(diagnostic(code) for code in shown)
    if "UPDATE_GOLDEN" in os.environ:
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8"), "set UPDATE_GOLDEN and review"
