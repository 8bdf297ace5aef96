"""The two templates, as they lie here. Of the app's, it is what chalice does not write."""

from __future__ import annotations

from typing import Any

import package


def foundation() -> dict[str, Any]:
    return package.read(package.ROOT / ".chalice" / "foundation.yaml")


def app() -> dict[str, Any]:
    return package.merged(package.TEMPLATES)
