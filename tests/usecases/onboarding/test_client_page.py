"""The client's page: its content for a valid link."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.emergencies import EmergencyCount, EmergencyRecord
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Override
from chalicelib.domain.errors import NotFound
from chalicelib.domain.onboarding.next_step import NextStep, StepKind
from chalicelib.domain.onboarding.role_setup import PermissionSet, TemplateFormat
from chalicelib.domain.values import Item
from chalicelib.usecases.onboarding.client_page import (
    ClientPage,
    build_client_page,
    find_client_file,
)
from chalicelib.usecases.onboarding.client_setup import build_client_setup, build_last_report
from tests.builders import (
    BEFORE,
    LINK_TEXT,
    ROLE_ARN,
    a_link,
    a_role,
    a_scene,
    an_asked_for,
    an_engagement,
    an_override,
)
from tests.fakes import FIRM, NOON
from tests.fakes.templates import FakeTemplates
from tests.rows import every

HOUR = timedelta(hours=1)
CLOSED = an_engagement(closed_at=NOON)
ENDED_ROLE = a_role("old", arn="arn:aws:iam::987654321098:role/Old", ended_at=BEFORE)


def page_with(*items: Item) -> ClientPage:
    scene = a_scene(*items)
    return build_client_page(scene.ports, LINK_TEXT)


def test_the_page_counts_the_emergencies_of_all_members_in_this_engagement() -> None:
    assert page_with().emergencies == EmergencyCount(0, None)
    opened = [
        EmergencyRecord(engagement="acme-prod", member="alice", count=2, last_at=NOON),
        EmergencyRecord(engagement="acme-prod", member="bob", count=1, last_at=NOON - HOUR),
        EmergencyRecord(engagement="globex", member="bob", count=5, last_at=NOON + HOUR),
    ]
    assert page_with(*opened).emergencies == EmergencyCount(3, NOON)


def names(page: ClientPage) -> list[str]:
    return [view.role.name for view in page.roles]


def test_the_page_has_the_firm_and_the_engagement() -> None:
    scene = a_scene()
    ports = replace(scene.ports, firm=replace(FIRM, name="Northwind Consulting"))
    page = build_client_page(ports, LINK_TEXT)
    assert (page.firm.name, page.firm.account_id) == ("Northwind Consulting", "123456789012")
    assert page.firm.broker_role_arn == "arn:aws:iam::123456789012:role/daypass-broker"
    assert page.engagement == an_engagement()
    assert page.link_expires_at == a_link().expires_at
    assert (page.has_ended, page.removal_checked_at) == (False, None)
    assert page.next_step == NextStep(kind=StepKind.DONE, roles=("readonly",))


def test_each_role_has_every_format_and_its_last_report() -> None:
    scene = a_scene()
    (view,) = build_client_page(scene.ports, LINK_TEXT).roles
    assert view.role == a_role()
    assert view.spec.role_arn == ROLE_ARN
    assert view.formats == {
        each: build_client_setup(scene.ports, "acme-prod", "readonly", format=each)
        for each in TemplateFormat
    }
    assert view.report == build_last_report(scene.ports, "acme-prod", "readonly")


def test_an_inline_permissions_policy_is_shown_in_full() -> None:
    (view,) = page_with().roles
    assert json.loads(view.permissions_json)["Statement"][0]["Effect"] == "Allow"
    for permissions in (PermissionSet.SECURITY_AUDIT, PermissionSet.AS_THEY_ARE):
        (view,) = page_with(an_asked_for(permissions=permissions)).roles
        assert view.permissions_json == ""


@every(
    "override, until",
    [
        (None, None),
        (an_override(until=NOON + HOUR), NOON + HOUR),
        (an_override(until=NOON), None),
        (an_override(role_arn=ROLE_ARN + "2"), None),
    ],
)
def test_the_page_has_the_end_of_a_leads_override(
    override: Override | None, until: datetime | None
) -> None:
    (view,) = page_with(a_role(verification=None, override=override)).roles
    assert view.overridden_until == until


def test_the_launch_button_needs_a_bucket_for_templates() -> None:
    scene = a_scene()
    assert not build_client_page(scene.ports, LINK_TEXT).can_launch
    templates = FakeTemplates()
    assert build_client_page(replace(scene.ports, templates=templates), LINK_TEXT).can_launch
    assert not templates.published


def test_the_page_lists_roles_by_name_and_ended_ones_only_after_the_engagements_end() -> None:
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
    engagement: Engagement, checked_at: datetime | None, removal_checked_at: datetime | None
) -> None:
    page = page_with(engagement, a_link(checked_at=checked_at))
    assert page.removal_checked_at == removal_checked_at
    if page.has_ended:
        assert page.next_step.kind is (
            StepKind.REMOVE if removal_checked_at is None else StepKind.REMOVE_AGAIN
        )


def test_each_file_can_be_downloaded_by_its_name() -> None:
    scene = a_scene()
    (view,) = build_client_page(scene.ports, LINK_TEXT).roles
    files = [file for setup in view.formats.values() for file in setup.files]
    assert len({file.name for file in files}) == len(files)
    for file in files:
        assert find_client_file(scene.ports, LINK_TEXT, "readonly", file.name) == file


@every(
    "role, name",
    [
        ("readonly", "trust-policy.yaml"),
        ("readonly", ""),
        ("readonly", "../trust-policy.json"),
        ("readonly", "daypass-acme-prod-old.yaml"),
        ("old", "trust-policy.json"),
        ("none", "trust-policy.json"),
        ("", "trust-policy.json"),
    ],
)
def test_other_files_are_not_found(role: str, name: str) -> None:
    scene = a_scene(ENDED_ROLE)
    with pytest.raises(NotFound, match="no-such-file"):
        find_client_file(scene.ports, LINK_TEXT, role, name)


def test_opening_the_page_changes_and_records_nothing() -> None:
    scene = a_scene()
    before = dict(scene.world.items)
    build_client_page(scene.ports, LINK_TEXT)
    find_client_file(scene.ports, LINK_TEXT, "readonly", "trust-policy.json")
    assert (scene.world.items, scene.world.entries, scene.world.steps) == (before, [], [])


def test_the_page_does_not_show_the_link() -> None:
    assert LINK_TEXT not in repr(page_with())
    assert a_link().hash not in repr(page_with())
