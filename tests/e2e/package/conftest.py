"""The deployment, made once for all that is looked at in it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.e2e.package.building import MACHINE, Build
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
    python = package.interpreter(package.RUNTIME) or sys.executable
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    runtime = here if python == sys.executable else package.RUNTIME
    folder: Path = tmp_path_factory.mktemp("build") / "made"
    package.main(folder, MACHINE, runtime)
    return Build(folder, python, runtime)
