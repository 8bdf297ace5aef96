"""A scene in which everybody but Nina has bound their Slack user."""

from __future__ import annotations

import pytest

from tests.builders import Scene, a_scene, bound


@pytest.fixture
def scene() -> Scene:
    made = a_scene()
    for member in ("alice", "bob", "lena", "ada", "sam"):
        made.world.add(*bound(member))
    return made
