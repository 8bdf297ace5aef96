"""A signed-in member binds a Slack user with a code. A code works once; a user has one member."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import AccessDenied, Conflict, InvalidRequest, Unauthenticated
from chalicelib.domain.people.members import AuthenticationFailure, authenticate
from chalicelib.domain.slack.bindings import CODE_LIFE, BindingCode, BindSlack, SlackUser
from chalicelib.domain.trail import Action, Outcome
from chalicelib.usecases.people.lead_changes import suspend_member
from chalicelib.usecases.people.tokens import revoke_token, rotate_token
from chalicelib.usecases.slack.authentication import find_request_origin
from chalicelib.usecases.slack.binding import bind_slack_user, create_binding_code
from tests.builders import AFTER, a_scene, a_token
from tests.rows import every
from tests.usecases.refusals import refusal_of

PHONE = SlackUser(team="T0EXAMPLE", user="UALICE", channel="C0GENERAL")
OTHER = SlackUser(team="T0EXAMPLE", user="UOTHER", channel="C0GENERAL")


@pytest.fixture
def scene():
    return a_scene()


def bind(scene, code, member="alice", **more):
    return scene.do(bind_slack_user, BindSlack(code=code, **more), by=member)


def bound(scene, user=PHONE, member="alice", **more):
    return bind(scene, create_binding_code(scene.ports, user), member, **more)


def bound_member(scene, user):
    """Return the Slack user's member, or the reason why there is none."""
    presented = find_request_origin(scene.ports, user).presented
    result = authenticate(
        *scene.ports.state.token_and_member(presented), presented, scene.ports.now()
    )
    return result.reason if isinstance(result, AuthenticationFailure) else result.member.id


def test_the_member_who_enters_the_code_is_bound(scene):
    token = bound(scene)

    assert bound_member(scene, PHONE) == "alice"
    assert (token.issuer, token.subject, token.is_binding) == ("slack:T0EXAMPLE", "UALICE", True)
    assert token.expires_at == AFTER  # as the token does that it was made with
    (entry,) = scene.entries
    assert (entry.actor, entry.action) == ("alice", Action.SLACK_BIND)
    assert entry.details["slack_user"] == "UALICE"
    assert entry.details["token"] == token.id


def test_the_code_is_not_stored_and_the_bindings_hash_not_shown(scene):
    code = create_binding_code(scene.ports, PHONE)
    token = bind(scene, code)

    assert code not in repr(scene.items) + repr(scene.entries)
    assert len(code) == 19
    assert token.hash not in repr(token)


def test_a_code_works_once_for_ten_minutes(scene):
    used, old = create_binding_code(scene.ports, PHONE), create_binding_code(scene.ports, OTHER)
    bind(scene, used)
    scene.later(seconds=CODE_LIFE.total_seconds())

    for code in (used, old, "aaaa-bbbb-cccc-dddd"):
        assert refusal_of(AccessDenied, bind, scene, code, "bob") == "binding-code-refused"
        entry = scene.last_entry
        assert (entry.actor, entry.outcome) == ("bob", Outcome.REFUSED)
    assert bound_member(scene, PHONE) == "alice"


RACES = {
    "another enters the same code": (lambda scene, code: bind(scene, code, "bob"), "bob"),
    "another Slack user is bound to them": (lambda scene, _: bound(scene, OTHER), ""),
    "they are suspended": (lambda scene, _: scene.do(suspend_member, "alice"), ""),
    "their token is revoked": (lambda scene, _: revoke(scene, "lena", a_token().id), ""),
}


@pytest.mark.parametrize("race", RACES)
def test_of_simultaneous_uses_of_a_code_the_first_wins(scene, race):
    code, alice = create_binding_code(scene.ports, PHONE), scene.caller("alice")
    act, expected = RACES[race]
    scene.just_before("change", lambda: act(scene, code))

    with pytest.raises(Conflict, match="changed-meanwhile"):
        bind_slack_user(scene.ports, alice, BindSlack(code=code))

    if expected:
        assert bound_member(scene, PHONE) == expected
        return
    with pytest.raises(Unauthenticated, match="slack-unbound"):
        bound_member(scene, PHONE)
    (kept,) = scene.find(BindingCode, where=lambda item: item.user == PHONE.user)
    assert kept.used_at is None


def test_a_bound_slack_user_cannot_be_bound_to_another_member(scene):
    bound(scene)

    with pytest.raises(Conflict, match="slack-user-taken"):
        bound(scene, PHONE, "bob")
    assert bound_member(scene, PHONE) == "alice"
    entry = scene.entries[-1]
    assert (entry.actor, entry.reason) == ("bob", "slack-user-taken")
    assert entry.details["slack_user"] == "UALICE"
    again = bound(scene)  # to the same member
    assert find_request_origin(scene.ports, PHONE).presented.hash == again.hash
    scene.do(suspend_member, "alice")
    assert bound_member(scene, PHONE) == "member-suspended"
    bound(scene, PHONE, "bob")
    assert bound_member(scene, PHONE) == "bob"


def test_a_member_has_one_slack_user_in_a_workspace(scene):
    first = bound(scene)

    bound(scene, OTHER)

    assert bound_member(scene, OTHER) == "alice"
    assert bound_member(scene, PHONE) == "token-revoked"
    assert scene.entries[-1].details["former_tokens"] == first.id


ENDS = {
    "revoked among one's tokens": lambda scene, token: revoke(scene, "alice", token.id),
    "it was to end": lambda scene, _: scene.later(days=1),
    "a lead revokes what made it": lambda scene, token: revoke(scene, "lena", token.made_with),
    "one revokes what made it": lambda scene, token: revoke(scene, "alice", token.made_with),
    "what made it is rotated": lambda scene, _: scene.do(rotate_token, by="alice"),
}


def revoke(scene, by, token):
    scene.do(revoke_token, "alice", token, by=by)


@pytest.mark.parametrize("end", ENDS)
def test_a_binding_ends_with_its_own_end_and_its_tokens(scene, end):
    """A stolen token makes no binding that outlives it."""
    token = bound(scene, expires_at=scene.clock + timedelta(days=1))

    ENDS[end](scene, token)

    assert bound_member(scene, PHONE) == ("token-expired" if "to end" in end else "token-revoked")


@pytest.mark.parametrize("hours", [None, 1])
def test_a_stolen_identity_token_makes_no_binding_that_outlives_it(hours):
    scene = a_scene()
    end = scene.clock + timedelta(hours=1)
    signed_in = replace(scene.caller("alice"), identity_expires_at=end)
    code = create_binding_code(scene.ports, PHONE)
    later = BindSlack(code=code, expires_at=end + timedelta(seconds=1))
    with pytest.raises(InvalidRequest, match="than your token"):
        bind_slack_user(scene.ports, signed_in, later)

    expires_at = hours and scene.clock + timedelta(hours=hours)
    token = bind_slack_user(scene.ports, signed_in, BindSlack(code=code, expires_at=expires_at))

    assert token.expires_at == end


@every("days", [-1, 0, 30.1, 367])
def test_a_binding_lives_as_long_as_a_token_may_and_its_own_lives(days):
    scene = a_scene()
    code = create_binding_code(scene.ports, PHONE)
    expires_at = scene.clock + timedelta(days=days)
    with pytest.raises(InvalidRequest) as refused:
        bind(scene, code, expires_at=expires_at)
    assert ("cannot last longer than your token" in refused.value.detail) is (days == 30.1)
    bind(scene, code)  # it was not used by that


def test_the_trail_names_the_bindings_that_ended_with_a_token(scene):
    token = bound(scene)
    revoke(scene, "lena", token.made_with)

    *_, of_the_token, of_the_binding = scene.entries
    assert of_the_token.details["bindings"] == token.id
    assert (of_the_binding.action, of_the_binding.actor) == (Action.TOKEN_REVOKE, "lena")
    assert of_the_binding.details == {"token": token.id, "bound_with": token.made_with}


@pytest.mark.parametrize("end", ["revoked", "rotated"])
def test_a_binding_made_while_its_token_is_revoked_is_revoked_too(scene, end):
    alice, code = scene.caller("alice"), create_binding_code(scene.ports, PHONE)
    step = "apply" if end == "revoked" else "change"
    scene.just_before(step, lambda: bind_slack_user(scene.ports, alice, BindSlack(code=code)))

    if end == "revoked":
        revoke(scene, "lena", alice.token_id)
    else:
        rotate_token(scene.ports, alice)

    assert bound_member(scene, PHONE) == "token-revoked"


def test_the_leads_hear_of_each_binding(scene):
    bound(scene)
    bound(scene, OTHER, "lena")
    alerts = [(event.alert, event.member) for event in scene.alerts]
    assert alerts == [("further-token", "alice"), ("further-token", "lena")]
    assert "UOTHER" in scene.alerts[1].text
