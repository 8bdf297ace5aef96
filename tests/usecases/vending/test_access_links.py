"""Access links: created for members with access, and revoked."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

from chalicelib.domain.errors import AccessDenied, Conflict, NotFound, Unauthenticated, Unavailable
from chalicelib.domain.identifiers import build_external_id
from chalicelib.domain.one_time_secrets import IN_URL
from chalicelib.domain.reasons import Reason
from chalicelib.domain.text import PART_OF_A_LINK
from chalicelib.domain.trail import Outcome
from chalicelib.domain.values import Item
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.usecases.vending.access_links import (
    NewAccessLink,
    make_access_link,
    revoke_access_link,
)
from tests.builders import (
    ASKED_IN,
    Scene,
    a_binding,
    a_role,
    a_verification,
    an_access_link,
    an_engagement,
)
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.refusals import refused
from tests.usecases.vending.linking import a_scene_in_slack, link_of, pressed

REQUEST = SessionRequest(role="readonly", duration=1800, reason="INC-7")
HASH = an_access_link().hash


def a_scene_without_a_link(*items: Item) -> Scene:
    scene = a_scene_in_slack(*items)
    scene.world.items = {k: i for k, i in scene.world.items.items() if i != an_access_link()}
    return scene


def made(
    scene: Scene, request: SessionRequest = REQUEST, engagement: str = "acme-prod"
) -> NewAccessLink:
    return make_access_link(scene.ports, scene.in_slack(), engagement, request, asked_in=ASKED_IN)


def test_a_link_gives_its_member_one_session_within_five_minutes() -> None:
    scene = a_scene_without_a_link()
    new = made(scene)
    assert new.link == link_of(scene)
    assert (new.link.member, new.link.token) == ("alice", a_binding().hash)
    assert (new.link.engagement, new.link.role) == ("acme-prod", "readonly")
    assert (new.link.duration, new.link.reason) == (1800, "INC-7")
    assert new.link.asked_in == ASKED_IN
    assert new.link.created_at == NOON
    assert new.link.expires_at == NOON + timedelta(minutes=5)
    assert (new.link.used_at, new.link.revoked_at) == (None, None)
    (entry,) = scene.world.entries
    assert (entry.actor, entry.action, entry.outcome) == ("alice", "access-link.create", "done")
    assert (entry.token, entry.address) == (a_binding().id, ASKED_IN)
    assert (entry.engagement, entry.role) == ("acme-prod", "readonly")
    assert entry.details == {
        "link": new.link.id,
        "asked_in": ASKED_IN,
        "duration": "1800",
        "said": "INC-7",
        "expires_at": "2026-11-24T12:05:00Z",
    }
    assert scene.world.issued == []


def test_its_text_is_unguessable_and_only_its_hash_is_kept() -> None:
    scene = a_scene_without_a_link()
    first, second = made(scene), made(scene)
    assert first.text != second.text
    assert re.fullmatch(IN_URL.pattern, first.text)
    assert PART_OF_A_LINK.search(first.text)  # so that no free text takes it
    assert hashlib.sha256(first.text.encode()).hexdigest() == first.link.hash
    assert first.link.id == first.link.hash[:12]
    assert first.text not in repr(scene.world.items) + repr(scene.world.entries) + repr(first)


@every(
    "error, reason, item",
    [
        (Unauthenticated, Reason.TOKEN_REVOKED, a_binding(revoked_at=NOON)),
        (AccessDenied, Reason.DURATION_TOO_LONG, a_role(max_session=900)),
        (AccessDenied, Reason.ROLE_CLOSED_TO_LINKS, a_role(allows_links=False)),
    ],
)
def test_a_vend_that_would_be_refused_gets_no_link_and_is_recorded(
    error: type[Exception], reason: Reason, item: Item
) -> None:
    scene = a_scene_without_a_link(item)
    no = refused(made, scene)
    assert (type(no), no.reason) == (error, reason)
    (entry,) = scene.world.entries
    assert (entry.action, entry.outcome, entry.reason) == ("access-link.create", "refused", reason)
    assert (entry.token, entry.address) == (a_binding().id, ASKED_IN)
    assert (entry.engagement, entry.role) == ("acme-prod", "readonly")
    assert entry.details == {"said": "INC-7", "caller": "person"}
    assert not scene.world.find(type(an_access_link()))


def test_a_rotation_meanwhile_refuses_no_link() -> None:
    scene = a_scene_without_a_link()
    next_id = build_external_id(b"n" * 20)

    def promote() -> None:
        proof = a_verification(external_id=next_id)
        scene.world.add(
            an_engagement(external_id=next_id, version=2), a_role(verification=proof, version=2)
        )

    scene.world.add(an_engagement(next_external_id=next_id))
    acts = iter([promote])

    def between(name: str) -> None:
        if name == "role":
            for act in acts:
                act()

    scene.world.between_facts = between
    assert made(scene).link.role == "readonly"
    assert scene.world.steps.count("access_facts") == 2


@every("step", ["access_facts", "change"])
def test_without_records_there_is_no_link(step: str) -> None:
    scene = a_scene_without_a_link()
    scene.world.fails_at(step, Unavailable(Reason.RECORDS_UNAVAILABLE))
    assert refused(made, scene).reason is Reason.RECORDS_UNAVAILABLE
    assert scene.story() == []


def test_a_binding_that_ends_while_a_link_is_made_gets_none() -> None:
    scene = a_scene_without_a_link()
    ended = a_binding(revoked_at=NOON, version=2)
    scene.world.just_before("change", lambda: scene.world.add(ended))
    assert type(refused(made, scene)) is Conflict
    assert scene.story() == []


@every("member", ["alice", "lena"])
def test_its_member_and_a_lead_can_revoke_a_link(member: str) -> None:
    scene = a_scene_in_slack()
    answer = revoke_access_link(scene.ports, scene.caller(member), HASH, why="not me")
    assert link_of(scene).revoked_at == answer.revoked_at == NOON
    assert answer.alive == 0
    (entry,) = scene.world.entries
    assert (entry.actor, entry.action, entry.outcome) == (member, "access-link.revoke", "done")
    assert (entry.engagement, entry.role) == ("acme-prod", "readonly")
    assert entry.subject == ("alice" if member == "lena" else "")
    link = an_access_link()
    assert entry.details == {"link": link.id, "asked_in": ASKED_IN, "said": "not me"}
    assert refused(pressed, scene).reason is Reason.ACCESS_LINK_REVOKED


@every("member", ["bob", "ada"])
def test_other_members_get_not_found(member: str) -> None:
    scene = a_scene_in_slack()
    no = refused(revoke_access_link, scene.ports, scene.caller(member), HASH)
    none = refused(revoke_access_link, scene.ports, scene.caller(member), "0" * 64)
    assert type(no) is type(none) is NotFound
    assert no.reason is Reason.ACCESS_LINK_UNKNOWN
    assert str(no) == str(none)
    assert link_of(scene) == an_access_link()
    assert scene.story() == []


def test_to_revoke_a_link_again_changes_nothing_and_answers_the_same() -> None:
    scene = a_scene_in_slack()
    first = revoke_access_link(scene.ports, scene.caller("alice"), HASH)
    scene.world.later(seconds=7)
    again = revoke_access_link(scene.ports, scene.caller("lena"), HASH)
    assert again.revoked_at == first.revoked_at
    assert scene.story() == ["access-link.revoke done"]


def test_a_link_that_is_used_at_that_moment_is_revoked_all_the_same() -> None:
    scene = a_scene_in_slack()
    scene.world.just_before("save", lambda: pressed(scene))
    answer = revoke_access_link(scene.ports, scene.caller("alice"), HASH)
    assert link_of(scene).used_at == NOON
    assert link_of(scene).revoked_at is not None
    assert answer.alive == 1
    assert scene.world.entries[-1].outcome is Outcome.DONE
