"""The two templates, as they lie here. Of the app's, it is what chalice does not write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import package
import yaml


def foundation() -> dict[str, Any]:
    return read(package.ROOT / ".chalice" / "foundation.yaml")


def app() -> dict[str, Any]:
    return package.merged(package.TEMPLATES)


def read(path: Path) -> dict[str, Any]:
    # libyaml's, where PyYAML has it, takes a tenth of the time; it is as safe.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    template: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), loader)  # noqa: S506
    return template
