"""A scene in which everybody but Nina has bound their Slack user, and Luis leads as well."""

from __future__ import annotations

import pytest

from chalicelib.domain.people.members import Kind
from tests.builders import Scene, a_member, a_scene, bound
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.transcript import Transcript


@pytest.fixture
def scene() -> Scene:
    made = a_scene()
    for member in ("alice", "bob", "lena", "ada", "sam"):
        made.world.add(*bound(member))
    made.world.add(a_member("luis", kind=Kind.LEAD), *bound("luis"))
    return made


@pytest.fixture
def slack(api: Api) -> Transcript:
    return Transcript(api)
