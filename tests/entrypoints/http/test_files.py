"""The API serves the `daypass` command as one file, which runs, and its checksum."""

import base64
import subprocess
import sys
from hashlib import sha256

from chalicelib.entrypoints.http.about import SOURCES, VERSION, zipapp
from chalicelib.entrypoints.pages.assets import CONSOLE, name_console_style, read_asset
from tests.rows import every
from tests.running import ROOT


def test_the_file_runs_without_any_package(api, tmp_path):
    answer = api.get("/cli")
    file = tmp_path / "cli"
    file.write_bytes(base64.b64decode(answer.text))
    file.chmod(0o755)
    output = subprocess.check_output(
        [sys.executable, "-I", file, "--help"], text=True, env={"HOME": str(tmp_path)}
    )
    assert output.startswith("usage: daypass COMMAND")


def test_its_checksum_is_as_sha256sum_reads_it(api, tmp_path):
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


def test_the_same_sources_give_the_same_bytes():
    first = sha256(zipapp()).hexdigest()
    zipapp.cache_clear()
    assert sha256(zipapp()).hexdigest() == first


@every("accept", [None, "*/*", "text/html"])
def test_a_request_that_does_not_name_the_type_is_told_how(api, accept):
    headers = {} if accept is None else {"Accept": accept}
    answer = api.send("GET", "/cli", headers={"Accept": "", **headers})
    assert (answer.status, answer.reason) == (400, "bad-value")
    assert "Send the header Accept: application/zip" in answer.json["detail"]


def test_one_version_names_the_api_and_the_command():
    for path in (SOURCES / "__init__.py", ROOT / "pyproject.toml"):
        assert f'version__ = "{VERSION}"' in path.read_text() or (
            f'version = "{VERSION}"' in path.read_text()
        )


def test_the_consoles_style_is_kept_by_its_hash_and_an_older_page_gets_the_present_one(api):
    answer = api.get(f"/assets/{name_console_style()}")
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.text == read_asset("css", CONSOLE)
    older = api.get(f"/assets/console-{'0' * 16}.css")
    assert (older.text, older.headers["Cache-Control"]) == (answer.text, "no-store")
    assert api.get("/assets/page.css").status == 400


def test_the_apis_address_leads_to_the_console(api):
    answer = api.get("/")
    assert answer.status == 303
    assert answer.headers["Location"].endswith("/api/web")
