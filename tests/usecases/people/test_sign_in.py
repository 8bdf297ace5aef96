"""Sign-in with the firm's identity provider: binding with a code, and revocation like a token's."""

from datetime import timedelta
from functools import partial

from chalicelib.domain.errors import (
    InvalidRequest,
    Unavailable,
)
from chalicelib.domain.people.enrolments import EnrolIdentity
from chalicelib.domain.people.identities import Identity
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.usecases.admission import EVERYONE, admit, sign_in
from chalicelib.usecases.people.enrol import enrol_identity
from chalicelib.usecases.people.lead_changes import suspend_member
from chalicelib.usecases.people.members import create_enrolment, reinstate_member
from chalicelib.usecases.people.tokens import revoke_token, rotate_token
from chalicelib.usecases.ports import RequestOrigin
from chalicelib.usecases.vending.vend import vend
from tests.builders import a_scene, code_text_of
from tests.fakes import NOON
from tests.fakes.providers import claims, fake_identity_token
from tests.rows import every
from tests.usecases import refusals
from tests.usecases.people.enrolment_scene import HERE
from tests.usecases.telling import Telling

IDENTITY_TOKEN = fake_identity_token(claims(NOON))
BOBS = "bob@example.com"


def bound(scene, identity_token=IDENTITY_TOKEN, code="", **more):
    """Bind the identity token with alice's code, or with another code."""
    text = code or code_text_of("alice")
    return enrol_identity(
        scene.ports,
        EnrolIdentity(code=text, identity_token=identity_token, label="sign-in", **more),
        address=HERE,
    )


def refused(scene, identity_token=IDENTITY_TOKEN, code="", **more):
    return refusals.refused(bound, scene, identity_token, code, **more)


def code_for(scene, member):
    return scene.do(create_enrolment, member).code


def origin(scene, identity_token=IDENTITY_TOKEN):
    return RequestOrigin(sign_in(scene.ports, identity_token), HERE)


def vended(scene, identity_token=IDENTITY_TOKEN):
    return vend(
        scene.ports, origin(scene, identity_token), "acme-prod", SessionRequest(role="readonly")
    )


def not_vended(scene, identity_token=IDENTITY_TOKEN):
    return refusals.reason_of(vended, scene, identity_token)


def identity_token_at(scene, *, key="the provider's", **changes):
    """Return an identity token of alice's that the provider issues now, or another signs."""
    return fake_identity_token(claims(scene.clock, **changes), key=key)


def binds(scene, member="alice", **claimed):
    """Bind alice's identity, or one with these claims, with a code of the member's."""
    code = "" if member == "alice" and not scene.find(Identity) else code_for(scene, member)
    token = bound(scene, identity_token_at(scene, **claimed), code).token
    return {"member": token.member, "subject": token.subject, "expires_at": token.expires_at}


def binds_again_with_the_code(scene, **claimed):
    bound(scene, identity_token_at(scene, **claimed))


def vends(scene, **claimed):
    vended(scene, identity_token_at(scene, **claimed))


def rotates(scene):
    rotate_token(scene.ports, admit(scene.ports, origin(scene), EVERYONE, Action.TOKEN_ROTATE))


def ends(scene, how):
    ENDS[how](scene, scene.find(Token, where=lambda token: token.issuer)[0])


def passes_on(scene):
    ends(scene, "the token")
    binds(scene, "bob")


def reinstates(scene):
    scene.do(reinstate_member, "alice", why="back")


def waits(scene, days):
    scene.later(days=days)


BOB, FORGED = {"sub": BOBS}, {"key": "someone else's"}
MINUTE = {"exp": (NOON + timedelta(minutes=1)).timestamp()}
# At which step of the last act the first act comes, if at any, and the acts
STORIES = {
    "A bound identity is its member": (None, [
        (binds, {}), (vends, {}), (vends, BOB), (vends, {"sub": "Alice@example.com"}),
        (rotates, {}), (binds_again_with_the_code, BOB),
    ]),
    "A refused identity token uses no code": (
        None, [(binds, FORGED), (binds, {}), (vends, FORGED)],
    ),
    "An identity has one member": (None, [
        (binds, {}), (binds, {"member": "bob"}), (binds, {"member": "bob", **BOB}),
    ]),
    "One of two concurrent bindings of an identity succeeds": (
        "change", [(binds, {"member": "bob"}), (binds_again_with_the_code, {})],
    ),
    "It is never good again by letting its member back in": (None, [
        (binds, {}), (ends, {"how": "the member"}), (waits, {"days": 1}), (reinstates, {}),
        (vends, {}),
    ]),
    "It can be bound again to its member": (
        None, [(binds, {}), (ends, {"how": "the token"}), (binds, {}), (vends, {})],
    ),
    "It can be bound again to someone else": (
        None, [(binds, {}), (passes_on, {}), (vends, {})],
    ),
    "It is valid for 90 days": (None, [(binds, {}), (waits, {"days": 90}), (vends, {})]),
}  # fmt: skip


def test_what_an_identity_gives_is_as_the_file_says():
    story = Telling()
    for title, (step, acts) in STORIES.items():
        scene = story.begin(title, a_scene())
        if step:
            (meanwhile, fields), *acts = acts
            scene.just_before(step, partial(meanwhile, scene, **fields))
        for act, fields in acts:
            story.do(act, scene, **fields)
    for title, step, meanwhile in (
        ("A vend that began before it was someone else's", "put_outcome issued", passes_on),
        ("An identity token that expires during a vend", "issue", lambda s: s.later(minutes=1)),
    ):
        scene = story.begin(title, a_scene())
        binds(scene)
        scene.just_before(step, partial(meanwhile, scene))
        story.do(vends, scene, **MINUTE)
    story.hold("people/identities")


def test_the_text_of_an_identity_token_is_not_stored():
    scene = a_scene()
    token = bound(scene).token
    assert token.hash not in repr(token)
    assert IDENTITY_TOKEN not in repr(scene.entries) + repr(scene.items)


@every("wrong", [NOON, NOON + timedelta(days=366, seconds=1)])
def test_an_end_in_the_past_or_after_a_year_is_refused(wrong):
    error = refused(a_scene(), expires_at=wrong)
    assert (type(error), error.field) == (InvalidRequest, "expires_at")


def test_a_taken_identity_does_not_reveal_whether_a_code_is_valid():
    """A valid code would otherwise be recognisable without being used, so without an alert."""
    scene = a_scene()
    bound(scene)
    for code in (code_for(scene, "bob"), code_text_of("bob"), code_text_of("nobody")):
        assert refused(scene, IDENTITY_TOKEN, code).reason is Reason.IDENTITY_TAKEN
        assert refused(scene, IDENTITY_TOKEN, code, expires_at=NOON).reason is Reason.BAD_VALUE


ENDS = {
    "the token": lambda scene, token: scene.do(revoke_token, "alice", token.id, why="lost"),
    "the member": lambda scene, _: scene.do(suspend_member, "alice", why="left"),
    "by themself": lambda scene, token: scene.do(
        revoke_token, "alice", token.id, why="lost", by="alice"
    ),
}


@every("end", ENDS)
@every("step", ["", "record intended", "issue", "access_facts", "put_outcome issued"])
def test_each_way_to_end_a_token_ends_an_identity_also_in_the_middle_of_a_vend(end, step):
    scene = a_scene()
    token = bound(scene).token
    if step:
        scene.just_before(step, lambda: ENDS[end](scene, token))
    else:
        ENDS[end](scene, token)
    assert not_vended(scene) in (Reason.TOKEN_REVOKED, Reason.MEMBER_SUSPENDED)
    assert "vend issued" not in scene.story()


def test_an_unavailable_provider_refuses_everyone_and_uses_no_code(
    monkeypatch,
):
    scene = a_scene()

    def unreachable(_self, _text, _now):
        raise Unavailable(Reason.PROVIDER_UNREACHABLE)

    monkeypatch.setattr(type(scene.ports.identity_providers), "verify", unreachable)
    assert refused(scene).reason is Reason.PROVIDER_UNREACHABLE
    refusals.refused(origin, scene)
    assert not scene.entries
