"""One transaction opens an engagement with its roles and the client's link; or a lead imports a
role that people assumed by hand, from which Daypass vends after a check has passed."""

from datetime import timedelta

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, FactsChanged, InvalidRequest
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.requests import ImportProfile, OpenEngagement
from chalicelib.domain.onboarding.role_setup import PermissionSet, RoleSetup
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.engagements.engagements import close_engagement, revoke_engagement
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.onboarding.links import open_link
from chalicelib.usecases.onboarding.open_engagement import (
    RequestedRole,
    import_engagement,
    open_engagement,
)
from chalicelib.usecases.onboarding.role_setup import find_setup
from chalicelib.usecases.people.members import revoke_member
from chalicelib.usecases.verification.verify import begin_rotation, check_role
from tests.builders import AFTER, a_scene
from tests.fakes import NOON, FakeRole
from tests.rows import every
from tests.usecases.changes_table import two_leads
from tests.usecases.lost_answers import loses_answer
from tests.usecases.refusals import refusal_of, refused

READONLY = RequestedRole(name="readonly")
AUDIT = RequestedRole(
    name="audit",
    arn="arn:aws:iam::765432109876:role/team/Audit",
    max_session=1800,
    requires_reason=True,
    allows_chaining=True,
    permissions=PermissionSet.SECURITY_AUDIT,
)


def opened(scene, *roles, **changes):
    facts = {"id": "initech", "client": "Initech", "account_id": "765432109876", "ends_at": AFTER}
    return scene.do(open_engagement, OpenEngagement(roles=roles, **(facts | changes)))


def test_one_transaction_opens_it_with_unverified_roles_their_setup_and_a_link():
    scene = a_scene()
    result = opened(scene, READONLY, AUDIT)
    readonly, audit = result.roles
    assert readonly.arn == "arn:aws:iam::765432109876:role/daypass-readonly"
    assert (audit.arn, audit.max_session) == (AUDIT.arn, 1800)
    assert (audit.requires_reason, audit.allows_chaining) == (True, True)
    assert list_all(scene.ports.state, Role, engagement="initech") == (audit, readonly)
    assert not [role for role in result.roles if role.verification or role.override]
    for role, choice in (  # the default reads no data
        ("readonly", PermissionSet.VIEW_ONLY_ACCESS),
        ("audit", PermissionSet.SECURITY_AUDIT),
    ):
        setup = RoleSetup(engagement="initech", role=role, permissions=choice)
        assert scene.get(RoleSetup, "initech", role) == setup
    assert scene.steps.count("change") == 1
    (entry,) = scene.entries
    assert entry.details["link"] == result.link.link.id
    arns = {name: text for name, text in entry.details.items() if name.endswith(".arn")}
    assert arns == {f"role.{role.name}.arn": role.arn for role in result.roles}
    assert open_link(scene.ports, result.link.text) == (result.link.link, result.engagement)
    assert result.link.text not in repr((result, scene.items, scene.entries))


@every("chosen", [{"permissions": PermissionSet.AS_THEY_ARE}, {}])
def test_no_setup_is_stored_for_an_existing_role(chosen):
    """A role with an ARN exists, as does one that a lead adds to an engagement later."""
    scene = a_scene()
    arn = "arn:aws:iam::765432109876:role/DeployRole"
    opened(scene, RequestedRole(name="deploy", arn=arn, **chosen))
    assert scene.get(RoleSetup, "initech", "deploy") is None
    setup = find_setup(scene.ports, "initech", "deploy")
    assert setup.permissions is PermissionSet.AS_THEY_ARE


@every("end", [close_engagement, revoke_engagement])
def test_a_repetition_does_not_say_that_an_ended_engagement_is_open(end):
    scene = a_scene()
    first = opened(scene, READONLY)
    assert opened(scene, READONLY).engagement == first.engagement
    scene.do(end, "initech", why="a mistake", by="lena")
    assert refusal_of(Conflict, opened, scene, READONLY) == "already-exists"


def test_without_a_role_there_is_no_link():
    scene = a_scene()
    assert opened(scene).link is None
    assert not scene.find(SetupLink, where=lambda link: link.engagement == "initech")


ELSEWHERE = RequestedRole(name="x1", arn="arn:aws:iam::987654321098:role/X")


@every("role, reason", [(ELSEWHERE, "role-in-another-account"), (READONLY, "bad-value")])
def test_an_invalid_role_creates_no_engagement(role, reason):
    scene = a_scene()
    before = dict(scene.items)
    assert refusal_of(InvalidRequest, opened, scene, READONLY, role) == reason
    assert (scene.items, scene.entries) == (before, [])


ARN = "arn:aws:iam::765432109876:role/Consultants"
ID = "umbrella-7f3a91c4"


def profile(arn=ARN, external_id=ID, more=""):
    return f"[profile umbrella]\nrole_arn = {arn}\nexternal_id = {external_id}\n{more}"


def import_profile(scene, **changes):
    facts = {
        "id": "umbrella",
        "client": "Umbrella",
        "ends_at": AFTER,
        "config": profile(),
        "role": "readonly",
    }
    return scene.do(import_engagement, ImportProfile(**(facts | changes)))


def test_the_imported_role_is_unverified():
    scene = a_scene()
    result = import_profile(scene, config=profile(more="duration_seconds = 1800\n"))
    assert result.role == Role(
        engagement="umbrella",
        name="readonly",
        arn=ARN,
        max_session=1800,
        requires_reason=False,
        allows_chaining=False,
        created_at=NOON,
    )
    assert list_all(scene.ports.state, Role, engagement="umbrella") == (result.role,)


@every(
    "changes, reason, field",
    [
        ({"config": profile("arn:aws:iam::123456789012:role/R")}, "daypass-account", "config"),
        ({"config": profile("arn:aws:iam::222233334444:role/R")}, "firm-account", "config"),
        ({"config": profile("Consultants")}, "bad-value", "config"),
        ({"config": "[profile umbrella]"}, "bad-value", "config"),
        ({"profile": "acme"}, "bad-value", "profile"),
        ({"ends_at": NOON}, "ends-before-it-starts", "ends_at"),
        ({"starts_at": AFTER}, "ends-before-it-starts", "ends_at"),
        ({"ends_at": NOON + timedelta(days=732)}, "engagement-too-long", "ends_at"),
    ],
)
def test_an_invalid_request_creates_no_engagement(changes, reason, field):
    scene = a_scene()
    before = dict(scene.items)
    error = refused(import_profile, scene, **changes)
    assert (type(error), error.reason, error.field) == (InvalidRequest, reason, field)
    assert (scene.items, scene.entries) == (before, [])


def taken_by_an_import(scene):
    return import_profile(scene, id="first").engagement.external_id


def taken_by_an_engagement(scene):
    return opened(scene, id="first").engagement.external_id


def taken_and_closed(scene):
    taken = taken_by_an_engagement(scene)
    scene.do(close_engagement, "first")
    return taken


def taken_as_the_next(scene):
    taken_by_an_engagement(scene)
    return scene.do(begin_rotation, "first").next_external_id


def taken_once(scene):
    """Return a retired external ID. Only its tombstone is left."""
    taken = taken_by_an_import(scene)
    scene.world.roles[ARN] = role = FakeRole(taken)
    new = scene.do(begin_rotation, "first").next_external_id
    role.second_external_id = new
    scene.do(check_role, "first", "readonly")
    scene.world.roles[ARN] = FakeRole(new)
    scene.do(check_role, "first", "readonly")
    current = scene.get(Engagement, "first")
    assert (current.external_ids, current.previous_external_id) == ((new,), None)
    return taken


@every(
    "take",
    [
        taken_by_an_import,
        taken_by_an_engagement,
        taken_and_closed,
        taken_as_the_next,
        taken_once,
    ],
)
def test_an_external_id_that_was_ever_used_is_refused(take):
    scene = a_scene()
    taken = take(scene)
    before, entries = dict(scene.items), list(scene.entries)
    error = refused(import_profile, scene, config=profile(external_id=taken))
    about = (type(error), error.reason, error.field)
    assert about == (Conflict, Reason.EXTERNAL_ID_TAKEN, "config")
    assert (scene.items, scene.entries) == (before, entries)


def test_one_of_two_simultaneous_imports_of_an_external_id_is_refused():
    scene = two_leads()
    scene.just_before("change", lambda: import_profile(scene, id="first"))
    assert refusal_of(Conflict, import_profile, scene) == "external-id-taken"


def test_a_lead_who_is_suspended_meanwhile_learns_nothing_about_the_external_id():
    scene = two_leads()
    luis = scene.caller("luis")
    scene.just_before("change", lambda: revoke_member(scene.ports, luis, "lena", why="incident"))
    assert refusal_of(Conflict, import_profile, scene) == "changed-meanwhile"
    assert scene.get(Engagement, "umbrella") is None


def test_a_passing_conflict_is_not_reported_as_a_taken_external_id():
    """As of two simultaneous transactions on one item."""
    scene = a_scene()
    with loses_answer(scene, "change", FactsChanged(), has_effect=False):
        assert import_profile(scene).engagement.external_id == ID
    assert len(scene.entries) == 1
