"""Links that lead nowhere: what is asked for, and what has become of the link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.domain.onboarding.links import SetupLink
from tests.builders import LINK_TEXT, a_link
from tests.entrypoints.onboarding.reading import (
    change,
)
from tests.fakes import NOON, World

OTHER = LINK_TEXT[:-1] + "x"


# Who is not to see the page: what they ask for, and what has become of the link.
DEAD: dict[str, tuple[str, Callable[[World], Any]]] = {
    "guessed": (OTHER, lambda _: None),
    "a letter too few": (LINK_TEXT[:-1], lambda _: None),
    "a letter too many": (LINK_TEXT + "a", lambda _: None),
    "in upper case": (LINK_TEXT.upper(), lambda _: None),
    "of other letters": ("ä" * 52, lambda _: None),
    "a line break at its end": (LINK_TEXT + "\n", lambda _: None),
    "a word": ("x", lambda _: None),
    "markup": ("<script>alert(1)<", lambda _: None),
    "its hash": (a_link().hash, lambda _: None),
    "its id": (a_link().id, lambda _: None),
    "expired": (LINK_TEXT, lambda world: change(world, SetupLink, expires_at=NOON)),
    "revoked": (LINK_TEXT, lambda world: change(world, SetupLink, revoked_at=NOON)),
}
