"""`make release` builds the same bytes anywhere, and everything in the release works."""

import json
import os
import subprocess
import sys
import zipfile
from hashlib import sha256

import package
import pytest
import release as building
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from chalicelib.entrypoints.http.files import zipapp
from operating.artefacts import list_function_properties
from operating.console import Stop
from operating.releases import Release, declared_version
from tests.e2e.package.building import clone_repository

VERSION = declared_version()
COMMIT_DATE = "2026-11-30T12:00:00+00:00"
MACHINES = (
    {"umask": 0o022, "LC_ALL": "C", "TZ": "UTC", "PYTHONHASHSEED": "1"},
    {"umask": 0o077, "LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "2"},
)


def built_in(folder, machine):
    """Clone the repository into this folder, build a release with this umask and environment, and
    return the release's folder."""
    try:
        building._find_compiler()
    except Stop as reason:
        pytest.skip(f"{reason} (.ci/run installs it)")
    clone_repository(folder)
    dates = {"GIT_AUTHOR_DATE": COMMIT_DATE, "GIT_COMMITTER_DATE": COMMIT_DATE}
    author = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    commit = ["git", *author, "commit", "--quiet", "--message", "Release"]
    subprocess.run(commit, cwd=folder, env=os.environ | dates, check=True)
    variables = {name: value for name, value in machine.items() if name != "umask"}
    subprocess.run(
        [sys.executable, "-m", "release", VERSION],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": ".chalice", "REPOSITORY": "owner/daypass"} | variables,
        umask=machine["umask"],
        check=True,
    )
    return folder / "build" / f"release-{VERSION}"


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    return built_in(tmp_path_factory.mktemp("first"), MACHINES[0])


@pytest.fixture(params=package.ARCHITECTURES)
def for_processor(request, released):
    return Release(released, VERSION, request.param)


def test_two_clean_builds_in_two_folders_give_the_same_bytes(released, tmp_path):
    """With another umask, locale, time zone and order of Python's sets."""
    second = built_in(tmp_path / "another folder", MACHINES[1])
    names = sorted(path.name for path in released.iterdir())
    assert names == sorted(path.name for path in second.iterdir())
    for name in names:
        assert (released / name).read_bytes() == (second / name).read_bytes(), name


def test_the_sums_list_every_file(released):
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=released, check=True)
    listed = [line.split()[1] for line in (released / "SHA256SUMS").read_text().splitlines()]
    assert listed == sorted(path.name for path in released.iterdir() if path.name != "SHA256SUMS")
    assert len(listed) == 12


def test_a_release_can_be_deployed_for_each_processor(for_processor):
    assert for_processor.find_problem() is None
    functions = list_function_properties(json.loads(for_processor.app.read_text()))
    assert {function["CodeUri"] for function in functions} == {for_processor.code.name}
    processors = {name for function in functions for name in function["Architectures"]}
    assert processors == {for_processor.architecture}
    assert for_processor.read_foundation()["Parameters"].keys() == (
        package.foundation()["Parameters"].keys()
    )


def test_the_zip_is_compiled_and_holds_no_time_owner_or_umask(for_processor):
    with zipfile.ZipFile(for_processor.code) as archive:
        entries = archive.infolist()
    names = {entry.filename for entry in entries}
    assert "botocore/session.pyc" in names
    assert "chalicelib/__pycache__/bootstrap.cpython-313.pyc" in names
    assert {entry.date_time for entry in entries} == {package.OLDEST_ZIP_TIME}
    assert {entry.external_attr >> 16 for entry in entries} == {0o644}


def test_the_bill_of_materials_is_valid_and_lists_what_is_installed(for_processor):
    text = for_processor.app.with_suffix(".cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)
    components = {component["name"].lower(): component for component in bill["components"]}
    pinned = {
        line.partition("==")[0]
        for line in (package.ROOT / "requirements.txt").read_text().splitlines()
        if "==" in line
    }
    assert {name.replace("_", "-") for name in components} == pinned | {"chalice"}
    hashes = (package.ROOT / "requirements.txt").read_text()
    for name in components.keys() - {"chalice"}:
        (checksum,) = components[name]["hashes"]
        assert f"--hash=sha256:{checksum['content']}" in hashes
    assert bill["metadata"]["timestamp"] == COMMIT_DATE


def test_the_command_is_the_one_that_the_api_serves_and_its_wheel_works(released, tmp_path):
    assert (released / "daypass.pyz").read_bytes() == zipapp()
    (wheel,) = released.glob("*.whl")
    options = ["--quiet", "--no-deps", "--no-index", "--disable-pip-version-check"]
    target = tmp_path / "installed"
    install = [sys.executable, "-m", "pip", "install", *options, "--target", target, wheel]
    subprocess.run(install, check=True)
    run = [target / "bin" / "daypass", "--version"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(target), "HOME": str(tmp_path)}
    output = subprocess.run(run, env=environment, check=True, capture_output=True, text=True)
    assert VERSION in output.stdout
    assert (target / "share/man/man1/daypass.1").read_bytes() == (
        released / "daypass.1"
    ).read_bytes()
    deb = (released / f"daypass_{VERSION}_all.deb").read_bytes()
    assert (released / "daypass.pyz").read_bytes() in deb
    assert sha256(zipapp()).hexdigest() in (released / "daypass.rb").read_text()
