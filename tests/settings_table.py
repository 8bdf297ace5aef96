"""The table of settings in docs/reference/settings.md. `make settings-table` writes it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import package

from local.documents.tables import with_rows
from operating.parameters import list_settings

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "settings.md"
_HEAD = "| setting | default | means | takes |\n| --- | --- | --- | --- |\n"


def written(page: str) -> str:
    """Return the page with the table of the templates' parameters."""
    rows = (_row(name, declared) for name, declared in sorted(parameters().items()))
    return with_rows(page, _HEAD, rows)


def parameters() -> dict[str, dict[str, Any]]:
    """Return what the templates declare about each setting. The app's text wins over the other."""
    both = package.foundation()["Parameters"] | package.app()["Parameters"]
    settings = list_settings({"Parameters": both})
    return {name: both[parameter] for name, parameter in settings.items()}


def _row(name: str, declared: dict[str, Any]) -> str:
    default = declared.get("Default", "")
    shown = f"`{default}`" if default != "" else "empty"
    # What only someone who deploys a template by hand has to know.
    by_hand = r" May be empty\.| Give the (foundation|app's) stack the same\."
    means = re.sub(by_hand, "", declared["Description"].strip())
    means = re.sub(r"(\[\{.+\}\])", r"`\1`", means)
    means = re.sub(r"docs/([\w-]+\.md)", r"[docs/\1](../\1)", means)
    return f"| `{name}` | {shown} | {means} | {declared['ConstraintDescription']} |\n"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
