"""The State port, on what people have been told: the fake and DynamoDB answer the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.notifications.delivery import Attempt, ChannelKind, Notified, Reading
from chalicelib.domain.notifications.table import notification_of
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.many_sessions import ManySessions
from tests.adapters.scene import Kit, entry
from tests.builders import NOON

MOMENT = NOON + timedelta(microseconds=1)


def test_each_way_has_a_memory_of_its_own_over_its_own_version_only(kit: Kit) -> None:
    state = kit.ports.state
    details = {"said": "lost laptop", "kind": "lead"}
    notice = notification_of(entry("a", action=Action.MEMBER_REVOKE, details=details))
    assert notice is not None
    assert notice.alerts
    for via in ChannelKind:
        old = state.get(Notified, via)
        new = Notified(
            via=via,
            look_from=MOMENT,
            told={"ends:acme-prod:1798761600": NOON, "5d2f8a0c4e917b36": MOMENT},
            attempt=Attempt(notification=notice, began_at=MOMENT, not_before=NOON),
            looked_ahead_at=NOON,
            reading=Reading(began_at=NOON, at=MOMENT),
            version=1 + (old.version if old else 0),
        )
        state.remember(new)
        for wrong in (new.version, new.version + 2):
            with pytest.raises(FactsChanged):
                state.remember(replace(new, told={}, version=wrong))
        assert state.get(Notified, via) == new


def test_who_has_many_sessions_is_remembered(kit: Kit) -> None:
    state = kit.ports.state
    old = state.get(ManySessions)
    new = ManySessions(
        members=frozenset({"alice", "bob-2"}),
        version=1 + (old.version if old else 0),
    )
    state.remember(new)
    assert state.get(ManySessions) == new
