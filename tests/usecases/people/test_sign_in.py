"""Sign-in with the firm's identity provider: binding with a code, and revocation like a token's."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import (
    AccessDenied,
    Conflict,
    DaypassError,
    InvalidRequest,
    Unauthenticated,
    Unavailable,
)
from chalicelib.domain.people.enrolments import EnrolIdentity
from chalicelib.domain.people.identities import Identity
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.usecases.admission import EVERYONE, admit, sign_in
from chalicelib.usecases.people.enrol import BoundIdentity, enrol_identity
from chalicelib.usecases.people.lead_changes import suspend_member
from chalicelib.usecases.people.members import create_enrolment, reinstate_member
from chalicelib.usecases.people.tokens import revoke_token, rotate_token
from chalicelib.usecases.ports import RequestOrigin
from chalicelib.usecases.vending.vend import vend
from tests.builders import Scene, a_member, a_scene, code_text_of
from tests.fakes import NOON
from tests.fakes.providers import PROVIDER, claims, fake_identity_token
from tests.rows import every
from tests.usecases import refusals
from tests.usecases.people.enrolment_scene import HERE

IDENTITY_TOKEN = fake_identity_token(claims(NOON))
BOBS = "bob@example.com"


def bound(
    scene: Scene, identity_token: str = IDENTITY_TOKEN, code: str = "", **more: Any
) -> BoundIdentity:
    """Bind the identity token with alice's code, or with another code."""
    text = code or code_text_of("alice")
    return enrol_identity(
        scene.ports,
        EnrolIdentity(code=text, identity_token=identity_token, label="sign-in", **more),
        address=HERE,
    )


def refused(
    scene: Scene, identity_token: str = IDENTITY_TOKEN, code: str = "", **more: Any
) -> DaypassError:
    return refusals.refused(bound, scene, identity_token, code, **more)


def code_for(scene: Scene, member: str) -> str:
    return scene.do(create_enrolment, member).code


def origin(scene: Scene, identity_token: str = IDENTITY_TOKEN) -> RequestOrigin:
    return RequestOrigin(sign_in(scene.ports, identity_token), HERE)


def vended(scene: Scene, identity_token: str = IDENTITY_TOKEN) -> VendedSession:
    return vend(
        scene.ports, origin(scene, identity_token), "acme-prod", SessionRequest(role="readonly")
    )


def not_vended(scene: Scene, identity_token: str = IDENTITY_TOKEN) -> Reason | None:
    return refusals.reason_of(vended, scene, identity_token)


def identity_token_at(scene: Scene, **changes: Any) -> str:
    """Return an identity token of alice's that the provider issues now."""
    return fake_identity_token(claims(scene.world.clock, **changes))


def test_a_bound_identity_authenticates_its_member_and_its_text_is_not_stored() -> None:
    scene = a_scene()
    token = bound(scene).token
    caller = admit(scene.ports, origin(scene), EVERYONE, Action.READ)
    assert caller.member == a_member("alice")
    assert (caller.token.issuer, caller.token.subject) == (PROVIDER.issuer, "alice@example.com")
    assert vended(scene).session_name.startswith("alice.")
    assert {entry.token for entry in scene.entries[1:]} == {token.id}
    assert token.hash not in repr(token)
    assert IDENTITY_TOKEN not in repr(scene.entries) + repr(scene.world.items)


def test_a_refused_identity_token_binds_nothing_and_uses_no_code() -> None:
    scene = a_scene()
    error = refused(scene, fake_identity_token(claims(NOON), key="someone else's"))
    assert (type(error), error.reason) == (Unauthenticated, Reason.IDENTITY_TOKEN_REFUSED)
    assert not scene.entries
    bound(scene)


def test_a_refused_code_binds_nothing() -> None:
    scene = a_scene()
    bound(scene)
    error = refused(scene, fake_identity_token(claims(NOON, sub=BOBS)))
    assert (type(error), error.reason) == (AccessDenied, Reason.ENROLMENT_REFUSED)
    assert [item.member for item in scene.find(Identity, where=bool)] == ["alice"]


def test_an_unbound_identity_is_refused() -> None:
    scene = a_scene()
    bound(scene)
    for changes in ({"sub": BOBS}, {"sub": "Alice@example.com"}):
        other = fake_identity_token(claims(NOON, **changes))
        assert refusals.reason_of(origin, scene, other) is Reason.IDENTITY_UNKNOWN


def test_an_identity_has_one_member_and_a_refused_binding_uses_no_code() -> None:
    scene = a_scene()
    bound(scene)
    bobs = code_for(scene, "bob")
    error = refused(scene, IDENTITY_TOKEN, bobs)
    assert (type(error), error.reason) == (Conflict, Reason.IDENTITY_TAKEN)
    assert bound(scene, fake_identity_token(claims(NOON, sub=BOBS)), bobs).token.member == "bob"


def test_a_taken_identity_does_not_reveal_whether_a_code_is_valid() -> None:
    """A valid code would otherwise be recognisable without being used, so without an alert."""
    scene = a_scene()
    bound(scene)
    for code in (code_for(scene, "bob"), code_text_of("bob"), code_text_of("nobody")):
        assert refused(scene, IDENTITY_TOKEN, code).reason is Reason.IDENTITY_TAKEN
        assert refused(scene, IDENTITY_TOKEN, code, expires_at=NOON).reason is Reason.BAD_VALUE


def test_one_of_two_concurrent_bindings_of_an_identity_succeeds() -> None:
    scene = a_scene()
    bobs = code_for(scene, "bob")
    scene.just_before("change", lambda: bound(scene, IDENTITY_TOKEN, bobs))
    assert refused(scene).reason is Reason.IDENTITY_TAKEN
    (identity,) = scene.find(Identity, where=bool)
    assert identity.member == "bob"
    assert not scene.find(Token, where=lambda t: t.issuer and t.member == "alice")


ENDS = {
    "the token": lambda scene, token: scene.do(revoke_token, "alice", token.id, why="lost"),
    "the member": lambda scene, _: scene.do(suspend_member, "alice", why="left"),
    "by themself": lambda scene, token: scene.do(
        revoke_token, "alice", token.id, why="lost", by="alice"
    ),
}


@every("end", ENDS)
@every("step", ["", "record intended", "issue", "access_facts", "put_outcome issued"])
def test_each_way_to_end_a_token_ends_an_identity_also_in_the_middle_of_a_vend(
    end: str, step: str
) -> None:
    scene = a_scene()
    token = bound(scene).token
    if step:
        scene.just_before(step, lambda: ENDS[end](scene, token))
    else:
        ENDS[end](scene, token)
    assert not_vended(scene) in (Reason.TOKEN_REVOKED, Reason.MEMBER_SUSPENDED)
    assert "vend issued" not in scene.story()


def test_an_identity_is_never_good_again_by_letting_its_member_back_in() -> None:
    scene = a_scene()
    bound(scene)
    ENDS["the member"](scene, None)
    scene.later(minutes=5)
    scene.do(reinstate_member, "alice")
    assert not_vended(scene, identity_token_at(scene)) is Reason.TOKEN_REVOKED


def test_it_can_be_bound_again_with_another_code_to_them_or_to_somebody_else() -> None:
    for member in ("alice", "bob"):
        scene = a_scene()
        token = bound(scene).token
        ENDS["the token"](scene, token)
        again = bound(scene, IDENTITY_TOKEN, code_for(scene, member)).token
        assert (again.member, again.hash != token.hash) == (member, True)
        assert origin(scene).presented.member == member
        assert scene.find(Token, where=lambda t, of=token: t.id == of.id)[0].revoked_at


def test_a_vend_that_began_before_it_was_somebody_elses_comes_to_nothing() -> None:
    scene = a_scene()
    token = bound(scene).token
    bobs = code_for(scene, "bob")

    def passes_on() -> None:
        ENDS["the token"](scene, token)
        bound(scene, IDENTITY_TOKEN, bobs)

    scene.just_before("put_outcome issued", passes_on)
    assert not_vended(scene) is Reason.TOKEN_REVOKED


def test_a_word_is_good_until_it_says_so_also_in_the_middle_of_a_vend() -> None:
    scene = a_scene()
    bound(scene)
    text = identity_token_at(scene, exp=(NOON + timedelta(minutes=1)).timestamp())
    scene.just_before("issue", lambda: scene.later(minutes=1))
    assert not_vended(scene, text) is Reason.IDENTITY_TOKEN_EXPIRED
    assert scene.story()[-1] == "vend withheld identity-token-expired"


def test_an_identity_is_valid_for_90_days_by_default() -> None:
    scene = a_scene()
    assert bound(scene).token.expires_at == NOON + timedelta(days=90)
    scene.later(days=90)
    assert not_vended(scene, identity_token_at(scene)) is Reason.TOKEN_EXPIRED
    for wrong in (NOON, NOON + timedelta(days=366, seconds=1)):
        error = refused(a_scene(), expires_at=wrong)
        assert (type(error), error.field) == (InvalidRequest, "expires_at")


def test_it_has_no_text_that_another_could_take_the_place_of() -> None:
    scene = a_scene()
    bound(scene)
    caller = admit(scene.ports, origin(scene), EVERYONE, Action.TOKEN_ROTATE)
    reason = refusals.reason_of(rotate_token, scene.ports, caller)
    assert reason is Reason.NO_TOKEN_TO_ROTATE


def test_a_bound_identity_alerts_the_leads_like_any_further_token() -> None:
    scene = a_scene()
    bound(scene)
    assert [event.alert for event in scene.alerts] == ["further-token"]
    # A second use of the code alerts the leads too, even if it binds another identity.
    refused(scene, fake_identity_token(claims(NOON, sub=BOBS)))
    assert [event.alert for event in scene.alerts][1:] == ["code-used-twice"]


def test_an_unavailable_provider_refuses_everyone_and_uses_no_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = a_scene()

    def unreachable(_self: Any, _text: str, _now: datetime) -> Any:
        raise Unavailable(Reason.PROVIDER_UNREACHABLE)

    monkeypatch.setattr(type(scene.ports.identity_providers), "verify", unreachable)
    assert refused(scene).reason is Reason.PROVIDER_UNREACHABLE
    with pytest.raises(Unavailable):
        origin(scene)
    assert not scene.entries
