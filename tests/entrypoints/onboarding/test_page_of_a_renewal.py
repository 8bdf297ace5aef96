"""After a renewal the client's page asks for the one thing that is left to do, in four forms."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import PermissionSet, RoleSetup
from chalicelib.domain.trail import CLIENT, Action
from tests.builders import AFTER, LINK_TEXT, ROLE_ARN, a_role, a_verification
from tests.entrypoints.driver import Api
from tests.entrypoints.onboarding.reading import Words, change, shown, words
from tests.fakes import NOON, FakeRole

LATER = AFTER + timedelta(days=30)
UNTIL = int(LATER.timestamp())
FILES = (
    "daypass-acme-prod-readonly-trust.yaml",
    "daypass-acme-prod-readonly-trust.tf",
    "daypass-acme-prod-readonly-trust.sh",
    "trust-policy.json",
)
TO_DO = (
    "One thing to do: update the trust policy of ContractorRole. The one that we asked for ends on"
    " 24 December 2026, 12:00 UTC, and our work goes on until 23 January 2027, 12:00 UTC. How"
)
RENEWAL = {"ends_at": "2027-01-23T12:00:00Z", "grants": "ended-with-it", "reason": "more"}


def renewed(api: Api) -> None:
    """As a lead renews it."""
    change(api.world, Role, asked_ends=(AFTER,))
    answer = api.post("/v1/engagements/acme-prod/renew", "lena", RENEWAL)
    assert answer.status == 200, answer.text


def pressed(api: Api, until: int = UNTIL) -> int:
    return api.send("POST", f"/setup/{LINK_TEXT}/policy/{until}").status


def test_without_a_renewal_there_is_nothing_of_it(api: Api) -> None:
    change(api.world, Role, asked_ends=(AFTER,))
    page = shown(api).text
    assert 'id="renewal"' not in page
    assert "Whoever has it can read this page and press “Check now”;" in words(api)
    assert "/policy/" not in page
    assert "When it is to stop trusting us On 24 December 2026, 12:00 UTC, as we asked." in words(
        api
    )


def test_the_page_says_first_what_is_to_be_done(api: Api) -> None:
    renewed(api)
    said = words(api)
    assert TO_DO in said
    assert "You need do nothing else" not in said
    assert "It sees" not in said
    assert "until then your word stands on our record" in said
    assert "Whoever has it can read this page and press its buttons;" in said


def test_it_has_the_trust_policy_alone_in_four_forms(api: Api) -> None:
    renewed(api)
    page = shown(api).text
    (note,) = re.findall(r'<div class="note" id="renewal">.*?<form', page, re.DOTALL)
    assert re.findall(r"<summary>(\w[^<]*)<span", note) == [
        "CloudFormation", "Terraform", "AWS CLI", "Plain JSON",
    ]  # fmt: skip
    for name in FILES:
        answer = api.get(f"/setup/{LINK_TEXT}/roles/readonly/files/{name}")
        assert answer.status == 200
        assert "2027-01-23T12:00:00Z" in answer.text
        assert "2026-12-24T12:00:00Z" not in answer.text
        assert "s3:" not in answer.text  # nothing of what it may do
        assert f"files/{name}" in note


def test_pressing_that_it_is_in_place_checks_and_says_whose_word_it_is(api: Api) -> None:
    renewed(api)
    assert f'action="{LINK_TEXT}/policy/{UNTIL}"' in shown(api).text
    assert pressed(api) == 303
    said = words(api)
    assert "You need do nothing else" in said
    assert (
        "When it is to stop trusting us On 23 January 2027, 12:00 UTC, as you told us. A check can"
        " show it only after 24 December 2026, 12:00 UTC, the end before."
    ) in said
    actions = [entry.action for entry in api.world.entries if entry.actor == CLIENT]
    assert actions == [
        Action.ROLE_POLICY_REPLACED, Action.LINK_CHECK, Action.ROLE_VERIFY, Action.ROLE_VERIFY,
    ]  # fmt: skip


def test_it_counts_though_somebody_has_just_checked(api: Api) -> None:
    renewed(api)
    assert api.send("POST", f"/setup/{LINK_TEXT}/check").status == 303
    assert pressed(api) == 303
    assert "as you told us" in words(api)
    assert pressed(api) == 409  # nothing is left to be said, and it was checked just now


@pytest.mark.parametrize("until", [0, UNTIL + 1, int(AFTER.timestamp())])
def test_an_end_that_was_not_asked_for_changes_nothing(api: Api, until: int) -> None:
    renewed(api)
    before = api.world.find(Role, where=lambda role: role.engagement == "acme-prod")
    assert pressed(api, until) == 303
    after = api.world.find(Role, where=lambda role: role.engagement == "acme-prod")
    assert [role.asked_ends for role in after] == [role.asked_ends for role in before]
    assert TO_DO in words(api)


def test_a_role_that_was_there_before_keeps_whoever_else_it_trusts(api: Api) -> None:
    change(api.world, RoleSetup, permissions=PermissionSet.AS_THEY_ARE)
    renewed(api)
    said = words(api)
    assert "Each of these replaces the whole trust policy of ContractorRole." in said
    assert "change only the end in our statements" in said
    assert "If our trust policy is in place: on 24 December 2026, 12:00 UTC, as we asked" in said


def test_with_several_roles_each_is_named_and_only_those_that_are_outdated(api: Api) -> None:
    other = "arn:aws:iam::987654321098:role/Deploy"
    api.world.roles[other] = FakeRole(api.world.roles[ROLE_ARN].external_id)
    deploy = a_role("deploy", arn=other, verification=a_verification(role_arn=other))
    api.world.add(deploy)
    renewed(api)
    api.world.add(replace(deploy, asked_ends=(LATER,)))
    page = Words(shown(api).text)
    assert TO_DO in page.text
    api.world.add(replace(deploy, asked_ends=(AFTER, LATER)))
    said = words(api)
    assert "To do: update the trust policy of Deploy and ContractorRole. The ones that" in said
    assert "They are in place: check now" in said
    assert "The new trust policy of Deploy" in said
    assert "The one that we asked for before ends on 24 December 2026, 12:00 UTC." in said


def test_once_the_former_end_has_passed_the_check_shows_it(api: Api) -> None:
    renewed(api)
    change(api.world, SetupLink, expires_at=LATER)
    api.world.later(days=30)
    said = words(api)
    assert "ended on 24 December 2026, 12:00 UTC. After that, AWS refuses us." in said
    assert "The check shows whether it lets us in again." in said
    assert "your word stands" not in said


def test_while_the_external_id_is_replaced_one_trust_policy_does_both(api: Api) -> None:
    renewed(api)
    answer = api.post("/v1/engagements/acme-prod/rotate", "lena", {"reason": "yearly"})
    said = words(api)
    assert TO_DO in said
    assert "The new trust policy above does this as well." in said
    (trust,) = [
        file["text"]
        for file in api.get(
            "/v1/engagements/acme-prod/roles/readonly/setup/files",
            "lena",
            query={"form": "json", "part": "trust-policy"},
        ).json["files"]
    ]
    ids = json.loads(trust)["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"]
    assert answer.json["next_external_id"] in ids


def test_an_earlier_end_leaves_the_client_nothing_to_do(api: Api) -> None:
    change(api.world, Role, asked_ends=(AFTER,))
    body = {"ends_at": "2026-11-30T12:00:00Z"}
    assert api.patch("/v1/engagements/acme-prod", "lena", body).status == 200
    said = words(api)
    assert "You need do nothing else" in said
    assert (
        "On 30 November 2026, 12:00 UTC, as we ask by now, or as late as 24 December 2026, 12:00"
        " UTC, as we asked before. You need not change it: nobody is given a session after our end."
    ) in said


def test_once_it_is_over_nothing_of_it_is_asked(api: Api) -> None:
    renewed(api)
    change(api.world, Engagement, closed_at=NOON)
    assert 'id="renewal"' not in shown(api).text
    assert "update the trust policy" not in words(api)


def test_lists_and_reports_say_when_the_policy_ends(api: Api) -> None:
    renewed(api)
    says = (
        "The client's policy ends on 24 December 2026, 12:00 UTC, as Daypass asked. The engagement"
        " goes on until 23 January 2027, 12:00 UTC: the client has to update the trust policy."
    )
    told = {"ends_at": "2026-12-24T12:00:00Z", "needs_update": True, "says": says}
    (role,) = api.get("/v1/engagements/acme-prod/roles", "lena").json["roles"]
    assert role["trust_policy"] == told
    report = api.get("/v1/engagements/acme-prod/roles/readonly/check", "lena").json["report"]
    assert report["trust_policy"] == told
