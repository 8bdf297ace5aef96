"""Callers that `admit` accepts or refuses, and the refusals that it records."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import AccessDenied, Conflict, Unauthenticated
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.usecases.admission import (
    EVERYONE,
    LEADS,
    READERS,
    Target,
    admit,
    build_refusal_error,
)
from chalicelib.usecases.ports import RequestOrigin
from tests.builders import NOON, a_member, a_scene, a_token, presented_by
from tests.rows import every
from tests.usecases.lost_answers import DOWN
from tests.usecases.refusals import reason_of, refusal_of

ADDRESS = "203.0.113.7"


def admitted(scene, kinds, by="alice", **target):
    origin = scene.origin(by)
    return admit(scene.ports, origin, kinds, Action.READ, target=Target(**target))


@every("kinds, members", [(EVERYONE, "alice lena ada"), (READERS, "lena ada"), (LEADS, "lena")])
def test_a_member_of_the_right_kind_is_admitted_without_an_entry(kinds, members):
    scene = a_scene()
    for member in members.split():
        caller = admitted(scene, kinds, member)
        assert (caller.member.id, caller.token) == (member, a_token(member))
        assert caller.address == ADDRESS
    assert scene.story() == []


@every(
    "kinds, member, reason",
    [
        (LEADS, "alice", "lead-only"),
        (LEADS, "ada", "lead-only"),
        (READERS, "alice", "lead-or-auditor-only"),
        (frozenset(), "lena", "lead-or-auditor-only"),
    ],
)
def test_a_member_of_the_wrong_kind_is_refused_with_an_entry(kinds, member, reason):
    scene = a_scene()
    assert refusal_of(AccessDenied, admitted, scene, kinds, member) == reason
    (entry,) = scene.entries
    assert scene.story() == [f"read refused {reason}"]
    assert (entry.actor, entry.token, entry.address) == (member, a_token(member).id, ADDRESS)
    assert entry.details == {}


@every(
    "item, error, reason",
    [
        (a_token(revoked_at=NOON), Unauthenticated, "token-revoked"),
        (a_member(suspended_at=NOON), AccessDenied, "member-suspended"),
    ],
)
def test_the_refusal_of_a_known_invalid_token_is_recorded(item, error, reason):
    scene = a_scene(item)
    assert refusal_of(error, admitted, scene, EVERYONE) == reason
    assert scene.story() == [f"read refused {reason}"]


@every(
    "target, engagement, details",
    [
        ({"engagement": "globex", "details": {"link": "0" * 12}}, "globex", {"link": "0" * 12}),
        # An engagement of this name that is opened later does not begin with entries about another.
        ({"engagement": "initech"}, "", {"asked_for": "initech"}),
    ],
)
def test_a_recorded_refusal_has_its_target_and_no_engagement_that_does_not_exist(
    target, engagement, details
):
    scene = a_scene()
    target = {"role": "readonly", "member": "bob", **target}
    assert refusal_of(AccessDenied, admitted, scene, LEADS, **target) == "lead-only"
    (entry,) = scene.entries
    assert (entry.engagement, entry.role, entry.subject) == (engagement, "readonly", "bob")
    assert entry.details == details


def test_an_admitted_caller_costs_no_further_reads():
    scene = a_scene()
    admitted(scene, LEADS, "lena", engagement="initech")
    assert scene.steps == ["token_and_member"]
    assert scene.entries == []


@every("member", ["alice", "nobody"])
def test_an_unknown_token_is_refused_and_fills_no_trail(member):
    scene = a_scene()
    guess = RequestOrigin(replace(presented_by("alice"), member=member, hash="0" * 64))
    refusal = refusal_of(Unauthenticated, admit, scene.ports, guess, EVERYONE, Action.READ)
    assert refusal == "token-unknown"
    assert scene.story() == []


@every("step", ["token_and_member", "record refused"])
def test_a_failing_step_admits_no_one(step):
    scene = a_scene()
    scene.fails_at(step, DOWN)
    assert reason_of(admitted, scene, LEADS) is DOWN.reason


@every("reason", Reason)
def test_every_refusal_is_one_of_three_kinds(reason):
    special = {
        "token-unknown": Unauthenticated,
        "token-expired": Unauthenticated,
        "token-revoked": Unauthenticated,
        "identity-token-expired": Unauthenticated,
        "changed-meanwhile": Conflict,
    }
    error = build_refusal_error(reason)
    assert (type(error), error.reason) == (special.get(reason, AccessDenied), reason)


def test_an_empty_set_of_kinds_admits_no_one():
    scene = a_scene()
    with pytest.raises(AccessDenied):
        admit(scene.ports, scene.origin("lena"), frozenset(), Action.READ)
