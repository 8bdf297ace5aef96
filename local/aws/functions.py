"""The functions that are deployed to the local AWS, and the Python that they run on."""

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
# By its name, ministack tells the caller what failed, as AWS Lambda does.
_ImportModuleError = type("Runtime.ImportModuleError", (RuntimeError,), {})


def run_on(python: str | None) -> None:
    """Run every function on this Python; by default, each on a Python of the version it declares.

    A zip is compiled for one version. ministack itself runs every function on the Python that it
    runs on, whatever the function's runtime is called. So does this where a version is missing,
    since a zip of sources works with any; if the function does not start then, the error says why.
    """
    detect = lambda_runtime._detect_runtime_binary
    spawn = lambda_runtime.Worker._spawn

    def detect_with_python(runtime: str) -> tuple[str, str]:
        binary, script = detect(runtime)
        if not runtime.startswith("python"):
            return binary, script
        return python or _installed(runtime) or binary, script

    def spawn_or_say_why(worker: Any) -> None:
        try:
            spawn(worker)
        except RuntimeError as error:
            runtime = worker.config.get("Runtime", "")
            used = Path(python or "").name or "Python {}.{}".format(*sys.version_info)
            if not runtime.startswith("python") or used == runtime or _installed(runtime):
                raise
            raise _ImportModuleError(
                f"{error}. The local AWS ran the function on {used}, but a zip works only with the"
                f" version that it was packaged for, which is {runtime} unless you said otherwise."
                f" Install {runtime}, or use `make rehearse`, which packages for a Python that this"
                " machine has."
            ) from error

    lambda_runtime._detect_runtime_binary = detect_with_python
    lambda_runtime.Worker._spawn = spawn_or_say_why


@cache
def _installed(runtime: str) -> str | None:
    """Return the Python that a runtime such as `python3.13` names, or None if none is installed."""
    named = _PYTHON.fullmatch(runtime)
    if named is None:
        return None
    wanted = (int(named[1]), int(named[2]))
    if sys.version_info[:2] == wanted:
        return sys.executable
    tell = f"import sys; print(sys.executable if sys.version_info[:2] == {wanted} else '')"
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        found = shutil.which(runtime, path=folder or os.curdir)
        if found is None:
            continue
        # Not every command of that name is one: pyenv's only says that there is none, for example.
        with suppress(OSError, subprocess.SubprocessError):
            done = subprocess.run(
                [found, "-c", tell], check=True, capture_output=True, text=True, timeout=10
            )
            if done.stdout.strip():
                return done.stdout.strip()
    return None


def unpack_once() -> None:
    """Unpack a zip for the first container that starts with it: the others read the same files.

    To unpack it is half of a container's start here. In AWS Lambda a function cannot change its
    own files either.
    """
    lambda_runtime.zipfile = SimpleNamespace(**vars(zipfile) | {"ZipFile": _UnpackedOnce})


class _UnpackedOnce(zipfile.ZipFile):
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
