"""Choose the Python that deployed functions run on, and unpack their zips only once."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime

_PYTHON = re.compile(r"python(3)\.(\d+)")
# ministack returns this name to the caller as the error's type, as AWS Lambda does.
_ImportModuleError = type("Runtime.ImportModuleError", (RuntimeError,), {})


def run_functions_on(python: str | None) -> None:
    """Run every function on this Python; by default, each on the version that it declares.

    ministack ignores the declared version and uses its own Python, but a zip is compiled for one
    version. If the declared version is not installed, this uses ministack's Python too, because a
    zip of sources may run on it. If such a function does not start, the error explains it.
    """
    detect = lambda_runtime._detect_runtime_binary
    spawn = lambda_runtime.Worker._spawn

    def detect_with_python(runtime: str) -> tuple[str, str]:
        binary, script = detect(runtime)
        if not runtime.startswith("python"):
            return binary, script
        return python or _find_python(runtime) or binary, script

    def spawn_or_explain(worker: Any) -> None:
        try:
            spawn(worker)
        except RuntimeError as error:
            runtime = worker.config.get("Runtime", "")
            used = Path(python or "").name or "Python {}.{}".format(*sys.version_info)
            if not runtime.startswith("python") or used == runtime or _find_python(runtime):
                raise
            raise _ImportModuleError(
                f"{error}. The local AWS ran the function on {used}. A zip runs only on the Python"
                f" that it was packaged for, by default {runtime}. Install {runtime}, or run"
                " `make rehearse`, which packages for a Python on this machine."
            ) from error

    lambda_runtime._detect_runtime_binary = detect_with_python
    lambda_runtime.Worker._spawn = spawn_or_explain


@cache
def _find_python(runtime: str) -> str | None:
    """Return the path of the Python for a runtime such as `python3.13`, or None."""
    match = _PYTHON.fullmatch(runtime)
    if match is None:
        return None
    version = (int(match[1]), int(match[2]))
    if sys.version_info[:2] == version:
        return sys.executable
    script = f"import sys; print(sys.executable if sys.version_info[:2] == {version} else '')"
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        command = shutil.which(runtime, path=folder or os.curdir)
        if command is None:
            continue
        # Run it: pyenv, for example, has a command of this name that only prints an error.
        with suppress(OSError, subprocess.SubprocessError):
            process = subprocess.run(
                [command, "-c", script], check=True, capture_output=True, text=True, timeout=10
            )
            if process.stdout.strip():
                return process.stdout.strip()
    return None


def unpack_zips_once() -> None:
    """Unpack each zip once, and let all containers with it share the files.

    Unpacking is half of a container's start here. Sharing is safe: in AWS Lambda too, a function
    cannot change its own files.
    """
    lambda_runtime.zipfile = SimpleNamespace(**vars(zipfile) | {"ZipFile": _UnpackedOnce})


class _UnpackedOnce(zipfile.ZipFile):
    """A zip file that is unpacked into one shared folder. Other folders get a link to it."""

    _folders: tempfile.TemporaryDirectory[str] | None = None
    _one_at_a_time = threading.Lock()

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        target = Path(path)
        if members or pwd or not self.filename or any(target.iterdir()):
            super().extractall(path, members, pwd)
            return
        with self._one_at_a_time:
            if _UnpackedOnce._folders is None:
                _UnpackedOnce._folders = tempfile.TemporaryDirectory()
            digest = hashlib.sha256(Path(self.filename).read_bytes()).hexdigest()
            unpacked = Path(_UnpackedOnce._folders.name) / digest
            if not unpacked.exists():
                super().extractall(unpacked.with_suffix(".partly"))
                unpacked.with_suffix(".partly").rename(unpacked)
        target.rmdir()
        target.symlink_to(unpacked)
