"""A release is deployed only as its SHA256SUMS and this folder's version say, and built only from a
commit that declares its version."""

import subprocess

import pytest
import release as building

from operating import releases
from operating.console import Stop
from operating.releases import Release
from tests.rows import every

FILES = ("daypass-1.2.0-foundation.json", "daypass-1.2.0-arm64.json", "daypass-1.2.0-arm64.zip")


@pytest.fixture
def folder(tmp_path):
    for name in FILES:
        (tmp_path / name).write_text(name, encoding="ascii")
    releases.write_sums(tmp_path)
    return tmp_path


def test_a_complete_release_has_no_problem_and_sums_that_sha256sum_reads(folder):
    assert Release(folder, "1.2.0", "arm64").find_problem() is None
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder, check=True)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_changed_or_unlisted_file_is_refused(folder, name):
    release = Release(folder, "1.2.0", "arm64")
    (folder / name).write_text("changed", encoding="ascii")
    assert release.find_problem().startswith(f"has a {name} that does not match SHA256SUMS.")
    (folder / name).unlink()
    releases.write_sums(folder)
    assert release.find_problem().startswith(f"has no {name}, and this folder deploys version 1.2.")
    (folder / name).write_text(name, encoding="ascii")
    assert release.find_problem().startswith(f"has a {name} that does not match SHA256SUMS.")


def test_another_version_another_processor_and_no_release_are_refused(folder):
    for release in (Release(folder, "1.3.0", "arm64"), Release(folder, "1.2.0", "x86_64")):
        assert "this folder deploys version" in release.find_problem()
    problem = Release(folder / "none", "1.2.0", "arm64").find_problem()
    assert problem == "has no SHA256SUMS. Download the release again"


@every(
    "environment, problem",
    [
        ({}, None),
        ({"RELEASE": ""}, None),
        ({"RELEASE": "/nope"}, "RELEASE cannot be /nope: it has no SHA256SUMS."),
        ({"RELEASE": "/nope", "PACKAGED": "/nope"}, "RELEASE and PACKAGED cannot both be set."),
    ],
    monkeypatch=pytest.MonkeyPatch.context,
)
def test_a_setting_without_a_release_is_refused(monkeypatch, environment, problem):
    for name in ("RELEASE", "PACKAGED", "ARCH"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    problems = list(releases.find_release_problems())
    assert [text.startswith(str(problem)) for text in problems] == [True] * (problem is not None)


@every("version", ["", "0.0.9", "v0.1.0", "0.1"])
def test_only_the_declared_version_is_built(version):
    declared = releases.declared_version()
    assert building.find_version_problem(declared) is None
    problem = building.find_version_problem(version)
    assert problem.startswith(f"VERSION cannot be {version!r}: pyproject.toml declares {declared}.")


@pytest.mark.parametrize("changed", ["app.py", "a-new-file"])
def test_a_folder_that_differs_from_its_commit_is_not_built(monkeypatch, tmp_path, changed):
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    (tmp_path / "app.py").touch()
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "One"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    monkeypatch.setattr(building, "ROOT", tmp_path)
    monkeypatch.setattr(building, "_find_compiler", lambda: "python")
    monkeypatch.setattr("sys.argv", ["release", releases.declared_version()])
    built = []
    monkeypatch.setattr(building, "build", lambda *arguments: built.append(arguments))
    building.main()
    assert len(built) == 1
    (tmp_path / changed).write_text("changed", encoding="ascii")
    with pytest.raises(Stop, match=f"differs from the last commit:\n.* {changed}\n"):
        building.main()
    assert len(built) == 1


@every(
    "version, is_found",
    [("3.13.5", True), ("3.13.6", False)],
    monkeypatch=pytest.MonkeyPatch.context,
)
def test_only_one_version_of_python_compiles_a_release(monkeypatch, version, is_found):
    monkeypatch.setattr(building, "_output_of", lambda *command, check: version)
    if is_found:
        assert building._find_compiler()
    else:
        with pytest.raises(Stop, match=r"A release needs Python 3\.13\.5"):
            building._find_compiler()


def test_zlib_ng_does_not_compress_a_release(monkeypatch):
    monkeypatch.setattr(building.zlib, "ZLIB_RUNTIME_VERSION", "1.3.1.zlib-ng")
    with pytest.raises(Stop, match="compresses with zlib-ng"):
        building._find_compiler()
