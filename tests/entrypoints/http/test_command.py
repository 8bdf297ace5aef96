"""The API serves the `daypass` command as one file, which runs, and its checksum."""

from __future__ import annotations

import base64
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from chalicelib.entrypoints.http.about import VERSION
from chalicelib.entrypoints.http.command import SOURCES, zipapp
from tests.entrypoints.driver import Api
from tests.rows import every
from tests.running import ROOT


def test_the_file_runs_without_any_package(api: Api, tmp_path: Path) -> None:
    answer = api.get("/cli")
    file = tmp_path / "cli"
    file.write_bytes(base64.b64decode(answer.text))
    file.chmod(0o755)
    output = subprocess.check_output(
        [sys.executable, "-I", file, "--help"], text=True, env={"HOME": str(tmp_path)}
    )
    assert output.startswith("usage: daypass COMMAND")


def test_its_checksum_is_as_sha256sum_reads_it(api: Api, tmp_path: Path) -> None:
    (tmp_path / "cli").write_bytes(base64.b64decode(api.get("/cli").text))
    checked = subprocess.run(
        ["sha256sum", "-c"],
        cwd=tmp_path,
        input=api.get("/cli.sha256").text,
        text=True,
        capture_output=True,
        check=True,
    )
    assert checked.stdout == "cli: OK\n"


def test_the_same_sources_give_the_same_bytes() -> None:
    first = sha256(zipapp()).hexdigest()
    zipapp.cache_clear()
    assert sha256(zipapp()).hexdigest() == first


@every("accept", [None, "*/*", "text/html"])
def test_a_request_that_does_not_name_the_type_is_told_how(api: Api, accept: str | None) -> None:
    headers = {} if accept is None else {"Accept": accept}
    answer = api.send("GET", "/cli", headers={"Accept": "", **headers})
    assert (answer.status, answer.reason) == (400, "bad-value")
    assert "Send the header Accept: application/zip" in answer.json["detail"]


def test_one_version_names_the_api_and_the_command() -> None:
    for path in (SOURCES / "__init__.py", ROOT / "pyproject.toml"):
        assert f'version__ = "{VERSION}"' in path.read_text() or (
            f'version = "{VERSION}"' in path.read_text()
        )
