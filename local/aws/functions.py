"""The functions that are deployed to the local AWS, and the Python that they run on."""

from __future__ import annotations

import hashlib
import tempfile
import threading
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ministack.core import lambda_runtime


def run_on(python: str) -> None:
    """Run every function on this Python: a zip is made for one version, which need not be ours.

    The runtime that a function declares is a name only: ministack itself runs all of them on the
    Python that it runs on.
    """
    detect = lambda_runtime._detect_runtime_binary

    def detect_with_python(runtime: str) -> tuple[str, str]:
        binary, script = detect(runtime)
        return (python if runtime.startswith("python") else binary), script

    lambda_runtime._detect_runtime_binary = detect_with_python


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
