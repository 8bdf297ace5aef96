"""The deployment, built for this machine."""

from __future__ import annotations

import platform
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import package

from tests.running import ROOT


@dataclass(frozen=True, slots=True)
class Build:
    """A deployment for this machine's processor, and a Python of its runtime's version if there is
    one."""

    folder: Path
    python: str
    runtime: str

    @property
    def function(self) -> Path:
        return self.folder / "function"

    def names(self) -> list[str]:
        with zipfile.ZipFile(self.folder / "deployment.zip") as archive:
            return archive.namelist()

    def template(self) -> dict[str, Any]:
        return package.read_template(self.folder / "sam.yaml")

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """Map the names of all resources of this type to their properties."""
        return {
            name: resource["Properties"]
            for name, resource in self.template()["Resources"].items()
            if resource["Type"] == kind
        }

    def run(self, program: str, **environment: str) -> str:
        """Run a program that sees only the standard library and the package; return its output."""
        isolated = f"import sys; sys.path.insert(0, {str(self.function)!r}); {program}"
        process = subprocess.run(
            [self.python, "-I", "-S", "-c", isolated],
            env={"PATH": "/usr/bin:/bin", **environment},
            capture_output=True,
            text=True,
        )
        assert process.returncode == 0, process.stderr
        return process.stdout.strip()


def clone_repository(folder: Path) -> Path:
    """Fill the folder with a fresh clone of the repository's current, even uncommitted, content."""
    list_files = ["git", "ls-files", "-z"]
    files = subprocess.run(list_files, cwd=ROOT, check=True, capture_output=True, text=True)
    for name in files.stdout.split("\0")[:-1]:
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


FUNCTION = "AWS::Serverless::Function"
MACHINE = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


ENVIRONMENT = {
    "AWS_LAMBDA_FUNCTION_NAME": "daypass",
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
    "DAYPASS_STATE_TABLE": "daypass-state",
    "DAYPASS_TRAIL_TABLE": "daypass-trail",
    "DAYPASS_ACCOUNT_ID": "123456789012",
    "DAYPASS_PARTITION": "aws",
    "DAYPASS_FIRM_NAME": "Example Consulting",
    "DAYPASS_FIRM_CONTACT": "aws-access@example.com",
    "DAYPASS_OTHER_ACCOUNTS": "222233334444,333344445555",
    "DAYPASS_ORGANIZATION_ID": "o-example123",
    "DAYPASS_IDENTITY_PROVIDERS": (
        '[{"issuer": "https://login.example.com", "audience": "daypass"}]'
    ),
    "DAYPASS_TEMPLATE_BUCKET": "daypass-templates-123456789012-eu-central-1",
}
