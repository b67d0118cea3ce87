"""`rivetgen doctor`: each problem is one sentence and one fix."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from rivetgen_cli import SCHEMA, SETTINGS, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROJECT = '[project]\nname = "shop"\ndependencies = [{}]\n'
RUNTIME = '"rivetgen-runtime==0.1.*"'
EDITOR_LINE = "# yaml-language-server: $schema=./.rivetgen/actors.schema.json\n"


def write_project(shop: Path, *dependencies: str) -> None:
    project = PROJECT.format(", ".join(dependencies))
    (shop / "pyproject.toml").write_text(project + SETTINGS)


@pytest.fixture
def healthy(shop: Path) -> Path:
    """A project that has no problem."""
    write_project(shop, RUNTIME)
    assert run("generate").status == 0
    return shop


def problems() -> Iterator[tuple[str, str]]:
    """Run the command and yield code and message with fix of every problem."""
    result = run("doctor", "--format", "json")
    for finding in json.loads(result.output)["findings"]:
        yield finding["code"], f"{finding['message']} {finding['fix']}"


def test_a_healthy_project_has_no_problem(healthy: Path) -> None:
    result = run("doctor")
    assert (result.status, list(problems())) == (0, [])
    assert result.output.startswith("Python 3.")
    assert "rivetgen-schema 0.1.0" in result.output
    assert result.output.endswith("No problem was found.\n")
    assert healthy.exists()


def test_init_and_generate_make_a_healthy_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("init", str(tmp_path / "shop"))
    monkeypatch.chdir(tmp_path / "shop")
    run("generate")
    assert list(problems()) == []


def test_stale_generated_code_is_found(healthy: Path) -> None:
    (healthy / "actors.yaml").write_text(SCHEMA.replace("getCount", "readCount"))
    result = run("doctor")
    assert result.status == 1
    assert "is outdated, and " in result.output
    assert "fix: Run `rivetgen generate`." in result.output


def test_a_missing_dependency_is_found(healthy: Path) -> None:
    write_project(healthy)
    ((code, text),) = problems()
    assert code == "doctor-dependencies"
    assert text == (
        "pyproject.toml does not depend on rivetgen-runtime, which the generated code "
        'needs. Add "rivetgen-runtime==0.1.*" to its dependencies.'
    )


@pytest.mark.parametrize("requirement", ["rivetgen-runtime>=9", "Rivetgen_Runtime<0.1"])
def test_a_range_that_excludes_this_version_is_found(
    healthy: Path, requirement: str
) -> None:
    write_project(healthy, f'"{requirement}"', '"not a requirement"')
    ((code, text),) = problems()
    assert code == "doctor-dependencies"
    assert "but the code is made for 0.1.0" in text


def test_the_range_of_the_generated_client_is_looked_at(healthy: Path) -> None:
    path = healthy / "clients" / "python" / "pyproject.toml"
    path.write_text(path.read_text().replace("rivetgen-client", "rivetgen-other"))
    found = dict(problems())
    assert (
        "clients/python/pyproject.toml does not depend on rivetgen-client"
        in (found["doctor-dependencies"])
    )


def test_findings_of_the_schema_are_counted(healthy: Path) -> None:
    unused = "types:\n  Unused: uuid\n"
    (healthy / "actors.yaml").write_text(SCHEMA + unused)
    run("generate")
    ((code, text),) = problems()
    assert code == "doctor-schema"
    assert (
        text == "The schema has 1 finding. Run `rivetgen lint` to see what to repair."
    )


def test_a_broken_release_is_found(healthy: Path) -> None:
    run("release")
    (healthy / "actors.yaml").write_text(SCHEMA.replace("getCount", "readCount"))
    run("generate")
    ((code, text),) = problems()
    assert code == "doctor-lock"
    assert "breaks its last release in 1 place" in text


def test_a_damaged_lock_is_found(healthy: Path) -> None:
    (healthy / "rivetgen.lock").write_text("{}")
    ((code, text),) = problems()
    assert code == "doctor-lock"
    assert "Restore rivetgen.lock from the repository." in text


@pytest.mark.parametrize(("text", "word"), [(None, "missing"), ("{}", "outdated")])
def test_the_json_schema_for_editors_is_looked_at(
    healthy: Path, text: str | None, word: str
) -> None:
    (healthy / "actors.yaml").write_text(EDITOR_LINE + SCHEMA)
    run("generate")
    if text is not None:
        (healthy / ".rivetgen" / "actors.schema.json").write_text(text)
    ((code, sentence),) = problems()
    assert code == "doctor-editor"
    assert f" {word}. Run `rivetgen schema --output" in sentence
    run("schema", "--output", ".rivetgen/actors.schema.json")
    assert list(problems()) == []


def test_settings_that_are_wrong_are_the_first_problem(shop: Path) -> None:
    (shop / "pyproject.toml").write_text('[tool.rivetgen]\nschem = "x"\n')
    result = run("doctor")
    assert result.status == 1
    assert "did you mean `schema`?" in result.output


def test_other_versions_beside_this_one_are_found(
    healthy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(name: str) -> str:
        return "0.9.0" if name == "rivetgen-runtime" else "0.1.0"

    monkeypatch.setattr("rivetgen.diagnosis.metadata.version", version)
    ((code, text),) = problems()
    assert code == "doctor-versions"
    assert "rivetgen-runtime 0.9.0 is installed beside rivetgen 0.1.0." in text
    assert healthy.exists()
