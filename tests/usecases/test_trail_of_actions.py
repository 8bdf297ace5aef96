"""The entries that longer actions leave on the trail, in order."""

import re

from chalicelib.domain.engagements.reviews import Decision, ReviewGrant
from chalicelib.domain.people.enrolments import EnrolIdentity
from chalicelib.domain.people.members import Kind
from chalicelib.usecases.engagements.grants import decide_review
from chalicelib.usecases.engagements.several import leave, revoke_client
from chalicelib.usecases.onboarding.client_page import check_by_client
from chalicelib.usecases.people.enrol import enrol_identity
from chalicelib.usecases.people.operator import OtherLeads, create_first_lead, recover_lead
from chalicelib.usecases.verification.verify import verify_role
from tests.builders import LINK_TEXT, a_member, a_scene, a_token, code_text_of
from tests.fakes import NOON
from tests.fakes.providers import claims, fake_identity_token
from tests.golden import hold_against_file
from tests.usecases.changes_table import two_leads
from tests.usecases.engagements.test_several import a_scene_of_alice, a_scene_with_clients
from tests.usecases.onboarding.renewal.renewing import renew
from tests.usecases.onboarding.renewal.test_renew import a_crowd
from tests.usecases.people.enrolment_scene import CODE, HERE, got
from tests.usecases.verification.access_removal.ended_engagement import check_access, ended
from tests.usecases.verification.cut_off.braked import braked
from tests.usecases.verification.cut_off.braked import check as check_cut_off
from tests.usecases.verification.rotation.rotations import promoted_rotation

KEEP, END = Decision


def reviewing(decision):
    request = ReviewGrant(decision=decision, why="project over")
    return lambda scene: scene.do(decide_review, "acme-prod", "alice", request)


def a_scene_in_use():
    scene = a_scene_of_alice()
    scene.vend()
    return scene


def rotate(scene):
    rotation = promoted_rotation()
    rotation.client_adopts()
    rotation.check()
    scene.entries.extend(rotation.scene.entries)


def sign_in(scene):
    identity = fake_identity_token(claims(NOON))
    request = EnrolIdentity(code=code_text_of("alice"), identity_token=identity, label="sign-in")
    enrol_identity(scene.ports, request, address=HERE)


def create_lead(scene):
    scene.items.clear()
    create_first_lead(scene.ports, id="lena", name="Lena")


def recover(scene, *, others, lost=False):
    scene.world.items |= two_leads().world.items
    scene.add(a_member("luis", kind=Kind.LEAD, suspended_at=NOON), a_token("lena", revoked_at=NOON))
    more = {"others": others} if others else {}
    recover_lead(scene.ports, id="luis", lost=lost, **more)


ACTIONS = {
    "A role is checked": (a_scene, lambda s: s.do(verify_role, "acme-prod", "readonly")),
    "A client checks": (a_scene, lambda s: check_by_client(s.ports, LINK_TEXT, address=HERE)),
    "An external ID is rotated": (a_scene, rotate),
    "Access is removed": (ended, check_access),
    "A cut-off is checked": (braked, check_cut_off),
    "A code is used": (a_scene, got),
    "An identity is bound": (a_scene, sign_in),
    "The first lead is created": (a_scene, create_lead),
    "A lead is recovered": (a_scene, lambda s: recover(s, others=None)),
    "Tokens are lost": (a_scene, lambda s: recover(s, others=None, lost=True)),
    "Others are suspended": (a_scene, lambda s: recover(s, others=OtherLeads.SUSPEND)),
    "A member leaves": (a_scene_in_use, lambda s: s.do(leave, "alice", why="has a new job")),
    "A client is revoked": (
        a_scene_with_clients, lambda s: s.do(revoke_client, "Acme", why="the client asked for it"),
    ),
    "An engagement is renewed": (a_crowd, renew),
    "A grant is kept": (a_scene, reviewing(KEEP)),
    "A grant is ended": (a_scene, reviewing(END)),
}  # fmt: skip
GENERATED = (
    (re.compile(r"\b(?=\d*[a-f])[0-9a-f]{12,64}\b|daypass-[a-z2-7]{32}"), "(new)"),
    (re.compile(r"\b[a-z]{12}\."), "(made-up)."),
)


def test_the_entries_of_each_action_are_as_their_file_says():
    lines = []
    for name, (begin, act) in ACTIONS.items():
        scene = begin()
        before, earlier = len(scene.entries), f"{scene.items} {CODE.id}"
        act(scene)
        lines.append(f"# {name}")
        for entry in scene.entries[before:]:
            about = (entry.engagement, entry.role, entry.subject, entry.reason)
            by = filter(None, (entry.actor, entry.token, entry.address))
            details = [f"{key}={text}" for key, text in sorted(entry.details.items())]
            line = f"{entry.action} {entry.outcome}: {' '.join(filter(None, about))}"
            line += f" by {' '.join(by)}; {', '.join(details)}"
            for pattern, text in GENERATED:
                line = pattern.sub(lambda m, k=earlier, t=text: m[0] if m[0] in k else t, line)
            lines.append(line)
    hold_against_file("trail/actions.txt", "\n".join(lines))
