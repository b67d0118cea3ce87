"""Files are written below the project only, and never over other people's work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rivetgen.errors import OutputError
from rivetgen.manifest import (
    CONTENT_PLACE,
    HEADER_MARK,
    Manifest,
    digest,
    is_ours,
    is_pristine,
    read_manifest,
    sealed,
)
from rivetgen.output import (
    FileState,
    GeneratedFile,
    apply,
    compare,
    owned_digests,
    remove_file,
    write_file,
    write_manifest,
)

if TYPE_CHECKING:
    from pathlib import Path

HEADER = f"# Generated.\n{CONTENT_PLACE}\n"


def generated(path: str, body: str = "x = 1\n") -> GeneratedFile:
    return GeneratedFile(path=path, text=sealed(HEADER + body))


def run(project: Path, *files: GeneratedFile, force: bool = False) -> dict[str, str]:
    changes = compare(project, files, read_manifest(project), restore=force)
    written = apply(project, changes, force=force)
    once = tuple(file.path for file in files if file.once)
    write_manifest(project, Manifest(files=owned_digests(files), once=once))
    return {change.path: change.state.value for change in written}


def test_missing_files_are_written(tmp_path: Path) -> None:
    assert run(tmp_path, generated("a/b.py")) == {"a/b.py": "missing"}
    assert (tmp_path / "a/b.py").read_text().endswith("x = 1\n")


def test_current_files_are_not_touched(tmp_path: Path) -> None:
    run(tmp_path, generated("a.py"))
    before = (tmp_path / "a.py").stat().st_mtime_ns
    manifest = (tmp_path / ".rivetgen/manifest.json").stat().st_mtime_ns
    assert run(tmp_path, generated("a.py")) == {}
    assert (tmp_path / "a.py").stat().st_mtime_ns == before
    assert (tmp_path / ".rivetgen/manifest.json").stat().st_mtime_ns == manifest


def test_outdated_files_are_rewritten(tmp_path: Path) -> None:
    run(tmp_path, generated("a.py"))
    assert run(tmp_path, generated("a.py", "x = 2\n")) == {"a.py": "outdated"}


def test_line_ends_of_a_checkout_are_no_change(tmp_path: Path) -> None:
    run(tmp_path, generated("a.py"))
    path = tmp_path / "a.py"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert run(tmp_path, generated("a.py")) == {}


def test_an_edited_file_is_kept_until_forced(tmp_path: Path) -> None:
    run(tmp_path, generated("a.py"))
    path = tmp_path / "a.py"
    path.write_text(path.read_text() + "mine = 1\n")
    with pytest.raises(OutputError, match=r"a\.py was edited by hand"):
        run(tmp_path, generated("a.py", "x = 2\n"))
    assert "mine" in path.read_text()
    assert run(tmp_path, generated("a.py", "x = 2\n"), force=True) == {"a.py": "edited"}
    assert "mine" not in path.read_text()


def test_a_foreign_file_is_kept_even_when_forced(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("mine = 1\n")
    with pytest.raises(OutputError, match="rivetgen did not write it"):
        run(tmp_path, generated("a.py"), force=True)
    assert (tmp_path / "a.py").read_text() == "mine = 1\n"


def test_one_refused_file_keeps_all_files_unwritten(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("mine = 1\n")
    with pytest.raises(OutputError):
        run(tmp_path, generated("a.py"), generated("b.py"))
    assert not (tmp_path / "a.py").exists()


def test_a_pristine_file_is_ours_without_a_manifest(tmp_path: Path) -> None:
    run(tmp_path, generated("a.py"))
    (tmp_path / ".rivetgen/manifest.json").unlink()
    assert run(tmp_path, generated("a.py", "x = 2\n")) == {"a.py": "outdated"}


def test_a_broken_manifest_is_an_empty_one(tmp_path: Path) -> None:
    run(tmp_path, generated("a.py"))
    for text in ("", "[]", '{"format": 9}', '{"format": 1, "files": {"a": 1}}', "\x00"):
        (tmp_path / ".rivetgen/manifest.json").write_text(text)
        assert read_manifest(tmp_path) == Manifest()


def test_stale_files_of_ours_are_removed_with_their_folders(tmp_path: Path) -> None:
    run(tmp_path, generated("a/b/c.py"), generated("d.py"))
    assert run(tmp_path, generated("d.py")) == {"a/b/c.py": "stale"}
    assert not (tmp_path / "a").exists()


def test_foreign_files_beside_stale_ones_stay(tmp_path: Path) -> None:
    run(tmp_path, generated("a/b.py"), generated("d.py"))
    (tmp_path / "a/mine.py").write_text("mine = 1\n")
    run(tmp_path, generated("d.py"))
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["mine.py"]


def test_an_edited_stale_file_stays_until_forced(tmp_path: Path) -> None:
    run(tmp_path, generated("a.py"), generated("d.py"))
    (tmp_path / "a.py").write_text("mine = 1\n")
    with pytest.raises(OutputError, match="no longer generated, but was edited"):
        run(tmp_path, generated("d.py"))
    assert (tmp_path / "a.py").exists()
    assert run(tmp_path, generated("d.py"), force=True) == {"a.py": "stale and edited"}


def test_files_of_the_user_are_written_once(tmp_path: Path) -> None:
    first = GeneratedFile(path="a.py", text="first\n", once=True)
    second = GeneratedFile(path="a.py", text="second\n", once=True)
    assert run(tmp_path, first) == {"a.py": "missing"}
    assert run(tmp_path, second) == {}
    assert (tmp_path / "a.py").read_text() == "first\n"
    assert run(tmp_path) == {}
    assert (tmp_path / "a.py").exists()


def test_a_crash_before_the_manifest_is_repaired_by_the_next_run(
    tmp_path: Path,
) -> None:
    changes = compare(tmp_path, [generated("a.py")], read_manifest(tmp_path))
    apply(tmp_path, changes)
    assert run(tmp_path, generated("a.py", "x = 2\n")) == {"a.py": "outdated"}


@pytest.mark.parametrize("path", ["../a.py", "/srv/a.py", "a/../../b.py", "a\\b", ""])
def test_paths_outside_are_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(OutputError, match="not below the project"):
        compare(tmp_path, [GeneratedFile(path=path, text="x")], Manifest())
    with pytest.raises(OutputError):
        write_file(tmp_path, path, "x")


def test_a_manifest_cannot_name_files_outside(tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text("x")
    project = tmp_path / "project"
    project.mkdir()
    manifest = Manifest(files={"../outside.py": digest("x")})
    with pytest.raises(OutputError):
        compare(project, [], manifest)
    assert outside.exists()


@pytest.mark.parametrize("path", ["link/a.py", "file.py"])
def test_symbolic_links_are_not_followed(tmp_path: Path, path: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file.py").write_text("theirs\n")
    project = tmp_path / "project"
    project.mkdir()
    (project / "link").symlink_to(outside)
    (project / "file.py").symlink_to(outside / "file.py")
    with pytest.raises(OutputError, match="symbolic link"):
        run(project, generated(path))
    with pytest.raises(OutputError, match="symbolic link"):
        remove_file(project, path)
    assert (outside / "file.py").read_text() == "theirs\n"
    assert [file.name for file in outside.iterdir()] == ["file.py"]


def test_a_file_where_a_folder_is_needed_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    with pytest.raises(OutputError, match="needs a folder where the file a is"):
        run(tmp_path, generated("a/b.py"))


def test_a_folder_where_a_file_is_needed_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.py").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        run(tmp_path, generated("a.py"))


def test_nothing_but_the_file_is_left_behind(tmp_path: Path) -> None:
    write_file(tmp_path, "a.py", "x\n")
    assert [path.name for path in tmp_path.iterdir()] == ["a.py"]
    assert (tmp_path / "a.py").stat().st_mode & 0o777 == 0o644


def test_text_that_is_no_unicode_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_file(tmp_path, "a.py", "\ud800")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_text_is_foreign(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"\xff\xfe")
    (change,) = compare(tmp_path, [generated("a.py")], Manifest())
    assert change.state is FileState.FOREIGN


def test_the_header_proves_what_a_file_is() -> None:
    text = sealed(HEADER + "x = 1\n")
    assert is_pristine(text)
    assert is_ours(text)
    assert not is_pristine(text + "y = 2\n")
    assert is_ours(text + "y = 2\n")
    assert not is_ours("x = 1\n")
    assert not is_pristine("x = 1\n")


def test_only_the_first_mark_is_the_seal() -> None:
    text = sealed(f"{HEADER}{HEADER_MARK}abc\n")
    assert is_pristine(text)
    assert not is_pristine(text.replace("abc", "abd"))


def test_a_file_that_the_user_deleted_stays_deleted(tmp_path: Path) -> None:
    mine = GeneratedFile(path="a/mine.py", text="first\n", once=True)
    other = GeneratedFile(path="a/other.py", text="first\n", once=True)
    run(tmp_path, mine, other)
    (tmp_path / "a/mine.py").unlink()
    assert run(tmp_path, mine, other) == {}
    assert not (tmp_path / "a/mine.py").exists()


def test_a_deleted_file_comes_back_when_forced_or_with_its_folder(
    tmp_path: Path,
) -> None:
    mine = GeneratedFile(path="a/mine.py", text="first\n", once=True)
    run(tmp_path, mine, generated("b.py"))
    (tmp_path / "a/mine.py").unlink()
    assert run(tmp_path, mine, generated("b.py"), force=True) == {
        "a/mine.py": "missing"
    }
    (tmp_path / "a/mine.py").unlink()
    (tmp_path / "a").rmdir()
    assert run(tmp_path, mine, generated("b.py")) == {"a/mine.py": "missing"}


def test_two_targets_cannot_write_one_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="written by two targets"):
        run(tmp_path, generated("a.py"), generated("a.py"))
