"""The functions that are deployed to the local AWS, and the Python that they run on."""

from __future__ import annotations

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
