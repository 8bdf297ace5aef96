"""Renew an engagement: its end, its grants, and what the client still has to do."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.life import LONGEST_ENGAGEMENT
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, InvalidRequest, NotFound
from chalicelib.domain.onboarding.requests import GrantsToRenew
from chalicelib.usecases.onboarding.renew import NO_TIME
from chalicelib.usecases.verification.check_role import TIME_TO_BEGIN
from tests.builders import (
    AFTER,
    Scene,
    a_grant,
    a_link,
    a_member,
    a_token,
    an_engagement,
)
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.onboarding.renewal.renewing import (
    DAY,
    LATER,
    LATEST,
    a_set_up_scene,
    change_end,
    renew,
    the_role,
)
from tests.usecases.refusals import refusal_of

NAMED, NONE = GrantsToRenew.NAMED, GrantsToRenew.NONE


def a_crowd() -> Scene:
    """alice and bob end with the engagement; carl sooner; dora was revoked; sam is suspended."""
    scene = a_set_up_scene()
    scene.add(
        a_member("carl"),
        a_member("dora"),
        a_grant("bob"),
        a_grant("carl", ends_at=NOON + DAY),
        a_grant("dora", revoked_at=NOON),
    )
    return scene


def ends(scene: Scene) -> dict[str, datetime]:
    grants = scene.find(Grant, where=lambda grant: grant.engagement == "acme-prod")
    return {grant.member: grant.ends_at for grant in grants}


def test_grants_that_ended_with_the_engagement_are_renewed() -> None:
    scene = a_crowd()
    renewal = renew(scene)
    assert ends(scene) == {
        "alice": LATER, "bob": LATER, "carl": NOON + DAY, "dora": AFTER, "sam": AFTER,
    }  # fmt: skip
    assert renewal.engagement == an_engagement(ends_at=LATER, former_ends_at=AFTER, version=2)
    assert [grant.member for grant in renewal.grants] == ["alice", "bob"]
    ((sam, why),) = [(grant.member, grant.why) for grant in renewal.not_renewed]
    assert sam == "sam"
    assert why == "This member is suspended. Reinstate them first, then renew their grant."


def test_only_the_named_members_grants_are_renewed() -> None:
    scene = a_crowd()
    renewal = renew(scene, grants=NAMED, members=frozenset({"carl"}))
    assert [grant.member for grant in renewal.grants] == ["carl"]
    assert ends(scene)["carl"] == LATER
    assert ends(scene)["alice"] == AFTER


@every(
    "member, message",
    [
        ("dora", "The grant of dora cannot be renewed. This grant was revoked."),
        ("sam", "The grant of sam cannot be renewed. This member is suspended."),
        ("ada", "The grant of ada cannot be renewed. This member is an auditor"),
    ],
)
def test_a_named_grant_that_cannot_be_renewed_refuses_the_renewal(
    member: str, message: str
) -> None:
    scene = a_crowd()
    scene.add(a_grant("ada"))
    before = ends(scene)
    with pytest.raises(InvalidRequest, match=message):
        renew(scene, grants=NAMED, members=frozenset({"alice", member}))
    assert ends(scene) == before
    assert scene.get(Engagement, "acme-prod") == an_engagement()


def test_a_member_without_a_grant_cannot_be_named() -> None:
    with pytest.raises(NotFound, match="lena has no grant"):
        renew(a_crowd(), grants=NAMED, members=frozenset({"lena"}))


@every("grants", list(GrantsToRenew))
def test_members_are_sent_with_named_only(grants: GrantsToRenew) -> None:
    more = {} if grants is NAMED else {"members": frozenset({"alice"})}
    with pytest.raises(InvalidRequest, match="members"):
        renew(a_crowd(), grants=grants, **more)


def test_the_renewal_lists_the_clients_steps() -> None:
    scene = a_set_up_scene()
    scene.add(a_link())
    renewal = renew(scene)
    (step,) = renewal.client_steps
    assert (step.role, step.policy_ends_at) == ("readonly", AFTER)
    assert step.message.startswith(
        "The end date that Daypass requested for this role's trust policy is 24 December 2026,"
        " 12:00 UTC. After that date AWS refuses"
    )
    assert "aws iam update-assume-role-policy --role-name='ContractorRole'" in step.commands
    assert "2027-01-23T12:00:00Z" in step.commands
    assert renewal.message == (
        "The engagement acme-prod continues until 23 January 2027, 12:00 UTC. The client still has"
        " to update the trust policy of readonly. The client's page shows how. Its link works until"
        " 24 December 2026, 12:00 UTC. To create another link, use"
        " POST /v1/engagements/acme-prod/links."
    )


def test_a_link_of_a_suspended_creator_is_not_mentioned() -> None:
    scene = a_set_up_scene()
    scene.add(a_link(created_by="sam"))
    assert renew(scene).message.endswith(
        "readonly. To show the client how, create a link to the client's page with"
        " POST /v1/engagements/acme-prod/links."
    )


def test_an_engagement_past_its_end_is_reopened_and_its_trust_policy_has_ended() -> None:
    scene = a_set_up_scene()
    scene.add(an_engagement(ends_at=NOON - DAY, access_removed_at=NOON, version=2))
    role = scene.get(Role, "acme-prod", "readonly")
    scene.add(replace(role, requested_ends=(NOON - DAY,)))
    renewal = renew(scene)
    assert renewal.engagement.access_removed_at is None
    assert renewal.client_steps[0].message.startswith(
        "The end date that Daypass requested for this role's trust policy was 23 November 2026"
    )
    assert "engagement-reopened" in {event.alert for event in scene.alerts}


@every("field, verb", [("closed_at", "closed"), ("revoked_at", "revoked")])
def test_a_closed_or_revoked_engagement_must_be_reopened_first(field: str, verb: str) -> None:
    scene = a_set_up_scene()
    ended = an_engagement(**{field: NOON})
    scene.add(ended)
    message = f"This engagement was {verb} on 24 November 2026, 12:00 UTC. Reopen it first"
    with pytest.raises(Conflict, match=message):
        renew(scene)
    assert scene.get(Engagement, "acme-prod") == ended


def test_an_earlier_end_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="To set an earlier end, use PATCH /v1/"):
        renew(a_set_up_scene(), AFTER - DAY)


def test_an_end_in_the_past_is_refused() -> None:
    scene = a_set_up_scene()
    scene.add(an_engagement(ends_at=NOON - DAY))
    assert refusal_of(InvalidRequest, renew, scene, NOON) == "ends-before-it-starts"


def test_an_engagement_can_be_renewed_again_and_again_for_two_years_from_now() -> None:
    scene = a_set_up_scene()
    for years in (2, 4):
        end = scene.world.clock + LONGEST_ENGAGEMENT
        assert refusal_of(InvalidRequest, renew, scene, end + DAY) == "engagement-too-long"
        assert renew(scene, end).engagement.ends_at == end
        assert ends(scene)["alice"] == the_role(scene).requested_ends[-1] == end
        scene.world.clock = NOON + years * 365 * DAY
        keep_tokens_valid(scene)


def keep_tokens_valid(scene: Scene) -> None:
    scene.add(a_token("lena", expires_at=scene.world.clock + DAY))


def test_after_a_change_of_the_end_the_grants_can_still_be_renewed() -> None:
    scene = a_crowd()
    change_end(scene, LATER)
    assert ends(scene)["alice"] == AFTER
    assert [grant.member for grant in renew(scene, LATER).grants] == ["alice", "bob"]
    assert renew(scene, LATER).grants == ()
    assert [grant.member for grant in renew(scene, LATEST).grants] == ["alice", "bob"]


def test_grants_without_time_are_listed_and_renewed_next_time() -> None:
    scene = a_crowd()
    changes = 0

    def spend_time(step: str) -> None:
        nonlocal changes
        changes += step == "change"
        if changes == 2:  # that of alice's grant
            scene.later(seconds=TIME_TO_BEGIN / timedelta(seconds=1))

    scene.world.before = spend_time
    renewal = renew(scene)
    assert [grant.member for grant in renewal.grants] == ["alice"]
    assert [
        (grant.member, grant.why) for grant in renewal.not_renewed if grant.member == "bob"
    ] == [("bob", NO_TIME)]
    scene.world.before = None
    assert [grant.member for grant in renew(scene, LATER).grants] == ["bob"]


def test_a_grant_for_an_ended_role_is_listed_and_stays_unchanged() -> None:
    scene = a_set_up_scene()
    scene.add(a_grant("bob", roles=frozenset({"readonly", "gone"})))
    renewal = renew(scene)
    assert [
        (grant.member, grant.why) for grant in renewal.not_renewed if grant.member == "bob"
    ] == [("bob", "This engagement has no role gone, or the role has ended. Name another role.")]
    assert ends(scene)["bob"] == AFTER


def test_a_renewed_grant_keeps_its_conditions() -> None:
    scene = a_set_up_scene()
    readonly = frozenset({"readonly"})
    scene.add(a_grant(on_request=readonly, emergency=readonly))
    renew(scene)
    grant = scene.get(Grant, "acme-prod", "alice")
    assert (grant.ends_at, grant.on_request, grant.emergency) == (LATER, readonly, readonly)
