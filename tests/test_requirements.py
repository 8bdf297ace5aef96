"""`make run` installs everything that runs locally, and no development tools."""

import re
import sys
from importlib.metadata import packages_distributions

from tests.running import ROOT, read_file

PARTS = ["chalicelib", "local", ".chalice"]
PROJECT_MODULES = {"app", "chalicelib", "daypass", "distribution", "local", "operating", "package"}
# Installed into .venv-aws, where the local AWS runs.
LOCAL_AWS_MODULES = {"hypercorn", "ministack", "samtranslator"}


def installed_by_make_run():
    lists = [ROOT / "requirements.txt", ROOT / "requirements-local.txt"]
    return {
        name
        for path in lists
        for name in re.findall(r"^([\w.-]+)==", read_file(path), re.MULTILINE)
    }


def imported(path):
    module = r"^\s*(?:from|import) (\w+)(?:[\w.]* import|[\w.]*(?: as \w+)?(?: *#.*)?$)"
    return set(re.findall(module, read_file(path), re.M))


def test_code_that_runs_imports_no_development_tool():
    sources = [ROOT / "app.py"]
    sources += [each for part in PARTS for each in (ROOT / part).rglob("*.py")]
    modules = set[str]().union(*(imported(path) for path in sources))
    third_party = modules - sys.stdlib_module_names - PROJECT_MODULES - LOCAL_AWS_MODULES
    distributions = packages_distributions()
    packages = {distributions[module][0].lower().replace("_", "-") for module in third_party}
    assert packages - installed_by_make_run() == set()
