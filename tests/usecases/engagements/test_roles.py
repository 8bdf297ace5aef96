"""Roles and grants are created, changed and ended; another ARN makes a role unverified."""

from chalicelib.domain.engagements.engagements import ChangeGrant, CreateGrant, Grant
from chalicelib.domain.engagements.roles import ChangeRole, CreateRole, Role
from chalicelib.domain.errors import AccessDenied, Conflict
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.people.members import Kind
from chalicelib.usecases.engagements.grants import change_grant, create_grant
from chalicelib.usecases.engagements.roles import (
    MAX_FORMER_ARNS,
    MAX_ROLES,
    change_role,
    create_role,
    end_override,
    end_role,
    override_role,
)
from tests.builders import ROLE_ARN, a_grant, a_member, a_role, a_scene, an_override
from tests.fakes import DAY, NOON
from tests.rows import every
from tests.usecases.refusals import refusal_of
from tests.usecases.telling import Telling

DEPLOY_ARN = "arn:aws:iam::987654321098:role/Deploy"
READONLY, DEPLOY = frozenset({"readonly"}), frozenset({"deploy"})
BOTH = READONLY | DEPLOY


def arn(number):
    return f"{ROLE_ARN}{number:02}"


def created(scene, arn=DEPLOY_ARN, **changes):
    facts = {"name": "deploy", "arn": arn}
    return scene.do(create_role, "acme-prod", CreateRole(**(facts | changes)))


def changed(scene, **changes):
    return scene.do(change_role, "acme-prod", "readonly", ChangeRole(**changes))


def ended(scene):
    return scene.do(end_role, "acme-prod", "readonly", why="gone")


def overridden(scene, **changes):
    request = {"until": NOON + 7 * DAY, "why": "the client is on it"} | changes
    return scene.do(override_role, "acme-prod", "readonly", **request)


def end_the_override(scene):
    return scene.do(end_override, "acme-prod", "readonly", why="its check passed")


def granted(scene, member="bob", **changes):
    facts = {"member": member, "roles": READONLY}
    return scene.do(create_grant, "acme-prod", CreateGrant(**(facts | changes)))


def regranted(scene, **changes):
    return scene.do(change_grant, "acme-prod", "alice", ChangeGrant(**changes))


def vends(scene, member="alice"):
    scene.vend(member)


def waits(scene):
    scene.later(hours=1)


# What is stored before, and the acts
STORIES = {
    "A reused name is a new role: unverified, without the former one's setup": (
        [RoleSetup(engagement="acme-prod", role="readonly", makes_boundary=True)],
        [(ended, {}), (created, {"name": "readonly", "arn": ROLE_ARN}), (vends, {})],
    ),
    "Other changes than the ARN keep the verification, and can be taken back": ([], [
        (changed, {"max_session": 900}), (changed, {"requires_reason": True}),
        (changed, {"allows_chaining": True}), (changed, {"allows_links": False}),
        (changed, {"max_session": 3600, "requires_reason": False}),
        (changed, {"allows_chaining": False, "allows_links": True}),
    ]),
    "A change to what is so already changes nothing": (
        [], [(changed, {}), (changed, {"arn": ROLE_ARN})],
    ),
    "A role with ten previous ARNs can still be changed and ended": (
        [a_role(former_arns=tuple(map(arn, range(MAX_FORMER_ARNS))))],
        [(changed, {"arn": ROLE_ARN, "max_session": 900}), (ended, {})],
    ),
    "Another ARN ends verification and override, even if it is changed back": (
        [a_role(override=an_override())],
        [(changed, {"arn": DEPLOY_ARN}), (changed, {"arn": ROLE_ARN}), (vends, {})],
    ),
    "An overridden role is vended from for a time": (
        [a_role(verification=None)],
        [(overridden, {"until": NOON + DAY / 24}), (vends, {}), (waits, {}), (vends, {})],
    ),
    "A lead ends an override once, and the role stays verified": (
        [], [(overridden, {}), (vends, {}), (end_the_override, {}), (end_the_override, {})],
    ),
    "An ended role has no override": ([], [(overridden, {}), (ended, {})]),
    "A grant after a revocation has nothing of the earlier one": (
        [a_grant("bob", on_request=READONLY, revoked_at=NOON)], [(granted, {})],
    ),
    "Only the sent fields of a grant are changed": (
        [a_grant(on_request=READONLY, emergency=READONLY), a_role("deploy")],
        [(regranted, {"ends_at": NOON + DAY}), (regranted, {"roles": DEPLOY})],
    ),
    "No roles are other than no change": ([], [(regranted, {"roles": frozenset()}), (vends, {})]),
    "An ended grant can be extended": (
        [a_grant(ends_at=NOON - DAY)], [(regranted, {"ends_at": NOON + DAY}), (vends, {})],
    ),
    "A grant gives access only on request, and allows emergencies": (
        [],
        [(granted, {"on_request": READONLY, "emergency": READONLY}), (vends, {"member": "bob"})],
    ),
    "A role that is taken away takes its conditions along": (
        [a_role("deploy"), a_grant(roles=BOTH, on_request=BOTH, emergency=BOTH)],
        [(regranted, {"roles": DEPLOY}), (regranted, {"on_request": frozenset()})],
    ),
}  # fmt: skip


def test_what_each_change_does_is_as_the_file_says():
    story = Telling()
    for title, (items, acts) in STORIES.items():
        scene = story.begin(title, a_scene(*items))
        for act, fields in acts:
            story.do(act, scene, **fields)
    story.hold("engagements/roles-and-grants")


def test_a_vend_under_an_ended_override_is_withheld():
    scene = a_scene(a_role(verification=None))
    overridden(scene)
    scene.just_before("put_outcome issued", lambda: end_the_override(scene))
    assert refusal_of(AccessDenied, scene.vend) == "role-unverified"


def test_an_engagement_has_at_most_twenty_roles():
    scene = a_scene()
    for number in range(MAX_ROLES - 1):
        created(scene, name=f"role-{number}")
    assert refusal_of(Conflict, created, scene, name="one-more") == "too-many-roles"
    scene.do(end_role, "acme-prod", "role-1")
    assert created(scene, name="role-1")


# A role keeps all its previous ARNs. There are at most ten.


def renamed(scene, number):
    return changed(scene, arn=arn(number))


def recreated(scene, number):
    ended(scene)
    return created(scene, arn(number), name="readonly")


@every("another", [renamed, recreated])
def test_a_role_keeps_its_previous_arns_and_an_eleventh_is_refused(another):
    scene = a_scene()
    for number in range(MAX_FORMER_ARNS):
        another(scene, number)
    before = current(scene)
    assert before.former_arns == (ROLE_ARN, *map(arn, range(MAX_FORMER_ARNS - 1)))
    assert refusal_of(Conflict, another, scene, MAX_FORMER_ARNS) == "too-many-roles"
    assert (current(scene).arn, current(scene).former_arns) == (before.arn, before.former_arns)


def test_a_repeated_arn_counts_once():
    scene = a_scene()
    for number in range(3 * MAX_FORMER_ARNS):
        last = renamed(scene, number % 3)
    assert last.former_arns == (ROLE_ARN, arn(0), arn(1), arn(2))


def current(scene):
    return scene.stored(Role, "acme-prod", "readonly")


def test_a_member_who_becomes_an_auditor_meanwhile_gets_no_grant():
    scene = a_scene()
    auditor = a_member("bob", kind=Kind.AUDITOR, version=2)
    scene.just_before("change", lambda: scene.add(auditor))
    assert refusal_of(Conflict, granted, scene) == "changed-meanwhile"
    assert scene.get(Grant, "acme-prod", "bob") is None
