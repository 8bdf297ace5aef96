"""The client's page says what ends sessions early: what it can do, cannot do, and its policies."""

from __future__ import annotations

import pytest

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.policies.brake import (
    CutOffNames,
    build_brake_permissions,
    build_brake_policy,
    build_freeze_permissions,
)
from chalicelib.domain.policies.documents import pretty
from tests.builders import LINK_TEXT, ROLE_ARN, a_role, an_asked_for
from tests.entrypoints.driver import Api
from tests.entrypoints.onboarding.page_states import ENDED, EXISTING, NEVER, Row, check_page
from tests.entrypoints.onboarding.reading import change, page_text, shown

CUT_OFF_ID = "daypass-cutoffcutoffcutoffcutoffcutoff22"
NAMES = CutOffNames(ROLE_ARN)
NONE = {"cut_off": CutOffMethod.NONE}
BRAKE, FREEZE = (
    {"cut_off": method, "cut_off_external_id": CUT_OFF_ID}
    for method in (CutOffMethod.BRAKE, CutOffMethod.FREEZE)
)
ENDS_THEM = "We can end our sessions in your account, usually within seconds. This power can only"
ONLY_YOU = "We cannot end a session that has started; AWS lets only you do that."
NEVER_ATTACH = "Never attach it to ContractorRole as a permissions policy: there, it would"
ONLY_SEEN = "only after AWS has refused a test session of our own"
OWN_SCRIPT = "daypass-acme-prod-readonly-cut-off.sh"
EARLIER = "We do not need any more what we asked for earlier: the role ContractorRole-cut-off, and"


PAGES: dict[str, Row] = {
    "none": ([NONE], [ONLY_YOU], [ENDS_THEM, EARLIER, OWN_SCRIPT, "-brake", "-cut-off"]),
    "brake": (
        [BRAKE],
        [
            (ENDS_THEM, 1),
            NEVER_ATTACH,
            ONLY_SEEN,
            "ContractorRole-cut-off, can write new versions of one policy, ContractorRole-brake",
            "We can end the sessions of one consultant, single sessions, or all sessions",
            "such as a bucket policy, allow these sessions",
            "with an external ID and a session name that it uses for nothing else",
            "Only what ends sessions early: if you created ContractorRole before",
            "a token for an EKS cluster works there",
            OWN_SCRIPT,
            "The commands also delete what ends sessions early.",
        ],
        [ONLY_YOU, "limits what the role can do, whatever policies", "AWSDenyAll"],
    ),
    "freeze": (
        [FREEZE],
        [
            (ENDS_THEM, 1),
            ONLY_SEEN,
            "can attach AWS’s policy AWSDenyAll to ContractorRole, and nothing else.",
            "This ends all sessions of the role, including other people’s.",
            "We cannot undo it. Only you can, by detaching AWSDenyAll from the role.",
            "Keep room for one.",
        ],
        [ONLY_YOU, NEVER_ATTACH, "We can end the sessions of one consultant"],
    ),
    "freeze beside a boundary": (
        [FREEZE, an_asked_for(makes_boundary=True)],
        ["ContractorRole-daypass-boundary limits what the role can do"],
        [],
    ),
    "none after a method": (
        [BRAKE | NONE],
        [ONLY_YOU, EARLIER, "Only delete what ended sessions early: if you created"],
        [ENDS_THEM, "View the policies that end sessions"],
    ),
    "brake of a role that existed": (
        [BRAKE, EXISTING, NEVER],
        [
            ENDS_THEM,
            "Then create what ends sessions early.",
            "The other documents are for ending sessions early.",
            "and replaces no other permissions boundary.",
            OWN_SCRIPT,
        ],
        ["Only what ends sessions early: if you created"],
    ),
    "none after a method, of a role that existed": (
        [BRAKE | NONE, EXISTING, NEVER],
        [EARLIER, "The second script deletes what ended sessions early.", OWN_SCRIPT],
        [ENDS_THEM, "Only delete what"],
    ),
    "brake of an ended engagement": (
        [BRAKE, ENDED], ["The commands also delete what ends sessions early."], [ENDS_THEM]
    ),
}  # fmt: skip


@pytest.mark.parametrize("state", PAGES)
def test_the_page_says_what_ends_live_sessions(api: Api, state: str) -> None:
    check_page(api, PAGES[state])


def test_the_page_has_the_exact_policies(api: Api) -> None:
    change(api.world, Engagement, **BRAKE)
    text = page_text(api)
    for policy in (build_brake_policy(NAMES), build_brake_permissions(NAMES)):
        assert " ".join(pretty(policy).split()) in text
    assert f'"sts:ExternalId": "{CUT_OFF_ID}", "sts:RoleSessionName": "daypass-cut-off"' in text
    change(api.world, Engagement, **FREEZE)
    assert " ".join(pretty(build_freeze_permissions(NAMES)).split()) in page_text(api)


def test_each_role_has_its_own_cut_off(api: Api) -> None:
    api.world.add(a_role("deploy", arn=f"{ROLE_ARN}2", verification=None))
    change(api.world, Engagement, **BRAKE)
    page = shown(api).text
    assert page.count("<dt>Ending sessions early</dt>") == 2
    assert "ContractorRole2-brake" in page


def test_the_files_can_be_downloaded(api: Api) -> None:
    change(api.world, Engagement, **BRAKE)
    for name in (OWN_SCRIPT, "brake.json", "cut-off-permissions.json"):
        response = api.get(f"/setup/{LINK_TEXT}/roles/readonly/files/{name}")
        assert response.status == 200
        assert "ContractorRole-brake" in response.text
    change(api.world, Engagement, **FREEZE)
    assert api.get(f"/setup/{LINK_TEXT}/roles/readonly/files/brake.json").status == 404
