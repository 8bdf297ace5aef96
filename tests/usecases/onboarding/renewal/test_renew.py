"""Renew an engagement: its end, its grants, and what the client still has to do."""

from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.life import LONGEST_ENGAGEMENT
from chalicelib.domain.errors import DaypassError, InvalidRequest
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.onboarding.requests import GrantsToRenew
from chalicelib.usecases.onboarding.renew import NO_TIME
from chalicelib.usecases.verification.verify import TIME_TO_BEGIN
from tests.builders import AFTER, a_grant, a_link, a_member, a_token, an_engagement
from tests.fakes import NOON
from tests.golden import hold_against_file
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


def a_crowd():
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


def ends(scene):
    grants = scene.find(Grant, where=lambda grant: grant.engagement == "acme-prod")
    return {grant.member: grant.ends_at for grant in grants}


def past_its_end(scene):
    scene.add(an_engagement(ends_at=NOON - DAY, access_removed_at=NOON, version=2))
    scene.add(replace(the_role(scene), requested_ends=(NOON - DAY,)))


NOTHING = lambda _: None  # noqa: E731
CASES = {
    "those that ended with it": (NOTHING, {}),
    "carl alone": (NOTHING, {"grants": NAMED, "members": frozenset({"carl"})}),
    **{
        f"{name} among others": (lambda s: s.add(a_grant("ada")),
                                 {"grants": NAMED, "members": frozenset({"alice", name})})
        for name in ("dora", "sam", "ada", "lena")
    },
    **{
        f"members with {grants}": (
            NOTHING, {"grants": grants, "members": None if grants is NAMED else frozenset({"bob"})})
        for grants in GrantsToRenew
    },
    "a link that works": (lambda s: s.add(a_link()), {}),
    "a link of a suspended creator": (lambda s: s.add(a_link(created_by="sam")), {}),
    "past its end": (past_its_end, {}),
    "closed": (lambda s: s.add(an_engagement(closed_at=NOON)), {}),
    "revoked": (lambda s: s.add(an_engagement(revoked_at=NOON)), {}),
    "an earlier end": (NOTHING, {"ends_at": AFTER - DAY}),
    "an end in the past": (past_its_end, {"ends_at": NOON}),
    "a grant for an ended role": (
        lambda s: s.add(a_grant("bob", roles=frozenset({"readonly", "gone"}))), {}),
}  # fmt: skip


def answer_of(scene, **request):
    """Renew, and return what the answer says. A refused renewal changes nothing."""
    before = dict(scene.items)
    try:
        renewal = renew(scene, **request)
    except DaypassError as refusal:
        assert scene.items == before
        return [f"{refusal.field or '-'}: {refusal}"]
    assert renewal.engagement == scene.get(Engagement, "acme-prod")
    return [
        f"renewed: {', '.join(grant.member for grant in renewal.grants)}",
        *(f"{grant.member} is not renewed: {grant.why}" for grant in renewal.not_renewed),
        f"ends: { {member: rfc3339(end) for member, end in sorted(ends(scene).items())} }",
        *(
            f"{step.role}: {step.message} {step.commands.partition(' --policy')[0]}"
            for step in renewal.client_steps
        ),
        renewal.message,
        f"{renewal.engagement.former_ends_at}, {renewal.engagement.access_removed_at}",
        *(event.alert for event in scene.alerts),
    ]


def test_each_renewal_is_answered_as_the_file_says():
    """alice and bob end with the engagement; carl sooner; dora was revoked; sam is suspended."""
    lines = []
    for name, (set_up, request) in CASES.items():
        scene = a_crowd()
        set_up(scene)
        lines += [f"=== {name}", *answer_of(scene, **request)]
    hold_against_file("onboarding/renewals.txt", "\n".join(lines))


def test_an_engagement_can_be_renewed_again_and_again_for_two_years_from_now():
    scene = a_set_up_scene()
    for years in (2, 4):
        end = scene.clock + LONGEST_ENGAGEMENT
        assert refusal_of(InvalidRequest, renew, scene, end + DAY) == "engagement-too-long"
        assert renew(scene, end).engagement.ends_at == end
        assert ends(scene)["alice"] == the_role(scene).requested_ends[-1] == end
        scene.world.clock = NOON + years * 365 * DAY
        keep_tokens_valid(scene)


def keep_tokens_valid(scene):
    scene.add(a_token("lena", expires_at=scene.clock + DAY))


def test_after_a_change_of_the_end_the_grants_can_still_be_renewed():
    scene = a_crowd()
    change_end(scene, LATER)
    assert ends(scene)["alice"] == AFTER
    assert [grant.member for grant in renew(scene, LATER).grants] == ["alice", "bob"]
    assert renew(scene, LATER).grants == ()
    assert [grant.member for grant in renew(scene, LATEST).grants] == ["alice", "bob"]


def test_a_renewal_that_changes_nothing_returns_the_stored_engagement():
    scene = a_crowd()
    renew(scene, LATER)
    stored = scene.get(Engagement, "acme-prod")
    assert renew(scene, LATER).engagement == scene.get(Engagement, "acme-prod") == stored


def test_grants_without_time_are_listed_and_renewed_next_time():
    scene = a_crowd()
    changes = 0

    def spend_time(step):
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


def test_a_renewed_grant_keeps_its_conditions():
    scene = a_set_up_scene()
    readonly = frozenset({"readonly"})
    scene.add(a_grant(on_request=readonly, emergency=readonly))
    renew(scene)
    grant = scene.get(Grant, "acme-prod", "alice")
    assert (grant.ends_at, grant.on_request, grant.emergency) == (LATER, readonly, readonly)
