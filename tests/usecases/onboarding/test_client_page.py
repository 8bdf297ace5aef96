"""The client's page: its content for a valid link, its files, and its launch button."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import EmergencyCount, EmergencyRecord
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import NotFound
from chalicelib.domain.onboarding.next_step import StepKind
from chalicelib.domain.onboarding.role_setup import (
    ChangeSetup,
    PermissionSet,
    RoleSetup,
    TemplateFormat,
)
from chalicelib.domain.onboarding.setup.formats.cloudformation import build_role_template
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.onboarding.client_page import (
    build_client_page,
    create_launch_url,
    find_client_file,
)
from chalicelib.usecases.onboarding.client_setup import build_client_setup
from chalicelib.usecases.onboarding.links import create_link
from chalicelib.usecases.onboarding.role_setup import build_spec_for_role, change_setup
from tests.builders import (
    BEFORE,
    LINK_TEXT,
    a_digest_head,
    a_link,
    a_role,
    a_scene,
    an_asked_for,
    an_engagement,
    an_override,
)
from tests.fakes import NOON
from tests.fakes.templates import FakeTemplates
from tests.rows import every
from tests.usecases.refusals import refusal_of

HOUR = timedelta(hours=1)
CLOSED = an_engagement(closed_at=NOON)
ENDED_ROLE = a_role("old", arn="arn:aws:iam::987654321098:role/Old", ended_at=BEFORE)


def page_with(*items):
    scene = a_scene(*items)
    return build_client_page(scene.ports, LINK_TEXT)


def test_the_page_counts_the_emergencies_of_all_members_in_this_engagement():
    assert page_with().emergencies == EmergencyCount(0, None)
    opened = [
        EmergencyRecord(engagement="acme-prod", member="alice", count=2, last_at=NOON),
        EmergencyRecord(engagement="acme-prod", member="bob", count=1, last_at=NOON - HOUR),
        EmergencyRecord(engagement="globex", member="bob", count=5, last_at=NOON + HOUR),
    ]
    assert page_with(*opened).emergencies == EmergencyCount(3, NOON)


def names(page):
    return [view.role.name for view in page.roles]


@every(
    "override, until",
    [
        (None, None),
        (an_override(until=NOON + HOUR), NOON + HOUR),
        (an_override(until=NOON), None),
    ],
)
def test_the_page_has_the_end_of_a_leads_override(override, until):
    (view,) = page_with(a_role(verification=None, override=override)).roles
    assert view.overridden_until == until


def test_the_page_lists_roles_by_name_and_ended_ones_only_after_the_engagements_end():
    assert names(page_with(a_role("deploy"), a_role("audit"))) == ["audit", "deploy", "readonly"]
    assert names(page_with(ENDED_ROLE)) == ["readonly"]
    assert names(page_with(CLOSED, ENDED_ROLE)) == ["old", "readonly"]


@every(
    "engagement, checked_at, removal_checked_at",
    [
        (an_engagement(), NOON - HOUR, None),
        (CLOSED, None, None),
        (CLOSED, NOON - timedelta(microseconds=1), None),
        (CLOSED, NOON, NOON),
        (an_engagement(revoked_at=NOON - HOUR), NOON - HOUR, NOON - HOUR),
        (an_engagement(ends_at=NOON - HOUR), NOON, NOON),
        (an_engagement(ends_at=NOON - HOUR, closed_at=NOON), NOON - HOUR, NOON - HOUR),
        (an_engagement(ends_at=NOON, closed_at=NOON - HOUR), NOON - HOUR, NOON - HOUR),
    ],
)
def test_only_a_check_after_the_end_is_an_access_removal_check(
    engagement, checked_at, removal_checked_at
):
    page = page_with(engagement, a_link(checked_at=checked_at))
    assert page.removal_checked_at == removal_checked_at
    if page.has_ended:
        assert page.next_step.kind is (
            StepKind.REMOVE if removal_checked_at is None else StepKind.REMOVE_AGAIN
        )


def test_each_file_can_be_downloaded_by_its_name():
    scene = a_scene()
    (view,) = build_client_page(scene.ports, LINK_TEXT).roles
    files = [file for each in TemplateFormat for file in view.setup(each).files]
    assert len({file.name for file in files}) == len(files)
    for file in files:
        assert find_client_file(scene.ports, LINK_TEXT, "readonly", file.name) == file


def test_the_newest_head_can_be_downloaded_once_an_hour_is_signed():
    scene = a_scene(a_digest_head())
    file = find_client_file(scene.ports, LINK_TEXT, "readonly", "trail-head.txt")
    assert file.text == f"{'5e' * 32}  2026-11-24T10/digest.txt\n"


@every(
    "role, name",
    [
        ("readonly", "trail-head.txt"),  # before the first
        ("readonly", "trust-policy.yaml"),
        ("readonly", ""),
        ("readonly", "../trust-policy.json"),
        ("readonly", "daypass-acme-prod-old.yaml"),
        ("old", "trust-policy.json"),
        ("none", "trust-policy.json"),
        ("", "trust-policy.json"),
    ],
)
def test_other_files_are_not_found(role, name):
    scene = a_scene(ENDED_ROLE)
    assert (
        refusal_of(NotFound, find_client_file, scene.ports, LINK_TEXT, role, name) == "no-such-file"
    )


def test_opening_the_page_changes_and_records_nothing_and_shows_no_link():
    scene = a_scene()
    before = dict(scene.items)
    page = build_client_page(scene.ports, LINK_TEXT)
    find_client_file(scene.ports, LINK_TEXT, "readonly", "trust-policy.json")
    assert (scene.items, scene.entries, scene.steps) == (before, [], [])
    assert page.link_expires_at == a_link().expires_at
    assert LINK_TEXT not in repr(page)
    assert a_link().hash not in repr(page)


# The files for a client: the chosen role, in the requested format.


def setup_in(format, *items):
    scene = a_scene(*items)
    return build_client_setup(scene.ports, "acme-prod", "readonly", format=format)


def a_setup(**changes):
    return RoleSetup(engagement="acme-prod", role="readonly", **changes)


def test_a_broad_policy_of_the_clients_has_warnings():
    wide = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*"}}'
    assert setup_in(TemplateFormat.JSON, a_setup(permissions_policy=wide)).warnings
    assert setup_in(TemplateFormat.JSON).warnings == ()


def test_an_ended_roles_files_can_still_be_read():
    assert setup_in(TemplateFormat.JSON, a_role(ended_at=NOON)).files


# The launch button opens the client's console with the role's template filled in.


def with_bucket(scene):
    bucket = FakeTemplates()
    ports = replace(scene.ports, templates=bucket)
    return ports, bucket, create_link(ports, scene.caller(), "acme-prod").text


def test_the_console_gets_the_roles_template():
    ports, bucket, link = with_bucket(a_scene())
    url = urlsplit(create_launch_url(ports, link, "readonly"))
    engagement = ports.state.get(Engagement, "acme-prod")
    assert engagement is not None
    assert url.netloc == "eu-central-1.console.aws.amazon.com"
    ((name, text),) = bucket.published.items()
    assert text == build_role_template(build_spec_for_role(ports, engagement, a_role()))
    filled_in = parse_qs(url.fragment.partition("?")[2])
    assert filled_in["stackName"] == ["daypass-ContractorRole"]
    assert urlsplit(filled_in["templateURL"][0]).path == f"/{name}"


def test_each_template_has_its_own_name():
    scene = a_scene()
    ports, bucket, link = with_bucket(scene)
    create_launch_url(ports, link, "readonly")
    create_launch_url(ports, link, "readonly")
    assert len(bucket.published) == 1
    change_setup(
        ports, scene.caller(), "acme-prod", "readonly", ChangeSetup(max_session_duration=7200)
    )
    create_launch_url(ports, link, "readonly")
    assert len(bucket.published) == 2


@every(
    "items, wrong, reason",
    [
        ([], {"role": "deploy"}, Reason.NO_SUCH_FILE),
        ([a_role(ended_at=NOON)], {}, Reason.NO_SUCH_FILE),
        ([an_asked_for(permissions=PermissionSet.AS_THEY_ARE)], {}, Reason.NO_SUCH_FILE),
        ([an_engagement(revoked_at=NOON)], {}, Reason.NO_SUCH_FILE),
        ([], {"link": "b" * 52}, Reason.NO_SUCH_PAGE),
        ([], {"templates": None}, Reason.LAUNCH_NOT_SET_UP),
    ],
)
def test_an_invalid_launch_is_refused(items, wrong, reason):
    scene = a_scene()
    ports, bucket, link = with_bucket(scene)
    scene.add(*items)
    called = {"role": "readonly", "link": link, "templates": bucket} | wrong
    ports = replace(ports, templates=called["templates"])
    launch = (create_launch_url, ports, called["link"], called["role"])
    assert refusal_of(NotFound, *launch) is reason
    assert not bucket.published
