"""Read a release: the files that `make release` built, checked against their SHA256SUMS."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import package

SUMS = "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class Release:
    """A folder with a release's files, and the processor to deploy it for."""

    folder: Path
    version: str
    architecture: str

    @property
    def foundation(self) -> Path:
        return self.folder / f"daypass-{self.version}-foundation.json"

    @property
    def app(self) -> Path:
        """Return the path of the app's template, which names the zip beside it."""
        return self.folder / f"daypass-{self.version}-{self.architecture}.json"

    @property
    def code(self) -> Path:
        return self.app.with_name(f"{self.app.stem}.zip")

    def read_foundation(self) -> dict[str, Any]:
        template: dict[str, Any] = json.loads(self.foundation.read_text(encoding="ascii"))
        return template

    def find_problem(self) -> str | None:
        """Return what keeps the release from being deployed, or None."""
        try:
            sums = (self.folder / SUMS).read_text(encoding="ascii").splitlines()
        except OSError:
            return f"has no {SUMS}. Download the release again"
        for path in (self.foundation, self.app, self.code):
            if not path.is_file():
                return (
                    f"has no {path.name}, and this folder deploys version {self.version}. Check out"
                    " the tag of the release, or download the release of this version"
                )
            if _sum_line(path) not in sums:
                return f"has a {path.name} that does not match {SUMS}. Download the release again"
        return None


def write_sums(folder: Path) -> None:
    """Write the checksums of the folder's files, as `sha256sum --check` reads them."""
    lines = [_sum_line(path) for path in sorted(folder.iterdir()) if path.name != SUMS]
    (folder / SUMS).write_text("".join(f"{line}\n" for line in lines), encoding="ascii")


def _sum_line(path: Path) -> str:
    return f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}"


def declared_version() -> str:
    """Return the version that this folder declares."""
    project = tomllib.loads((package.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


def read_release() -> Release | None:
    """Return the release in the folder RELEASE, or None if RELEASE is not set."""
    folder = os.environ.get("RELEASE")
    if not folder:
        return None
    return Release(Path(folder), declared_version(), os.environ.get("ARCH", "arm64"))


def find_release_problems() -> Iterator[str]:
    """Yield a sentence for a RELEASE that cannot be deployed."""
    release = read_release()
    if release and os.environ.get("PACKAGED"):
        yield "RELEASE and PACKAGED cannot both be set. Set one of them."
    elif release and (problem := release.find_problem()):
        yield f"RELEASE cannot be {release.folder}: it {problem}."
