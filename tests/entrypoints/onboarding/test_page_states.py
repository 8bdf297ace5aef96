"""The client's page in each of its states: exact claims, and nothing that the reader must guess."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import force_setattr, replace

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.policies.brake import (
    CutOffNames,
    build_brake_permissions,
    build_brake_policy,
    build_deny_all_permissions,
)
from chalicelib.domain.policies.documents import pretty
from chalicelib.domain.trail import CLIENT, Action
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.view import build_cut_off_view
from tests.builders import AFTER, LINK_TEXT, ROLE_ARN, Scene
from tests.entrypoints.driver import Api, fresh_api
from tests.entrypoints.matrix import ask
from tests.entrypoints.onboarding.cut_off_states import (
    BRAKED,
    CUT_OFF_STATES,
    SHUT,
    a_client_cut_off,
    requested,
)
from tests.entrypoints.onboarding.page_states import ENDED, LATER, REMOVED, STATES, put_into
from tests.entrypoints.onboarding.reading import (
    CHECK,
    PageText,
    change,
    page_text,
    shown,
    without_long_code,
)
from tests.fakes import FIRM, NOON, FakeRole
from tests.golden import as_text, changed_lines, hold_against_file

FIRM_NAME = 'O\'Brien & "Söhne" <script>alert(1)</script>'
CLIENT_NAME = '<b>"Bobby" & Söhne</b>{{ 7 * 7 }}'
NAMES = CutOffNames(ROLE_ARN)
UNTIL = int(LATER.timestamp())
TABLES = STATES | CUT_OFF_STATES


@pytest.mark.golden
@pytest.mark.parametrize("part", TABLES)
def test_the_page_is_as_its_file_says_in_each_state(part: str) -> None:
    texts, pages = [], dict[str, list[str]]()
    for name, state in TABLES[part].items():
        with fresh_api() as api:
            put_into(api.world, state)
            now = as_text(without_long_code(shown(api).text)).splitlines()
        nearest = min(((changed_lines(page, now), other) for other, page in pages.items()),
                      key=lambda each: len(each[0]), default=(now, ""))  # fmt: skip
        beside = f", compared with “{nearest[1]}”" if nearest[0] is not now else ""
        texts.append("\n".join([f"=== {name}{beside}", *nearest[0]]))
        pages[name] = now
    hold_against_file(f"setup-page/{part.replace(' ', '-')}.txt", "\n\n".join(texts))


def test_the_page_of_one_role_is_light(api: Api) -> None:
    api.world.roles[ROLE_ARN] = FakeRole("another")
    ask(api, CHECK, "nobody")

    assert "most likely first" in page_text(api)
    assert len(shown(api).text.encode()) < 60_000


def test_names_are_shown_as_text(api: Api, scene: Scene) -> None:
    force_setattr(scene.ports, "firm", replace(FIRM, name=FIRM_NAME))
    change(api.world, Engagement, client=CLIENT_NAME)
    answer = shown(api)

    assert FIRM_NAME in PageText(answer.text).text
    assert CLIENT_NAME in PageText(answer.text).text
    assert not re.search("<b>.Bobby|<script>alert", answer.text)


def test_the_page_has_the_firms_contact_if_there_is_one(api: Api, scene: Scene) -> None:
    force_setattr(scene.ports, "firm", replace(FIRM, contact="o.brien+aws@example.com"))
    assert "tell us (o.brien+aws@example.com) and we will revoke it" in page_text(api)
    assert shown(api).text.count('href="mailto:o.brien+aws@example.com"') == 2


@pytest.mark.golden
def test_after_the_end_the_page_is_about_removing_the_access(api: Api) -> None:
    change(api.world, Engagement, **ENDED)
    pages = [shown(api)]
    ask(api, CHECK, "nobody")
    pages.append(shown(api))
    del api.world.roles[ROLE_ARN]
    api.world.later(minutes=1)
    ask(api, CHECK, "nobody")
    pages.append(shown(api))
    names = ("before a check", "the role still accepts us", "the role is deleted")
    texts = [
        f"=== {name}\n{as_text(without_long_code(page.text))}"
        for name, page in zip(names, pages, strict=True)
    ]
    hold_against_file("setup-page/removal.txt", "\n\n".join(texts))


def test_after_the_access_is_removed_a_check_tries_nothing(api: Api) -> None:
    change(api.world, Engagement, **REMOVED)
    ask(api, CHECK, "nobody")
    assert "probe" not in api.world.steps
    assert "We have not tried the role since then" in page_text(api)


def test_the_page_has_the_exact_policies_and_their_files(api: Api) -> None:
    change(api.world, Engagement, **BRAKED)
    text = page_text(api)
    for policy in (build_brake_policy(NAMES), build_brake_permissions(NAMES)):
        assert " ".join(pretty(policy).split()) in text
    script = "daypass-acme-prod-readonly-cut-off.sh"
    for name in (script, "brake.json", "cut-off-permissions.json"):
        response = api.get(f"/setup/{LINK_TEXT}/roles/readonly/files/{name}")
        assert response.status == 200
        assert "ContractorRole-brake" in response.text
    change(api.world, Engagement, **SHUT)
    assert " ".join(pretty(build_deny_all_permissions(NAMES)).split()) in page_text(api)
    assert api.get(f"/setup/{LINK_TEXT}/roles/readonly/files/brake.json").status == 404


def test_pasting_all_commands_adds_the_policy_and_deletes_nothing(api: Api) -> None:
    api.world.add(requested(a_client_cut_off(), method=CutOffMethod.NONE))
    (stored,) = api.world.find(RoleCutOffs, where=lambda _: True)
    commands = build_cut_off_view(stored, stored.cut_offs[0], NOON).commands
    run = [line for line in commands.splitlines() if not line.startswith("#")]
    assert [line.split()[:3] for line in run] == [["aws", "iam", "put-role-policy"]]
    assert "# aws iam delete-role-policy" in commands


@pytest.fixture
def renewed(api: Api) -> Api:
    """Renew the engagement as a lead does."""
    change(api.world, Role, requested_ends=(AFTER,))
    renewal = {"ends_at": "2027-01-23T12:00:00Z", "grants": "ended-with-it", "reason": "more"}
    answer = api.post("/v1/engagements/acme-prod/renew", "lena", renewal)
    assert answer.status == 200, answer.text
    return api


def confirm(api: Api, until: int = UNTIL) -> int:
    return api.send("POST", f"/setup/{LINK_TEXT}/policy/{until}").status


def test_after_a_renewal_it_has_the_trust_policy_alone_in_four_formats(renewed: Api) -> None:
    (note,) = re.findall(r'<div class="note" id="renewal">.*?<form', shown(renewed).text, re.DOTALL)
    assert re.findall(r"<summary>(\w[^<]*)<span", note) == [
        "CloudFormation", "Terraform", "AWS CLI", "IAM console (JSON)",
    ]  # fmt: skip
    for name in (*(f"daypass-acme-prod-readonly-trust.{e}" for e in ("yaml", "tf", "sh")),
                 "trust-policy.json"):  # fmt: skip
        answer = renewed.get(f"/setup/{LINK_TEXT}/roles/readonly/files/{name}")
        assert answer.status == 200
        assert "2027-01-23T12:00:00Z" in answer.text
        assert "2026-12-24T12:00:00Z" not in answer.text
        assert "s3:" not in answer.text  # no permissions
        assert f"files/{name}" in note


def test_a_confirmation_checks_the_role_and_is_shown_as_the_clients_statement(
    renewed: Api,
) -> None:
    assert f'action="{LINK_TEXT}/policy/{UNTIL}"' in shown(renewed).text
    assert confirm(renewed) == 303
    text = page_text(renewed)
    assert "No further action is needed" in text
    assert (
        "Trust policy ends: 23 January 2027, 12:00 UTC, as you told us. A check can confirm this"
        " only after 24 December 2026, 12:00 UTC, when the earlier trust policy ends."
    ) in text
    actions = [entry.action for entry in renewed.world.entries if entry.actor == CLIENT]
    assert actions == [
        Action.ROLE_POLICY_REPLACED, Action.LINK_CHECK, Action.ROLE_VERIFY, Action.ROLE_VERIFY,
    ]  # fmt: skip


def test_a_confirmation_counts_right_after_a_check(renewed: Api) -> None:
    assert renewed.send("POST", f"/setup/{LINK_TEXT}/check").status == 303
    assert confirm(renewed) == 303
    assert "as you told us" in page_text(renewed)
    assert confirm(renewed) == 409  # nothing is left to confirm, and a check has just run


def test_lists_and_reports_have_the_trust_policys_end(renewed: Api) -> None:
    (role,) = renewed.get("/v1/engagements/acme-prod/roles", "lena").json["roles"]
    check = renewed.get("/v1/engagements/acme-prod/roles/readonly/check", "lena").json["report"]
    assert role["trust_policy"] == check["trust_policy"]
    assert role["trust_policy"]["ends_at"] == "2026-12-24T12:00:00Z"
    assert role["trust_policy"]["needs_update"]
