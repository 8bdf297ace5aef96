"""The deployment, built once for all tests."""

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
    """Build for Lambda's Python if this machine has it, or else for the Python that runs the
    tests."""
    folder: Path = tmp_path_factory.mktemp("build") / "package"
    python, runtime = package.build_for_this_machine(folder)
    return Build(folder, python, runtime)
