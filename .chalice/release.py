"""`make release`: build the files of a release in build/release-VERSION/.

The same commit gives the same bytes in any folder and on any machine that has Python 3.13.5, which
compiles the modules, and the original zlib, which compresses them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version as version_of
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import package
from distribution import COMPLETIONS, build_deb, build_formula
from package import ROOT

from chalicelib.entrypoints.http.files import zipapp
from operating.artefacts import list_function_properties
from operating.change_sets import encode_template
from operating.console import Stop, exit_status, say
from operating.releases import Release, declared_version, write_sums

COMPILER = "3.13.5"
"""The Python that compiles the modules: Debian 13's. Other versions of 3.13 write other bytes."""
_MAX_LICENCE_LENGTH = 60  # some packages give the whole text instead of the licence's name


def main() -> None:
    """Build the release of this commit. Raise Stop if it cannot be built again from the commit."""
    version = sys.argv[1] if len(sys.argv) > 1 else ""
    python = _find_compiler()
    for problem in (find_version_problem(version), _find_tree_problem()):
        if problem:
            raise Stop(f"{problem} Nothing was built.")
    folder = ROOT / "build" / f"release-{version}"
    try:
        build(folder, version, python, os.environ.get("REPOSITORY", ""))
    except subprocess.CalledProcessError:
        raise Stop("The release could not be built. The reason is above.") from None
    say(f"The release {version} is in {folder}")


def find_version_problem(version: str) -> str | None:
    """Return a sentence if this is not the version that the folder declares."""
    declared = declared_version()
    if version == declared:
        return None
    return (
        f"VERSION cannot be {version!r}: pyproject.toml declares {declared}. Name this version, or"
        " change it there and commit."
    )


def _find_tree_problem() -> str | None:
    """Return a sentence if git does not track the folder's content as it is."""
    changed = _read_git("status", "--porcelain")
    if not changed:
        return None
    return f"The folder differs from the last commit:\n{changed}\nCommit or remove these files."


def _find_compiler() -> str:
    """Return the path of the Python that compiles a release. Raise Stop without it."""
    if "ng" in zlib.ZLIB_RUNTIME_VERSION:
        raise Stop(
            "This Python compresses with zlib-ng, which writes different bytes than zlib does."
        )
    script = "import platform; print(platform.python_version())"
    for name in (sys.executable, "python3.13", "/usr/bin/python3.13"):
        path = shutil.which(name)
        if path and _output_of(path, "-c", script, check=False) == COMPILER:
            return path
    raise Stop(f"A release needs Python {COMPILER}, for example Debian 13's. None was found.")


def build(folder: Path, version: str, python: str, repository: str) -> None:
    """Build all files of the release in this folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = datetime.fromtimestamp(int(_read_git("log", "-1", "--format=%ct")), UTC)
    with TemporaryDirectory() as work:
        for architecture in package.ARCHITECTURES:
            packaged = Path(work) / architecture
            package.main(packaged, architecture, python=python)
            release = Release(folder, version, architecture)
            add_package(release, packaged)
            bill = describe_packages(release, packaged / "packages.json", made)
            path = release.app.with_suffix(".cdx.json")
            path.write_text(f"{json.dumps(bill, indent=1)}\n", encoding="ascii")
        _build_wheel(folder, Path(work))
    _build_command(folder, version, int(made.timestamp()), repository)
    write_sums(folder)


def _build_command(folder: Path, version: str, made: int, repository: str) -> None:
    """Write the command as one file, its manual page, its Debian package and, given the repository
    on GitHub that has the release, its Homebrew formula."""
    command, manual = zipapp(), (ROOT / "cli" / "daypass.1").read_bytes()
    path = folder / "daypass.pyz"
    path.write_bytes(command)
    (folder / "daypass.1").write_bytes(manual)
    scripts = {
        shell: f"{_output_of(sys.executable, str(path), 'completion', shell)}\n".encode()
        for shell in COMPLETIONS
    }
    deb = build_deb(version, made, command, manual, scripts)
    (folder / f"daypass_{version}_all.deb").write_bytes(deb)
    if repository:
        formula = build_formula(repository, version, command, manual)
        (folder / "daypass.rb").write_text(formula, encoding="ascii")


def add_package(release: Release, packaged: Path) -> None:
    """Add the output of `make package` to the release, with the templates of both stacks."""
    shutil.copyfile(packaged / "deployment.zip", release.code)
    template = package.read_template(packaged / "sam.yaml")
    for function in list_function_properties(template):
        function["CodeUri"] = release.code.name
    release.app.write_text(encode_template(template), encoding="ascii")
    release.foundation.write_text(encode_template(package.foundation()), encoding="ascii")


def describe_packages(release: Release, report: Path, made: datetime) -> dict[str, Any]:
    """Return the zip's bill of materials in CycloneDX 1.6: Chalice's runtime, and the wheels in
    pip's report with their checksums."""
    installed = json.loads(report.read_text(encoding="utf-8"))["install"]
    wheels = [
        {
            **_component(item["metadata"]["name"], item["metadata"]["version"]),
            "hashes": [_hash(item["download_info"]["archive_info"]["hashes"]["sha256"])],
            **_licence(item["metadata"]),
        }
        for item in installed
    ]
    chalice = _component("chalice", version_of("chalice"))
    daypass = {"type": "application", "name": "daypass", "version": release.version}
    code_hash = _hash(sha256(release.code.read_bytes()).hexdigest())
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": made.isoformat(),
            "component": {**daypass, "bom-ref": "daypass", "hashes": [code_hash]},
        },
        "components": sorted([chalice, *wheels], key=lambda component: str(component["purl"])),
    }


def _component(name: str, version: str) -> dict[str, Any]:
    purl = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _hash(digest: str) -> dict[str, str]:
    return {"alg": "SHA-256", "content": digest}


def _licence(metadata: dict[str, Any]) -> dict[str, Any]:
    """Return the licence that the package's metadata name, if they do."""
    if expression := metadata.get("license_expression"):
        return {"licenses": [{"expression": expression}]}
    name = metadata.get("license", "")
    return (
        {"licenses": [{"license": {"name": name}}]} if 0 < len(name) < _MAX_LICENCE_LENGTH else {}
    )


def _build_wheel(folder: Path, work: Path) -> None:
    """Build the wheel of the `daypass` command, and zip it again reproducibly."""
    source, made, tree = work / "cli", work / "wheels", work / "wheel"
    for name in _read_git("ls-files", "cli").splitlines():
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, work / name)
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"]
    wheel = [sys.executable, "-m", "pip", "wheel", *options, f"--wheel-dir={made}", str(source)]
    subprocess.run(wheel, check=True)
    (built,) = made.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(tree)
    package.pack(tree, folder / built.name)


def _read_git(*arguments: str) -> str:
    return _output_of("git", "-C", str(ROOT), *arguments)


def _output_of(*command: str, check: bool = True) -> str:
    process = subprocess.run(command, check=check, stdout=subprocess.PIPE, encoding="utf-8")
    return process.stdout.strip()


if __name__ == "__main__":
    sys.exit(exit_status(main))
