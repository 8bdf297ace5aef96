"""The Python that the local AWS runs a function on, and the error if its version is wrong."""

import json

import package

from tests.local.scene import FIRM, deploy_function

PRINT_VERSION = "import sys\ndef run(event, context):\n    return '%d.%d' % sys.version_info[:2]"


def invoked(aws, runtime, files):
    """Return the payload of a function with these files, or its error."""
    name = deploy_function(aws, files, runtime)["FunctionName"]
    return json.load(aws.as_root(FIRM, "lambda").invoke(FunctionName=name)["Payload"])


def test_a_function_runs_on_the_version_that_it_declares_if_it_is_installed(aws):
    ran_on = invoked(aws, f"python{package.RUNTIME}", {"it.py": PRINT_VERSION})
    if package.find_interpreter(package.RUNTIME):
        assert ran_on == package.RUNTIME


def test_sources_run_on_another_version_if_theirs_is_not_installed(aws):
    assert invoked(aws, "python3.6", {"it.py": PRINT_VERSION}).startswith("3.")


def test_code_that_was_compiled_for_another_version_fails_with_an_explanation(aws):
    failed = invoked(aws, "python3.6", {"it.pyc": b"\x33\x0d\x0d\x0a" + bytes(12)})
    assert failed["errorType"] == "Runtime.ImportModuleError"
    assert "A zip runs only on the Python that it was packaged for" in failed["errorMessage"]
    assert "Install python3.6, or run `make rehearse`" in failed["errorMessage"]
