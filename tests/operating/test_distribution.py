"""The Debian package installs and runs, and the Homebrew formula is valid Ruby."""

import gzip
import os
import re
import shutil
import subprocess
from hashlib import sha256

import distribution
import pytest

from chalicelib.entrypoints.http.files import zipapp
from daypass.commands.completion import SCRIPTS
from tests.running import ROOT, read_file

MADE = 1_790_000_000
MANUAL = read_file("cli/daypass.1").encode()
SHELLS = {shell: SCRIPTS[shell].encode() for shell in distribution.COMPLETIONS}


def build():
    return distribution.build_deb("0.1.0", MADE, zipapp(), MANUAL, SHELLS)


def tool(name):
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed (.ci/run installs it)")
    return path


@pytest.fixture
def deb(tmp_path):
    path = tmp_path / "daypass_0.1.0_all.deb"
    path.write_bytes(build())
    return path


def output_of(*command, **options):
    options = {"check": True, "capture_output": True, "text": True, **options}
    return subprocess.run(command, **options).stdout


def test_two_builds_are_equal():
    assert build() == build()


def test_dpkg_reads_the_package_and_each_file_is_roots(deb):
    fields = output_of(tool("dpkg-deb"), "--field", deb)
    assert "Package: daypass\nVersion: 0.1.0\nArchitecture: all\n" in fields
    assert "Depends: python3 (>= 3.9)\n" in fields
    lines = output_of(tool("dpkg-deb"), "--contents", deb).splitlines()
    entries = {line.split()[-1]: line.split()[:2] for line in lines}
    assert entries.pop("./usr/bin/daypass") == ["-rwxr-xr-x", "root/root"]
    assert set(map(tuple, entries.values())) == {
        ("drwxr-xr-x", "root/root"), ("-rw-r--r--", "root/root")
    }  # fmt: skip
    assert {name[2:] for name in entries if not name.endswith("/")} == {
        *distribution.COMPLETIONS.values(),
        "usr/share/doc/daypass/copyright",
        "usr/share/man/man1/daypass.1",
    }


def test_dpkg_installs_it_and_it_runs(deb, tmp_path):
    if os.geteuid():
        pytest.skip("Only root can install a package (.ci/run is root).")
    root = tmp_path / "root"
    (root / "var/lib/dpkg/info").mkdir(parents=True)
    (root / "var/lib/dpkg/status").write_text(
        "Package: python3\nStatus: install ok installed\nVersion: 3.9.2\nArchitecture: all\n"
        "Maintainer: x\nDescription: x\n"
    )
    dpkg = (tool("dpkg"), f"--root={root}", "--force-script-chrootless", "--log=/dev/null")
    output_of(*dpkg, "--install", deb)
    assert "ok installed" in output_of(*dpkg, "--status", "daypass")
    assert output_of(*dpkg, "--verify", "daypass") == ""
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    program = root / "usr/bin/daypass"
    shown = output_of(program, "--version", env=environment)
    assert re.match(r"daypass \d+\.\d+\.\d+ ", shown)
    assert program.read_bytes() == zipapp()
    output_of(*dpkg, "--purge", "daypass")
    assert not program.exists()


def test_man_shows_the_installed_page(deb, tmp_path):
    output_of(tool("dpkg-deb"), "--extract", deb, tmp_path)
    page = tmp_path / "usr/share/man/man1/daypass.1"
    (tmp_path / "daypass.1.gz").write_bytes(gzip.compress(page.read_bytes()))
    assert "temporary credentials" in output_of(tool("mandoc"), tmp_path / "daypass.1.gz")


def test_the_formula_is_ruby_and_names_the_release_and_its_checksums(tmp_path):
    text = distribution.build_formula("owner/daypass", "0.1.0", zipapp(), MANUAL)
    path = tmp_path / "daypass.rb"
    path.write_text(text, encoding="ascii")
    assert output_of(tool("ruby"), "-c", path) == "Syntax OK\n"
    base = "https://github.com/owner/daypass/releases/download/v0.1.0"
    assert re.findall(r'url "(.*)"\n.*?sha256 "(.*)"', text.replace('  version "0.1.0"\n', "")) == [
        (f"{base}/daypass.pyz", sha256(zipapp()).hexdigest()),
        (f"{base}/daypass.1", sha256(MANUAL).hexdigest()),
    ]


def test_the_release_workflow_names_its_repository():
    assert "REPOSITORY=" in read_file(ROOT / ".github/workflows/release.yml")
