"""A client's cut-off: which files create it, what the brake excludes, and which roles are never
for members."""

from datetime import timedelta
from itertools import product

from chalicelib.domain.engagements.engagements import ChangeEngagement, CutOffMethod
from chalicelib.domain.engagements.roles import ChangeRole, CreateRole
from chalicelib.domain.errors import Conflict
from chalicelib.domain.onboarding.requests import ImportProfile, OpenEngagement, RequestedRole
from chalicelib.domain.onboarding.role_setup import (
    ChangeSetup,
    PermissionSet,
    RoleSetup,
    SetupPart,
    TemplateFormat,
)
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.engagements.engagements import (
    change_engagement,
    close_engagement,
    find_engagement,
)
from chalicelib.usecases.engagements.roles import change_role, create_role, end_role
from chalicelib.usecases.onboarding.client_page import build_client_page
from chalicelib.usecases.onboarding.client_setup import build_client_setup
from chalicelib.usecases.onboarding.links import create_link
from chalicelib.usecases.onboarding.open_engagement import import_engagement, open_engagement
from chalicelib.usecases.onboarding.role_setup import change_setup
from tests.builders import (
    AFTER,
    ROLE_ARN,
    a_cut_off,
    a_scene,
    an_asked_for,
    an_engagement,
    role_cut_offs,
)
from tests.fakes import NOON
from tests.golden import hold_against_file
from tests.rows import every
from tests.usecases.refusals import refusal_of, refused

CUT_OFF_ID = "daypass-cutoffcutoffcutoffcutoffcutoff22"
NONE, BRAKE, DENY_ALL = CutOffMethod.NONE, CutOffMethod.BRAKE, CutOffMethod.DENY_ALL
METHODS = [(NONE, False), (NONE, True), (BRAKE, True), (DENY_ALL, True)]
JSON = TemplateFormat.JSON
EXISTING = {"permissions": PermissionSet.AS_THEY_ARE}


def with_method(method, *, had_one=True, **setup):
    external_id = CUT_OFF_ID if had_one else None
    engagement = an_engagement(cut_off=method, cut_off_external_id=external_id)
    return a_scene(engagement, an_asked_for(**setup))


ALONE = SetupPart.CUT_OFF


def test_the_files_and_settings_of_each_method_are_as_their_file_says():
    lines = []
    for (method, had_one), setup in product(METHODS, ({}, EXISTING)):
        scene = with_method(method, had_one=had_one, **setup)
        kind = "an existing role" if setup else "a new role"
        lines.append(f"# {method}{'' if had_one else ', never had one'}, {kind}")
        for part, form in product(SetupPart, TemplateFormat):
            got = build_client_setup(scene.ports, "acme-prod", "readonly", format=form, part=part)
            names = [file.name for file in got.files] + [f"={each.name}" for each in got.settings]
            lines.append(f"{part} {form}: {', '.join(names) or '-'}")
    hold_against_file("onboarding/files.txt", "\n".join(lines))


@every("existed", [True, False])
def test_the_json_for_an_existing_role_says_to_keep_another_boundary(*, existed):
    scene = with_method(BRAKE, **(EXISTING if existed else {}))
    setup = build_client_setup(scene.ports, "acme-prod", "readonly", format=JSON, part=ALONE)
    assert (
        "another boundary, keep that one and ask for deny-all" in setup.files[0].purpose
    ) is existed


BOUNDARY = [
    {"makes_boundary": True},
    {"boundary_arn": "arn:aws:iam::aws:policy/PowerUserAccess"},
]


@every("boundary", BOUNDARY)
def test_a_brake_and_another_boundary_exclude_each_other(boundary):
    scene = with_method(BRAKE)
    error = refused(set_up, scene, **boundary)
    assert "to deny-all, or remove the role's other boundary" in error.detail
    scene = with_method(DENY_ALL, **boundary)
    error = refused(switch, scene, BRAKE)
    assert (error.field, "readonly has a permissions boundary" in error.detail) == ("cut_off", True)
    assert find_engagement(scene.ports, "acme-prod").cut_off is DENY_ALL


@every("boundary", BOUNDARY)
@every("method", [NONE, DENY_ALL])
def test_every_other_method_allows_any_boundary(method, boundary):
    scene = with_method(method)
    set_up(scene, **boundary)
    assert switch(scene, DENY_ALL).cut_off is DENY_ALL
    assert switch(scene, NONE).cut_off is NONE


def test_a_role_that_ended_with_a_boundary_prevents_no_brake_and_breaks_no_page():
    scene = with_method(DENY_ALL, makes_boundary=True)
    scene.do(end_role, "acme-prod", "readonly")
    assert switch(scene, BRAKE).cut_off is BRAKE
    text = scene.do(create_link, "acme-prod").text
    scene.do(close_engagement, "acme-prod")
    (role,) = build_client_page(scene.ports, text).roles
    assert role.spec.permissions_boundary == f"{ROLE_ARN}-daypass-boundary".replace(
        ":role/", ":policy/"
    )


def set_up(scene, **choices):
    scene.do(change_setup, "acme-prod", "readonly", ChangeSetup(**choices))


def switch(scene, method):
    return scene.do(change_engagement, "acme-prod", ChangeEngagement(cut_off=method))


def with_a_cut_off(method, needed_for):
    scene = with_method(method)
    scene.add(role_cut_offs(a_cut_off(needed_until=NOON + needed_for), method=method))
    return scene


@every("method", [NONE, DENY_ALL])
def test_a_brake_that_ends_sessions_is_not_given_up(method):
    scene = with_a_cut_off(BRAKE, timedelta(minutes=1))
    assert refusal_of(Conflict, switch, scene, method) is Reason.CUT_OFF_IN_FORCE
    assert switch(with_a_cut_off(BRAKE, timedelta(0)), method).cut_off is method


def test_all_else_changes_while_sessions_are_ended():
    scene = with_a_cut_off(BRAKE, timedelta(minutes=1))
    change = ChangeEngagement(client="Acme Corp.", cut_off=BRAKE)
    assert scene.do(change_engagement, "acme-prod", change).client[5:] == "Corp."
    # The client keeps AWSDenyAll on the role, whatever the engagement's method is.
    assert switch(with_a_cut_off(DENY_ALL, timedelta(minutes=1)), BRAKE).cut_off is BRAKE


def by_creating(scene, arn):
    scene.do(create_role, "acme-prod", CreateRole(name="new", arn=arn))


def by_changing(scene, arn):
    scene.do(change_role, "acme-prod", "readonly", ChangeRole(arn=arn))


def by_opening(scene, arn):
    roles = (RequestedRole(name="readonly", arn=arn),)
    request = OpenEngagement(
        id="acme-two", client="Acme", account_id="987654321098", ends_at=AFTER, roles=roles
    )
    scene.do(open_engagement, request)


def by_importing(scene, arn):
    config = f"[profile acme]\nrole_arn = {arn}\nexternal_id = acme-7f3a91c4\n"
    request = ImportProfile(
        id="acme-two", client="Acme", ends_at=AFTER, config=config, role="readonly"
    )
    scene.do(import_engagement, request)


@every("register", [by_creating, by_changing, by_opening, by_importing])
@every("path", ["daypass-cut-off", "Daypass-Cut-Off", "daypass-cut-off/x"])
def test_a_cut_off_role_is_never_a_role_for_members(register, path):
    scene = a_scene()
    arn = f"arn:aws:iam::987654321098:role/{path}/ContractorRole-cut-off"
    error = refused(register, scene, arn)
    assert (error.reason, "This is a cut-off role" in error.detail) == (Reason.BAD_VALUE, True)
    assert not scene.entries


def test_a_brake_is_no_boundary_of_a_setup():
    scene = a_scene()
    brake = "arn:aws:iam::987654321098:policy/daypass-cut-off/Other-brake"
    assert "can only be a brake" in refused(set_up, scene, boundary_arn=brake).detail
    assert scene.get(RoleSetup, "acme-prod", "readonly") == an_asked_for()
