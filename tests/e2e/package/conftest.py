"""The deployment, built once for all tests."""

from __future__ import annotations

from pathlib import Path

import package
import pytest

from tests.e2e.package.building import Build


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Build for Lambda's Python if this machine has it, or else for the Python that runs the
    tests."""
    folder: Path = tmp_path_factory.mktemp("build") / "package"
    python, runtime = package.build_for_this_machine(folder)
    return Build(folder, python, runtime)
