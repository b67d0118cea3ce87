"""The command: help, exit codes, sentences instead of tracebacks."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from rivetgen import __version__
from rivetgen.cli import rivetgen
from rivetgen.commands import COMMANDS
from rivetgen.errors import EmissionError
from rivetgen_cli import project, run

if TYPE_CHECKING:
    from pathlib import Path

    from rivetgen.pipeline import Report


def test_help_names_every_command_with_a_sentence() -> None:
    result = run("--help")
    assert result.status == 0
    for name in COMMANDS:
        pattern = rf"^  {name} +[A-Z].*\.$"
        assert re.search(pattern, result.output, re.MULTILINE), name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    result = run(name, "--help")
    assert result.status == 0
    assert f"Usage: rivetgen {name}" in result.output
    assert "\\b" not in result.output


def test_help_imports_no_heavy_module() -> None:
    program = (
        "import sys; from rivetgen.cli import run; run(['--help']);"
        "print(*sorted(m for m in ('yaml', 'jinja2', 'pydantic', 'rivetgen_schema.ir',"
        " 'subprocess', 'tomllib') if m in sys.modules), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stderr.strip() == ""


def test_the_version_is_printed() -> None:
    assert __version__ in run("--version").output


@pytest.mark.parametrize(
    "arguments", [["genrate"], ["generate", "--frce"], ["generate", "extra"]]
)
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.status == 2
    assert "Error: " in result.errors


def test_a_mistyped_command_gets_a_suggestion() -> None:
    assert "Did you mean `generate`?" in run("genrate").errors


def test_wrong_settings_exit_with_2(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.rivetgen]\nschem = "x"\n')
    result = run("generate", "--project", str(tmp_path))
    assert result.status == 2
    assert "did you mean `schema`?" in result.errors


def test_generate_then_check_then_edit(tmp_path: Path) -> None:
    folder = project(tmp_path)
    assert run("check", "--project", str(folder)).status == 1
    first = run("generate", "--project", str(folder))
    assert first.status == 0
    assert "wrote src/shop/_generated/counter.py" in first.output
    assert run("check", "--project", str(folder)).status == 0
    assert "up to date" in run("generate", "--project", str(folder)).output
    generated = folder / "src/shop/_generated/counter.py"
    generated.write_text(generated.read_text() + "# mine\n")
    edited = run("check", "--project", str(folder))
    assert edited.status == 1
    assert "counter.py was edited by hand" in edited.output
    refused = run("generate", "--project", str(folder))
    assert refused.status == 2
    assert "--force" in refused.errors
    assert run("generate", "--force", "--project", str(folder)).status == 0
    assert "# mine" not in generated.read_text()


def test_check_notices_a_changed_schema(tmp_path: Path) -> None:
    folder = project(tmp_path)
    run("generate", "--project", str(folder))
    schema = folder / "actors.yaml"
    schema.write_text(schema.read_text().replace("getCount", "readCount"))
    result = run("check", "--project", str(folder))
    assert result.status == 1
    assert "src/shop/_generated/counter.py is outdated" in result.output


def test_check_notices_changed_settings(tmp_path: Path) -> None:
    folder = project(tmp_path)
    run("generate", "--project", str(folder))
    settings = folder / "pyproject.toml"
    settings.write_text(settings.read_text().replace('"shop"', '"store"'))
    result = run("check", "--project", str(folder))
    assert result.status == 1
    assert "src/shop/_generated/counter.py is no longer generated" in result.output


def test_check_writes_nothing(tmp_path: Path) -> None:
    folder = project(tmp_path)
    before = sorted(folder.rglob("*"))
    run("check", "--project", str(folder))
    assert sorted(folder.rglob("*")) == before


def test_removing_an_actor_removes_its_files_but_not_the_users(tmp_path: Path) -> None:
    folder = project(tmp_path)
    run("generate", "--project", str(folder))
    schema = folder / "actors.yaml"
    schema.write_text(schema.read_text().replace("counter:", "meter:"))
    result = run("generate", "--project", str(folder))
    assert "removed src/shop/_generated/counter.py" in result.output
    assert (folder / "src/shop/actors/counter.py").exists()
    assert (folder / "src/shop/actors/meter.py").exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "rivet: 1\n  x: [\n",
        "rivet: 2\n",
        "rivet: 1\nactors: {counter: {state: {count: integer}}}\n",
        "a: &x [*x]\n",
        "\x00",
        "\ud800",
        "!!python/object/apply:os.system ['true']\n",
        "- " * 5000,
        "[" * 5000,
    ],
)
def test_a_malformed_schema_exits_with_3_and_says_where(
    tmp_path: Path, text: str
) -> None:
    folder = project(tmp_path)
    (folder / "actors.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    result = run("generate", "--project", str(folder))
    assert result.status == 3
    assert "actors.yaml:" in result.errors
    assert "Traceback" not in result.errors + result.output
    assert not (folder / "src").exists()


def test_a_missing_schema_exits_with_3(tmp_path: Path) -> None:
    folder = project(tmp_path)
    (folder / "actors.yaml").unlink()
    result = run("check", "--project", str(folder))
    assert result.status == 3
    assert "cannot be read" in result.errors


def test_what_cannot_be_generated_yet_is_a_finding_with_a_position(
    tmp_path: Path,
) -> None:
    extra = "    options: { connectionLivenessTimeout: 1s }\n"
    folder = project(tmp_path, extra=extra)
    result = run("generate", "--project", str(folder))
    assert result.status == 3
    assert "error[RG915]" in result.errors
    assert "actors.yaml:" in result.errors
    assert not (folder / "src").exists()


def test_a_defect_exits_with_4_and_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> Report:
        msg = "only Code may be emitted"
        raise EmissionError(msg)

    monkeypatch.setattr("rivetgen.pipeline.generate", broken)
    folder = project(tmp_path)
    result = run("generate", "--project", str(folder))
    assert result.status == 4
    assert "Internal error: EmissionError: only Code may be emitted" in result.errors
    assert "Traceback" not in result.errors
    shown = run("--debug", "generate", "--project", str(folder))
    assert shown.status == 4
    assert "Traceback" in shown.errors


def test_the_module_runs_the_same_command() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "rivetgen", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == run("--version").output


def test_commands_are_named_like_their_modules() -> None:
    context = click.Context(rivetgen)
    for name in COMMANDS:
        command = rivetgen.get_command(context, name)
        assert command is not None
        assert command.name == name
    assert rivetgen.get_command(context, "nothing") is None


def test_check_follows_the_imports_of_a_schema(tmp_path: Path) -> None:
    folder = project(tmp_path, extra="imports: [types/*.yaml]\n")
    (folder / "types").mkdir()
    types = "types: { Size: { enum: [small, large] } }\n"
    (folder / "types/a.yaml").write_text(types)
    arguments = ("check", "--project", str(folder))
    run("generate", "--project", str(folder))
    assert run(*arguments).status == 0
    (folder / "types/b.yaml").write_text(types.replace("Size", "Other"))
    assert run(*arguments).status == 1
    (folder / "types/b.yaml").unlink()
    assert run(*arguments).status == 0
    (folder / "types/a.yaml").write_text(types.replace("large", "huge"))
    assert run(*arguments).status == 1


def test_check_does_not_load_a_schema_that_is_unchanged(tmp_path: Path) -> None:
    folder = project(tmp_path)
    run("generate", "--project", str(folder))
    program = (
        "import sys; from rivetgen.cli import run;"
        f"status = run(['check', '--project', {str(folder)!r}]);"
        "assert status == 0; assert 'yaml' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


def test_a_new_actor_is_mentioned_when_the_application_is_yours(
    tmp_path: Path,
) -> None:
    folder = project(tmp_path)
    assert "note:" not in run("generate", "--project", str(folder)).errors
    schema = folder / "actors.yaml"
    schema.write_text(schema.read_text() + "  meter:\n    actions: { read: {} }\n")
    result = run("generate", "--project", str(folder))
    assert result.status == 0
    assert "src/shop/app.py is yours: add `meter=Meter` to it." in result.errors
    assert "note:" not in run("generate", "--project", str(folder)).errors


@pytest.mark.parametrize("command", ["generate", "check"])
def test_settings_without_a_target_are_not_enough(tmp_path: Path, command: str) -> None:
    folder = project(tmp_path)
    (folder / "pyproject.toml").write_text("[tool.rivetgen]\n")
    result = run(command, "--project", str(folder))
    assert result.status == 2
    assert "[tool.rivetgen.python-server]" in result.errors


def test_two_targets_in_one_place_are_refused(tmp_path: Path) -> None:
    folder = project(tmp_path)
    settings = folder / "pyproject.toml"
    text = settings.read_text().replace('"clients/python"', '"src"')
    settings.write_text(text.replace('"shop_client"', '"shop"'))
    result = run("generate", "--project", str(folder))
    assert result.status == 2
    assert "src/shop/__init__.py is written by two targets" in result.errors
