"""After a renewal the client's page asks for the one thing that is left to do, in four forms."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import PermissionSet
from chalicelib.domain.trail import CLIENT, Action
from tests.builders import AFTER, LINK_TEXT, a_role, a_verification, an_asked_for
from tests.entrypoints.driver import Api
from tests.entrypoints.onboarding.page_states import Says, State, holds
from tests.entrypoints.onboarding.reading import change, shown, words
from tests.fakes import NOON, World

LATER = AFTER + timedelta(days=30)
SOONER = NOON + timedelta(days=6)
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


def asked(*ends: datetime, replaced: datetime | None = None, **changes: Any) -> Role:
    """`readonly`, whose client was asked for these ends, and who says they have replaced one."""
    return a_role(asked_ends=ends, replaced_end=replaced, **changes)


def deploy(*ends: datetime) -> Role:
    arn = "arn:aws:iam::987654321098:role/Deploy"
    return a_role("deploy", arn=arn, asked_ends=ends, verification=a_verification(role_arn=arn))


def in_thirty_days(world: World) -> None:
    change(world, SetupLink, expires_at=LATER)
    world.later(days=30)


RENEWED: list[State] = [asked(AFTER, LATER), {"ends_at": LATER}]
STOPS = "When it is to stop trusting us"
PAGES: dict[str, Says] = {
    "not renewed": (
        [asked(AFTER)],
        [
            "Whoever has it can read this page and press “Check now”;",
            f"{STOPS} On 24 December 2026, 12:00 UTC, as we asked.",
        ],
        ['id="renewal"', "/policy/"],
    ),
    "renewed": (
        RENEWED,
        [
            TO_DO,
            "until then your word stands on our record",
            "Whoever has it can read this page and press its buttons;",
        ],
        ["You need do nothing else", "It sees"],
    ),
    "renewed, was there before us": (
        [*RENEWED, an_asked_for(permissions=PermissionSet.AS_THEY_ARE)],
        [
            "Each of these replaces the whole trust policy of ContractorRole.",
            "change only the end in our statements",
            "If our trust policy is in place: on 24 December 2026, 12:00 UTC, as we asked",
        ],
        [],
    ),
    "renewed, and one of two roles is up to date": ([*RENEWED, deploy(LATER)], [TO_DO], []),
    "renewed, with two roles": (
        [*RENEWED, deploy(AFTER, LATER)],
        [
            "To do: update the trust policy of Deploy and ContractorRole. The ones that",
            "They are in place: check now",
            "The new trust policy of Deploy",
            "The one that we asked for before ends on 24 December 2026, 12:00 UTC.",
        ],
        [],
    ),
    "renewed, after the former end": (
        [*RENEWED, in_thirty_days],
        [
            "ended on 24 December 2026, 12:00 UTC. After that, AWS refuses us.",
            "The check shows whether it lets us in again.",
        ],
        ["your word stands"],
    ),
    "renewed, and rotated": (
        [*RENEWED, {"next_external_id": "daypass-next"}],
        [TO_DO, "The new trust policy above does this as well."],
        [],
    ),
    "renewed, and over": (
        [*RENEWED, {"closed_at": NOON}], [], ['id="renewal"', "update the trust policy"]
    ),
    "an earlier end": (
        [asked(AFTER, SOONER), {"ends_at": SOONER}],
        [
            "You need do nothing else",
            "On 30 November 2026, 12:00 UTC, as we ask by now, or as late as 24 December 2026,",
            "as we asked before. You need not change it: nobody is given a session after our end.",
        ],
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("state", PAGES)
def test_the_page_asks_for_the_one_thing_that_is_left_to_do(api: Api, state: str) -> None:
    holds(api, PAGES[state])


def renewed(api: Api) -> None:
    """As a lead renews it."""
    change(api.world, Role, asked_ends=(AFTER,))
    answer = api.post("/v1/engagements/acme-prod/renew", "lena", RENEWAL)
    assert answer.status == 200, answer.text


def pressed(api: Api, until: int = UNTIL) -> int:
    return api.send("POST", f"/setup/{LINK_TEXT}/policy/{until}").status


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


def test_lists_and_reports_say_when_the_policy_ends(api: Api) -> None:
    renewed(api)
    says = (
        "The client's policy ends on 24 December 2026, 12:00 UTC, as Daypass asked. The engagement"
        " goes on until 23 January 2027, 12:00 UTC: the client has to update the trust policy."
    )
    told = {"ends_at": "2026-12-24T12:00:00Z", "needs_update": True, "message": says}
    (role,) = api.get("/v1/engagements/acme-prod/roles", "lena").json["roles"]
    assert role["trust_policy"] == told
    report = api.get("/v1/engagements/acme-prod/roles/readonly/check", "lena").json["report"]
    assert report["trust_policy"] == told
