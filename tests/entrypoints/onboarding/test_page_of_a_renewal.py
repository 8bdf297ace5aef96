"""After a renewal the client's page asks for the next step, in four formats."""

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
from tests.entrypoints.onboarding.page_states import Row, State, check_page
from tests.entrypoints.onboarding.reading import change, page_text, shown
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
NEXT_STEP = (
    "Next step: update the trust policy of ContractorRole. The policy that we asked for ends on"
    " 24 December 2026, 12:00 UTC, but our work continues until 23 January 2027, 12:00 UTC. Update"
)
RENEWAL = {"ends_at": "2027-01-23T12:00:00Z", "grants": "ended-with-it", "reason": "more"}


def asked_for(*ends: datetime, replaced: datetime | None = None, **changes: Any) -> Role:
    """Return `readonly`, for which Daypass asked these ends, and the client confirmed one."""
    return a_role(requested_ends=ends, previous_policy_end=replaced, **changes)


def deploy(*ends: datetime) -> Role:
    arn = "arn:aws:iam::987654321098:role/Deploy"
    return a_role("deploy", arn=arn, requested_ends=ends, verification=a_verification(role_arn=arn))


def in_thirty_days(world: World) -> None:
    change(world, SetupLink, expires_at=LATER)
    world.later(days=30)


RENEWED: list[State] = [asked_for(AFTER, LATER), {"ends_at": LATER}]
ENDS = "Trust policy ends:"
PAGES: dict[str, Row] = {
    "not renewed": (
        [asked_for(AFTER)],
        [
            "Anyone who has it can read this page and click “Check now”.",
            f"{ENDS} 24 December 2026, 12:00 UTC, as we asked.",
        ],
        ['id="renewal"', "/policy/"],
    ),
    "renewed": (
        RENEWED,
        [
            NEXT_STEP,
            "Until then, we only record your confirmation",
            "Anyone who has it can read this page and use its buttons.",
        ],
        ["No further action is needed", "It sees"],
    ),
    "renewed, was there before us": (
        [*RENEWED, an_asked_for(permissions=PermissionSet.AS_THEY_ARE)],
        [
            "Each option replaces the whole trust policy of ContractorRole.",
            "Instead, change only the date under",
            f"{ENDS} if you use our trust policy, on 24 December 2026, 12:00 UTC, as we asked.",
        ],
        [],
    ),
    "renewed, and one of two roles is up to date": ([*RENEWED, deploy(LATER)], [NEXT_STEP], []),
    "renewed, with two roles": (
        [*RENEWED, deploy(AFTER, LATER)],
        [
            "Next step: update the trust policies of Deploy and ContractorRole. The policies that",
            "I updated all trust policies: check now",
            "New trust policy of Deploy",
            "The trust policy that we asked for earlier ends on 24 December 2026, 12:00 UTC.",
        ],
        [],
    ),
    "renewed, after the former end": (
        [*RENEWED, in_thirty_days],
        [
            "ended on 24 December 2026, 12:00 UTC. After that, AWS refuses us.",
            "The check shows whether the role accepts us again.",
        ],
        ["only record your confirmation"],
    ),
    "renewed, and rotated": (
        [*RENEWED, {"next_external_id": "daypass-next"}],
        [NEXT_STEP, "The new trust policy above includes this change."],
        [],
    ),
    "renewed, and over": (
        [*RENEWED, {"closed_at": NOON}], [], ['id="renewal"', "update the trust policy"]
    ),
    "an earlier end": (
        [asked_for(AFTER, SOONER), {"ends_at": SOONER}],
        [
            "No further action is needed",
            f"{ENDS} 30 November 2026, 12:00 UTC, as we last asked. If you still use an",
            "at the latest. You do not need to change the policy: we give no one a session",
        ],
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("state", PAGES)
def test_the_page_asks_for_the_next_step(api: Api, state: str) -> None:
    check_page(api, PAGES[state])


def renew(api: Api) -> None:
    """Renew the engagement as a lead does."""
    change(api.world, Role, requested_ends=(AFTER,))
    answer = api.post("/v1/engagements/acme-prod/renew", "lena", RENEWAL)
    assert answer.status == 200, answer.text


def confirm(api: Api, until: int = UNTIL) -> int:
    return api.send("POST", f"/setup/{LINK_TEXT}/policy/{until}").status


def test_it_has_the_trust_policy_alone_in_four_formats(api: Api) -> None:
    renew(api)
    page = shown(api).text
    (note,) = re.findall(r'<div class="note" id="renewal">.*?<form', page, re.DOTALL)
    assert re.findall(r"<summary>(\w[^<]*)<span", note) == [
        "CloudFormation", "Terraform", "AWS CLI", "IAM console (JSON)",
    ]  # fmt: skip
    for name in FILES:
        answer = api.get(f"/setup/{LINK_TEXT}/roles/readonly/files/{name}")
        assert answer.status == 200
        assert "2027-01-23T12:00:00Z" in answer.text
        assert "2026-12-24T12:00:00Z" not in answer.text
        assert "s3:" not in answer.text  # no permissions
        assert f"files/{name}" in note


def test_a_confirmation_checks_the_role_and_is_shown_as_the_clients_statement(
    api: Api,
) -> None:
    renew(api)
    assert f'action="{LINK_TEXT}/policy/{UNTIL}"' in shown(api).text
    assert confirm(api) == 303
    text = page_text(api)
    assert "No further action is needed" in text
    assert (
        f"{ENDS} 23 January 2027, 12:00 UTC, as you told us. A check can confirm this only after"
        " 24 December 2026, 12:00 UTC, when the earlier trust policy ends."
    ) in text
    actions = [entry.action for entry in api.world.entries if entry.actor == CLIENT]
    assert actions == [
        Action.ROLE_POLICY_REPLACED, Action.LINK_CHECK, Action.ROLE_VERIFY, Action.ROLE_VERIFY,
    ]  # fmt: skip


def test_a_confirmation_counts_right_after_a_check(api: Api) -> None:
    renew(api)
    assert api.send("POST", f"/setup/{LINK_TEXT}/check").status == 303
    assert confirm(api) == 303
    assert "as you told us" in page_text(api)
    assert confirm(api) == 409  # nothing is left to confirm, and a check has just run


def test_lists_and_reports_have_the_trust_policys_end(api: Api) -> None:
    renew(api)
    message = (
        "The client's trust policy ends on 24 December 2026, 12:00 UTC, as Daypass requested. The"
        " engagement continues until 23 January 2027, 12:00 UTC, so the client has to update the"
        " trust policy."
    )
    expected = {"ends_at": "2026-12-24T12:00:00Z", "needs_update": True, "message": message}
    (role,) = api.get("/v1/engagements/acme-prod/roles", "lena").json["roles"]
    assert role["trust_policy"] == expected
    report = api.get("/v1/engagements/acme-prod/roles/readonly/check", "lena").json["report"]
    assert report["trust_policy"] == expected
