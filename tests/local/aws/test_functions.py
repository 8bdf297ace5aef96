"""Which Python the local AWS runs a function on, and what it says where that is the wrong one."""

from __future__ import annotations

import io
import json
import secrets
import zipfile
from typing import Any

import package

from local.endpoint import Endpoint
from tests.local.scene import FIRM, function

TELL = "import sys\ndef run(event, context):\n    return '%d.%d' % sys.version_info[:2]"


def invoked(aws: Endpoint, runtime: str, files: dict[str, bytes]) -> Any:
    """What a function of these files gives, or how it failed."""
    role_arn, _ = function(aws)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    name = {"FunctionName": f"versioned-{secrets.token_hex(4)}"}
    aws_lambda = aws.as_root(FIRM, "lambda")
    aws_lambda.create_function(
        **name,
        Role=role_arn,
        Runtime=runtime,
        Handler="it.run",
        Code={"ZipFile": packed.getvalue()},
    )
    return json.load(aws_lambda.invoke(**name)["Payload"])


def test_a_function_runs_on_the_version_that_it_declares_where_it_is_installed(
    aws: Endpoint,
) -> None:
    ran_on = invoked(aws, f"python{package.RUNTIME}", {"it.py": TELL.encode()})
    if package.interpreter(package.RUNTIME):
        assert ran_on == package.RUNTIME


def test_where_it_is_not_sources_run_all_the_same(aws: Endpoint) -> None:
    assert invoked(aws, "python3.6", {"it.py": TELL.encode()}).startswith("3.")


def test_what_was_compiled_for_another_version_is_refused_in_words(aws: Endpoint) -> None:
    failed = invoked(aws, "python3.6", {"it.pyc": b"\x33\x0d\x0d\x0a" + bytes(12)})
    assert failed["errorType"] == "Runtime.ImportModuleError"
    assert "a zip runs only on the version that it was packaged for" in failed["errorMessage"]
    assert "Install python3.6, or run `make rehearse`" in failed["errorMessage"]
