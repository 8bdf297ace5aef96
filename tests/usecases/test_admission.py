"""Callers that `admit` accepts or refuses, and the refusals that it records."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import AccessDenied, Conflict, Unauthenticated, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Outcome
from chalicelib.usecases.admission import (
    EVERYONE,
    LEADS,
    READERS,
    Target,
    admit,
    build_refusal_error,
)
from chalicelib.usecases.ports import RequestOrigin
from tests.builders import a_member, a_scene, a_token, presented_by
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.lost_answers import DOWN
from tests.usecases.refusals import refusal_of


@every("kinds, members", [(EVERYONE, "alice lena ada"), (READERS, "lena ada"), (LEADS, "lena")])
def test_a_member_of_the_right_kind_is_admitted_without_an_entry(kinds, members):
    scene = a_scene()
    for member in members.split():
        caller = admit(scene.ports, scene.origin(member), kinds, Action.READ)
        assert (caller.member.id, caller.token) == (member, a_token(member))
        assert caller.address == "203.0.113.7"
    assert scene.story() == []


@every(
    "kinds, member, reason",
    [
        (LEADS, "alice", Reason.LEAD_ONLY),
        (LEADS, "ada", Reason.LEAD_ONLY),
        (READERS, "alice", Reason.LEAD_OR_AUDITOR_ONLY),
    ],
)
def test_a_member_of_the_wrong_kind_is_refused_with_an_entry(kinds, member, reason):
    scene = a_scene()
    assert (
        refusal_of(
            AccessDenied, admit, scene.ports, scene.origin(member), kinds, Action.GRANT_CREATE
        )
        is reason
    )
    (entry,) = scene.entries
    assert (entry.actor, entry.action, entry.outcome, entry.reason) == (
        member,
        Action.GRANT_CREATE,
        Outcome.REFUSED,
        reason,
    )
    assert (entry.token, entry.address) == (a_token(member).id, "203.0.113.7")
    assert entry.details == {}


@every(
    "item, error, reason",
    [
        (a_token(revoked_at=NOON), Unauthenticated, Reason.TOKEN_REVOKED),
        (a_member(suspended_at=NOON), AccessDenied, Reason.MEMBER_SUSPENDED),
    ],
)
def test_the_refusal_of_a_known_invalid_token_is_recorded(item, error, reason):
    scene = a_scene(item)
    with pytest.raises(error, match=reason):
        admit(scene.ports, scene.origin(), EVERYONE, Action.READ)
    assert scene.story() == [f"read refused {reason}"]


def refused(target):
    """The entry of alice's being refused what only leads may do."""
    scene = a_scene()
    assert (
        refusal_of(
            AccessDenied,
            admit,
            scene.ports,
            scene.origin(),
            LEADS,
            Action.GRANT_CHANGE,
            target=target,
        )
        == "lead-only"
    )
    (entry,) = scene.entries
    return entry


def test_a_recorded_refusal_has_its_target():
    target = Target(engagement="globex", role="readonly", member="bob", details={"link": "0" * 12})
    entry = refused(target)
    assert (entry.engagement, entry.role, entry.subject) == ("globex", "readonly", "bob")
    assert entry.details == {"link": "0" * 12}


def test_an_engagement_that_does_not_exist_gets_no_list_on_the_trail():
    """An engagement of this name that is opened later does not begin with entries about another."""
    entry = refused(Target(engagement="initech", role="readonly"))
    assert (entry.engagement, entry.role) == ("", "readonly")
    assert entry.details == {"asked_for": "initech"}


def test_an_admitted_caller_costs_no_further_reads():
    scene = a_scene()
    admit(
        scene.ports, scene.origin("lena"), LEADS, Action.READ, target=Target(engagement="initech")
    )
    assert scene.entries == []


@every("member", ["alice", "nobody"])
def test_an_unknown_token_is_refused_and_fills_no_trail(member):
    scene = a_scene()
    guess = replace(presented_by("alice"), member=member, hash="0" * 64)
    assert (
        refusal_of(Unauthenticated, admit, scene.ports, RequestOrigin(guess), EVERYONE, Action.READ)
        == "token-unknown"
    )
    assert scene.story() == []


def test_an_empty_set_of_kinds_admits_no_one():
    scene = a_scene()
    with pytest.raises(AccessDenied):
        admit(scene.ports, scene.origin("lena"), frozenset(), Action.READ)


@every("step", ["token_and_member", "record refused"])
def test_a_failing_step_admits_no_one(step):
    scene = a_scene()
    scene.fails_at(step, DOWN)
    with pytest.raises(Unavailable):
        admit(scene.ports, scene.origin(), LEADS, Action.READ)


@every("reason", Reason)
def test_every_refusal_is_one_of_three_kinds(reason):
    unrecognised = {
        Reason.TOKEN_UNKNOWN,
        Reason.TOKEN_EXPIRED,
        Reason.TOKEN_REVOKED,
        Reason.IDENTITY_TOKEN_EXPIRED,
    }
    if reason in unrecognised:
        expected = Unauthenticated
    elif reason is Reason.CHANGED_MEANWHILE:
        expected = Conflict
    else:
        expected = AccessDenied
    error = build_refusal_error(reason)
    assert (type(error), error.reason) == (expected, reason)
