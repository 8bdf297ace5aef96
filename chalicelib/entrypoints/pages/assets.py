"""The styles and scripts of the pages, and the one style that browsers load and keep: the web
console's, which its pages share. The other pages are read once, and hold theirs."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent
CONSOLE = "web/web"
"""The name of the console's own files, in addition to those of every page."""


@cache
def read_asset(extension: str, name: str = "") -> str:
    """Return the text of every page's file with this extension, then that of the page's own file.

    `name` is the name of the page's own file, or empty if it has none.
    """
    names = filter(None, ("page", name))
    return "".join((_FOLDER / f"{each}.{extension}").read_text(encoding="utf-8") for each in names)


@cache
def name_console_style() -> str:
    """Return the file name of the console's style. It has the style's hash, so that a browser may
    keep the file for ever."""
    return f"console-{hashlib.sha256(read_asset('css', CONSOLE).encode()).hexdigest()[:16]}.css"
