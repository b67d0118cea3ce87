"""Settings are read from `[tool.rivetgen]`; what is wrong is said in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rivetgen.errors import SettingsError
from rivetgen.settings import Settings, find_project, load_settings

if TYPE_CHECKING:
    from pathlib import Path

SERVER = '[tool.rivetgen.python-server]\npackage = "chat"\n'
CLIENT = (
    '[tool.rivetgen.python-client]\noutput = "clients/python"\n'
    'distribution = "chat-client"\npackage = "chat_client"\n'
)


def load(folder: Path, text: str) -> Settings:
    (folder / "pyproject.toml").write_text(text)
    return load_settings(folder)


def problems(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(folder, text)
    return caught.value.problems


def test_every_table_is_optional(tmp_path: Path) -> None:
    settings = load(tmp_path, "[tool.rivetgen]\n")
    assert settings == Settings(project=tmp_path)
    assert settings.schema_path == tmp_path / "actors.yaml"


def test_targets_have_a_table_each(tmp_path: Path) -> None:
    spec = '[tool.rivetgen.spec]\noutput = "specs"\n'
    settings = load(tmp_path, SERVER + CLIENT + spec)
    assert settings.python_server is not None
    assert settings.python_server.source == "src"
    assert settings.python_client is not None
    assert settings.python_client.distribution == "chat-client"
    assert settings.spec is not None
    assert settings.spec.output == "specs"


def test_unknown_keys_are_named_with_a_suggestion(tmp_path: Path) -> None:
    text = '[tool.rivetgen]\nschemas = "a"\n' + SERVER + 'packge = "x"\n'
    assert problems(tmp_path, text) == (
        "[tool.rivetgen] has no setting `schemas`; did you mean `schema`?",
        (
            "[tool.rivetgen.python-server] has no setting `packge`; "
            "did you mean `package`?"
        ),
    )


def test_an_unknown_target_is_named(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "[tool.rivetgen.python-servr]\n")
    assert problem.endswith("did you mean `python-server`?")


def test_a_key_that_nothing_resembles_lists_what_there_is(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, '[tool.rivetgen.spec]\noutput="a"\nzzz="b"\n')
    assert problem == "[tool.rivetgen.spec] has no setting `zzz`; it knows output"


def test_missing_keys_are_named(tmp_path: Path) -> None:
    assert problems(tmp_path, "[tool.rivetgen.python-client]\n") == (
        "[tool.rivetgen.python-client] needs `output`",
        "[tool.rivetgen.python-client] needs `distribution`",
        "[tool.rivetgen.python-client] needs `package`",
    )


@pytest.mark.parametrize("value", ["1", "[]", "true", "{}"])
def test_values_are_strings(tmp_path: Path, value: str) -> None:
    (problem,) = problems(tmp_path, f"[tool.rivetgen]\nschema = {value}\n")
    assert problem == "[tool.rivetgen] `schema` must be a string"


def test_a_target_is_a_table(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, '[tool.rivetgen]\nspec = "specs"\n')
    assert problem == "[tool.rivetgen.spec] must be a table"


@pytest.mark.parametrize("path", ["/srv/x", "../x", "a/../../x", "a\\\\b", ""])
def test_paths_stay_below_the_project(tmp_path: Path, path: str) -> None:
    (problem,) = problems(tmp_path, f'[tool.rivetgen.spec]\noutput = "{path}"\n')
    assert problem.startswith("[tool.rivetgen.spec] `output` must be a path below")


@pytest.mark.parametrize("name", ["Chat", "1chat", "chat room", "chat.room", "class"])
def test_packages_have_python_names(tmp_path: Path, name: str) -> None:
    text = f'[tool.rivetgen.python-server]\npackage = "{name}"\n'
    (problem,) = problems(tmp_path, text)
    assert problem == (
        f"[tool.rivetgen.python-server] `package` is not a valid name: {name!r}"
    )


def test_the_class_of_the_client_can_be_named(tmp_path: Path) -> None:
    settings = load(tmp_path, CLIENT + 'class-name = "Acme"\n')
    assert settings.python_client is not None
    assert settings.python_client.class_name == "Acme"
    (problem,) = problems(tmp_path, CLIENT + 'class-name = "acme!"\n')
    assert "class-name" in problem


def test_text_that_is_no_toml_is_a_problem(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "[tool.rivetgen\n")
    assert "is not valid TOML" in problem


def test_a_file_without_our_table_is_a_problem(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "[project]\n")
    assert problem == "pyproject.toml has no [tool.rivetgen]"


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path)


def test_the_project_is_found_upwards(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.rivetgen]\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\n")
    assert find_project(inner) == tmp_path


def test_without_a_project_init_is_suggested(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="rivetgen init"):
        find_project(tmp_path)
