"""The client's page: all that their admin needs, for whoever has the link, and nobody else."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Override
from chalicelib.domain.errors import NotFound
from chalicelib.domain.onboarding.next_step import NextStep, StepKind
from chalicelib.domain.onboarding.role_setup import PermissionSet, RoleSetup, TemplateFormat
from chalicelib.domain.values import Item
from chalicelib.usecases.onboarding.client_page import ClientPage, client_file, client_page
from chalicelib.usecases.onboarding.client_setup import client_setup, last_report
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

HOUR = timedelta(hours=1)
OVER = an_engagement(closed_at=NOON)
ENDED = a_role("old", arn="arn:aws:iam::987654321098:role/Old", ended_at=BEFORE)


def page_with(*items: Item) -> ClientPage:
    scene = a_scene()
    scene.world.add(*items)
    return client_page(scene.ports, LINK_TEXT)


def names(page: ClientPage) -> list[str]:
    return [one.role.name for one in page.roles]


def test_the_page_says_who_we_are_and_what_it_is_about() -> None:
    scene = a_scene()
    ports = replace(scene.ports, firm=replace(FIRM, name="Northwind Consulting"))
    page = client_page(ports, LINK_TEXT)
    assert (page.firm.name, page.firm.account_id) == ("Northwind Consulting", "123456789012")
    assert page.firm.broker_role_arn == "arn:aws:iam::123456789012:role/daypass-broker"
    assert page.engagement == an_engagement()
    assert page.link_expires_at == a_link().expires_at
    assert (page.is_over, page.looked_at) == (False, None)
    assert page.next_step == NextStep(task=StepKind.NOTHING, roles=("readonly",))


def test_each_role_is_there_in_every_form_and_with_the_last_check() -> None:
    scene = a_scene()
    (shown,) = client_page(scene.ports, LINK_TEXT).roles
    assert shown.role == a_role()
    assert shown.setup.role_arn == ROLE_ARN
    assert shown.forms == {
        form: client_setup(scene.ports, "acme-prod", "readonly", form=form)
        for form in TemplateFormat
    }
    assert shown.report == last_report(scene.ports, "acme-prod", "readonly")


def test_what_the_role_may_do_can_be_read_in_full() -> None:
    (shown,) = page_with().roles
    assert json.loads(shown.permissions_json)["Statement"][0]["Effect"] == "Allow"
    managed = RoleSetup(
        engagement="acme-prod", role="readonly", permissions=PermissionSet.SECURITY_AUDIT
    )
    (shown,) = page_with(managed).roles
    assert shown.permissions_json == ""
    (shown,) = page_with(an_asked_for(permissions=PermissionSet.AS_THEY_ARE)).roles
    assert shown.permissions_json == ""


@pytest.mark.parametrize(
    ("override", "until"),
    [
        (None, None),
        (an_override(until=NOON + HOUR), NOON + HOUR),
        (an_override(until=NOON), None),
        (an_override(role_arn=ROLE_ARN + "2"), None),
    ],
    ids=["none", "one", "past", "of another ARN"],
)
def test_the_client_is_told_of_a_lead_who_has_us_enter_all_the_same(
    override: Override | None, until: datetime | None
) -> None:
    (shown,) = page_with(a_role(verification=None, override=override)).roles
    assert shown.entered_until == until


def test_one_click_is_offered_where_there_is_a_place_for_templates() -> None:
    scene = a_scene()
    assert not client_page(scene.ports, LINK_TEXT).can_launch
    templates = FakeTemplates()
    assert client_page(replace(scene.ports, templates=templates), LINK_TEXT).can_launch
    assert not templates.laid


def test_the_roles_are_shown_by_name_and_no_other_engagements() -> None:
    assert names(page_with(a_role("deploy"), a_role("audit"))) == ["audit", "deploy", "readonly"]


def test_an_ended_role_is_not_to_be_created_any_more() -> None:
    page = page_with(ENDED)
    assert names(page) == ["readonly"]
    assert page.roles[0].role == a_role()


def test_but_it_is_to_be_removed_once_the_engagement_is_over() -> None:
    assert names(page_with(OVER, ENDED)) == ["old", "readonly"]


@pytest.mark.parametrize(
    ("place", "checked_at", "looked_at"),
    [
        (an_engagement(), NOON - HOUR, None),
        (OVER, None, None),
        (OVER, NOON - timedelta(microseconds=1), None),
        (OVER, NOON, NOON),
        (an_engagement(revoked_at=NOON - HOUR), NOON - HOUR, NOON - HOUR),
        (an_engagement(ends_at=NOON - HOUR), NOON, NOON),
        (an_engagement(ends_at=NOON - HOUR, closed_at=NOON), NOON - HOUR, NOON - HOUR),
        (an_engagement(ends_at=NOON, closed_at=NOON - HOUR), NOON - HOUR, NOON - HOUR),
    ],
)
def test_a_check_of_before_the_end_was_one_of_the_other_kind(
    place: Engagement, checked_at: datetime | None, looked_at: datetime | None
) -> None:
    page = page_with(place, a_link(checked_at=checked_at))
    assert page.looked_at == looked_at
    if page.is_over:
        assert page.next_step.task is (
            StepKind.LEAVE if looked_at is None else StepKind.LEAVE_STILL
        )


def test_the_files_can_be_saved_by_their_names() -> None:
    scene = a_scene()
    (shown,) = client_page(scene.ports, LINK_TEXT).roles
    files = [file for form in shown.forms.values() for file in form.files]
    assert len({file.name for file in files}) == len(files)
    for file in files:
        assert client_file(scene.ports, LINK_TEXT, "readonly", file.name) == file


@pytest.mark.parametrize(
    ("role", "name"),
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
def test_a_file_that_is_not_there_is_not_found(role: str, name: str) -> None:
    scene = a_scene()
    scene.world.add(ENDED)
    with pytest.raises(NotFound, match="no-such-file"):
        client_file(scene.ports, LINK_TEXT, role, name)


def test_looking_changes_nothing_and_records_nothing() -> None:
    scene = a_scene()
    before = dict(scene.world.items)
    client_page(scene.ports, LINK_TEXT)
    client_file(scene.ports, LINK_TEXT, "readonly", "trust-policy.json")
    assert (scene.world.items, scene.world.entries, scene.world.steps) == (before, [], [])


def test_the_page_does_not_show_the_link() -> None:
    assert LINK_TEXT not in repr(page_with())
    assert a_link().hash not in repr(page_with())
