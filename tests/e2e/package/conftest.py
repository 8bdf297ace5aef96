"""The deployment, made once for all that is looked at in it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tests.e2e.package.building import Build
from tests.running import ROOT


@pytest.fixture(scope="session")
def package() -> ModuleType:
    spec = importlib.util.spec_from_file_location("package", ROOT / ".chalice" / "package.py")
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(package)
    return package


@pytest.fixture(scope="session")
def build(package: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """For the Python that Lambda runs; where there is none, for the one that runs this."""
    folder: Path = tmp_path_factory.mktemp("build") / "made"
    python, runtime = package.for_this_machine(folder)
    return Build(folder, python, runtime)
