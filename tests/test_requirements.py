"""`make run` installs everything that runs locally, and no development tools."""

from __future__ import annotations

import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parent.parent
PARTS = ["chalicelib", "local", ".chalice"]
PROJECT_MODULES = {"app", "chalicelib", "local", "operating", "package"}
# Installed into .venv-aws, where the local AWS runs.
LOCAL_AWS_MODULES = {"hypercorn", "ministack", "samtranslator"}


def installed_by_make_run() -> set[str]:
    lists = [ROOT / "requirements.txt", ROOT / "requirements-local.txt"]
    return {
        name
        for path in lists
        for name in re.findall(r"^([\w.-]+)==", path.read_text(encoding="utf-8"), re.MULTILINE)
    }


def imported(path: Path) -> set[str]:
    text = path.read_text(encoding="utf-8")
    return set(
        re.findall(
            r"^\s*(?:from|import) (\w+)(?:[\w.]* import|[\w.]*(?: as \w+)?(?: *#.*)?$)", text, re.M
        )
    )


def test_code_that_runs_imports_no_development_tool() -> None:
    sources = [ROOT / "app.py"]
    sources += [each for part in PARTS for each in (ROOT / part).rglob("*.py")]
    modules = set[str]().union(*(imported(path) for path in sources))
    third_party = modules - sys.stdlib_module_names - PROJECT_MODULES - LOCAL_AWS_MODULES
    distributions = packages_distributions()
    packages = {distributions[module][0].lower().replace("_", "-") for module in third_party}
    assert packages - installed_by_make_run() == set()
