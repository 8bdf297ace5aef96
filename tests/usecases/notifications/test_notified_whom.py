"""Whom a notice mentions, and the ends that are near, of which there is no entry."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.engagements.engagements import ChangeEngagement, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.notifications.delivery import ChannelKind
from chalicelib.domain.trail import Action
from chalicelib.usecases.engagements.engagements import change_engagement
from chalicelib.usecases.notifications.notify import Notifying
from chalicelib.usecases.people.members import reinstate_member, revoke_member
from tests.builders import a_role, a_token, an_engagement
from tests.fakes import NOON
from tests.usecases.notifications.notifying import Telling, telling_of

SLACK = ChannelKind.SLACK


def bound(member: str = "alice", **changes: object) -> object:
    facts = {"hash": "b" * 64, "issuer": "slack:T0FIRM", "subject": "U0ALICE"}
    return a_token(member, **(facts | changes))


@pytest.mark.parametrize(
    ("changes", "mention"),
    [
        ({}, " U0ALICE"),
        ({"issuer": "slack:T0OTHER"}, ""),
        ({"issuer": "https://login.example.com"}, ""),
        ({"revoked_at": NOON}, ""),
        ({"expires_at": NOON}, ""),
        ({"member": "bob"}, ""),
    ],
)
def test_whoever_is_bound_in_our_workspace_is_mentioned(
    changes: dict[str, object], mention: str
) -> None:
    telling = Telling()
    telling.world.add(bound(**changes))  # type: ignore[arg-type]
    telling.run()
    telling.happens("alice", action="token.revoke")
    telling.a_minute_later()
    assert telling.channel.taken == [f"A token of alice's is revoked{mention}"]


def test_of_a_binding_nobody_is_told_that_it_is_about_them() -> None:
    """It is the new Slack user who would be: and if a thief has made it, they are the thief."""
    telling = telling_of()
    telling.world.add(bound())
    telling.happens("", actor="alice", action=Action.SLACK_BIND, details={"slack_user": "U0ALICE"})
    telling.a_minute_later()
    assert telling.channel.taken == ["alice is bound to a Slack user"]


def test_the_latest_of_several_bindings_is_whom_it_mentions() -> None:
    telling = Telling()
    latest = {"hash": "c" * 64, "subject": "U0NEW", "created_at": NOON}
    telling.world.add(bound(), bound(**latest))  # type: ignore[arg-type]
    telling.run()
    telling.happens("alice", action="grant.revoke", engagement="acme-prod")
    telling.a_minute_later()
    assert telling.channel.taken == ["alice is off acme-prod U0NEW"]


def test_who_is_suspended_hears_of_it_though_their_binding_is_dead() -> None:
    telling = Telling()
    telling.world.add(bound())  # type: ignore[arg-type]
    telling.run()
    revoke_member(telling.scene.ports, telling.scene.caller(), "alice", why="lost laptop")
    telling.a_minute_later()
    reinstate_member(telling.scene.ports, telling.scene.caller(), "alice")
    telling.a_minute_later()
    assert telling.channel.taken == ["alice is suspended U0ALICE", "alice is back"]


def test_who_is_not_on_record_is_not_looked_for() -> None:
    telling = telling_of("nobody")
    assert telling.a_minute_later().told == 1
    assert telling.told == ["nobody"]


def test_a_mail_mentions_nobody_and_goes_out_beside() -> None:
    telling = Telling(ChannelKind.MAIL)
    telling.world.add(bound())  # type: ignore[arg-type]
    telling.run()
    telling.happens("alice")
    assert telling.a_minute_later() == Notifying(told=2)
    assert [one.taken for one in telling.channels] == [
        ["alice is suspended U0ALICE"],
        ["alice is suspended"],
    ]


def ending(telling: Telling, days: float, id: str = "soon") -> None:
    place = an_engagement(id, external_id=f"daypass-{id}", ends_at=NOON + timedelta(days=days))
    telling.world.add(place)


def test_an_end_that_is_near_is_told_once_and_looked_for_once_an_hour() -> None:
    telling = telling_of()
    ending(telling, 3)
    telling.a_minute_later(59)
    assert telling.told == []
    telling.a_minute_later(1)
    assert telling.told == ["soon ends soon"]
    telling.world.later(days=2)
    telling.a_minute_later(60)
    assert telling.told == ["soon ends soon"]


def test_a_renewal_makes_another_end_and_sounds_like_none() -> None:
    telling = Telling()
    ending(telling, 3)
    telling.run()
    later = ChangeEngagement(ends_at=NOON + timedelta(days=5))
    change_engagement(telling.scene.ports, telling.scene.caller(), "soon", later)
    telling.a_minute_later(61)
    assert telling.told == ["soon ends soon", "soon is renewed", "soon ends soon"]


def test_a_list_that_lags_tells_no_end_that_is_none_any_more() -> None:
    telling = Telling()
    ending(telling, 3)
    state = telling.scene.ports.state
    stale = state.list(Engagement, limit=100)
    later = ChangeEngagement(ends_at=NOON + timedelta(days=50))
    change_engagement(telling.scene.ports, telling.scene.caller(), "soon", later)
    listed = state.list
    state.list = (  # type: ignore[method-assign]
        lambda kind, **which: stale if kind is Engagement else listed(kind, **which)
    )
    telling.a_minute_later()
    assert telling.told == ["soon is renewed"]


def test_of_more_ends_than_there_is_room_for_the_earliest_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chalicelib.usecases.notifications.channel_run.MOST_AHEAD", 2)
    telling = Telling()
    for number in (3, 1, 2, 4):
        ending(telling, number, f"e{number}")
    telling.run()
    assert telling.told == ["e1 ends soon", "e2 ends soon"]
    telling.world.later(days=1, minutes=20)
    telling.a_minute_later(60)
    assert telling.told == ["e1 ends soon", "e2 ends soon", "e3 ends soon"]


def renewed_for(telling: Telling, days: float) -> None:
    """A role whose trust policy ends so many days before its engagement, which has been renewed."""
    end = NOON + timedelta(days=days)
    telling.world.add(
        an_engagement("soon", external_id="daypass-soon", ends_at=NOON + timedelta(days=99)),
        a_role(engagement="soon", asked_ends=(end, NOON + timedelta(days=99))),
    )


def test_of_a_policy_that_the_client_has_updated_nothing_more_is_told() -> None:
    telling = Telling()
    renewed_for(telling, 2)
    telling.run()
    assert len(telling.told) == 1
    role = telling.scene.ports.state.get(Role, "soon", "readonly")
    assert role is not None
    telling.world.add(role.policy_replaced(NOON + timedelta(days=99)))
    telling.a_minute_later(30 * 60)
    assert len(telling.told) == 1
