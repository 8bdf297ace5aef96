"""Some kinds of items in the State port: the fake and DynamoDB behave alike."""

from __future__ import annotations

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from msgspec.structs import replace

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.notifications.delivery import ChannelKind, ChannelProgress
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.vending.access import AccessFacts
from chalicelib.domain.vending.access_links import AccessLink
from tests.adapters.dynamodb.test_stops_contract import stop_of
from tests.adapters.scene import Kit, everything, put
from tests.builders import (
    NOON,
    a_role,
    an_access_link,
    presented_by,
)

MOMENT = NOON + timedelta(microseconds=1)


def test_a_role_and_its_setup_are_separate_items(kit: Kit, name: str) -> None:
    """Each is written over its own version, independently of the other."""
    role, setup = a_role(engagement=name), RoleSetup(engagement=name, role="readonly")
    put(kit, name, role, setup)
    put(kit, name + "b", replace(role, version=2))
    put(kit, name + "c", replace(setup, makes_boundary=True, version=2))
    assert kit.ports.state.get(Role, name, "readonly") == replace(role, version=2)
    with pytest.raises(FactsChanged):
        put(kit, name + "d", replace(setup, version=2))


@pytest.mark.parametrize("role", ["a" * 1020, "ä" * 600])
def test_a_name_too_long_for_a_key_is_a_bug(kit: Kit, name: str, role: str) -> None:
    """Such a key is a bug, because the names in keys have been validated."""
    with pytest.raises((ValueError, ClientError)):
        kit.ports.state.get(Role, name, role)


def test_each_channel_has_its_own_state_with_its_own_version(kit: Kit) -> None:
    state = kit.ports.state
    for kind in ChannelKind:
        old = state.get(ChannelProgress, kind)
        version = 1 + (old.version if old else 0)
        new = ChannelProgress(channel=kind, look_from=MOMENT, sent={kind: NOON}, version=version)
        state.save(new)
        for wrong in (new.version, new.version + 2):
            with pytest.raises(FactsChanged):
                state.save(replace(new, sent={}, version=wrong))
        assert state.get(ChannelProgress, kind) == new


def test_an_access_link_and_its_stop_are_among_the_facts_where_it_is_presented(
    kit: Kit, name: str
) -> None:
    items, link = everything(name), an_access_link(name, member=name)
    put(kit, name, *items.values(), link)
    state, facts = kit.ports.state, kit.ports.state.access_facts
    by_link = replace(presented_by(name), link=link.hash)
    assert facts(by_link, name, "readonly") == AccessFacts(**items, link=link)
    assert facts(replace(by_link, link="0" * 64), name, "readonly") == AccessFacts(**items)
    assert facts(presented_by(name), name, "readonly").link is None
    state.save(stop_of(link, f"{name}-stop"))
    for read in (
        state.get(AccessLink, link.hash),
        facts(by_link, name, "readonly").link,
        state.get_many(AccessLink, [(link.hash,)])[(link.hash,)],
    ):
        assert read is not None
        assert read.revoked_at == NOON
