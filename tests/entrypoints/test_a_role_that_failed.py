"""Members see which check of a role failed, on every surface, and no more details."""

from __future__ import annotations

import pytest

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.verification.proof import Check
from chalicelib.entrypoints.vending.formats import SessionFormat
from tests.builders import a_verification, an_override, results
from tests.entrypoints.driver import Api
from tests.entrypoints.matrix import ask
from tests.entrypoints.onboarding.reading import change
from tests.entrypoints.valid import VEND

FAILED = a_verification(results=results(Check.NO_ID))
FOUND = "Daypass can assume the role WITHOUT an external ID"
WHEN = "This role failed its check on 25 October 2026, 12:00 UTC."
KNOWN = "Ask a lead to follow the fix in the report on this role."
NOT_CHECKED = (
    "Daypass has not checked this role with its current ARN and external ID, so Daypass gives no"
    " sessions from the role. Ask a lead to verify the role."
)
FORMATS = [item.value for item in SessionFormat]


def refusal(api: Api, format: str = "json") -> str:
    """Return the message that a member gets who asks for a session."""
    body = {"role": "readonly", "reason": "ticket 7", "format": format}
    return ask(api, VEND, "member", body=body).text


@pytest.mark.parametrize("format", FORMATS)
def test_the_error_names_the_failed_check_and_says_that_the_leads_know(
    api: Api, format: str
) -> None:
    change(api.world, Role, verification=FAILED)
    response = refusal(api, format)
    assert "role-unverified" in response
    assert all(part in response for part in (WHEN, FOUND, KNOWN))
    assert NOT_CHECKED not in response


@pytest.mark.parametrize(
    "changes",
    [
        {"verification": None},
        {"verification": FAILED, "arn": "arn:aws:iam::987654321098:role/Other"},
    ],
    ids=["never checked", "another ARN since"],
)
def test_the_error_says_that_the_role_has_not_been_checked(
    api: Api, changes: dict[str, object]
) -> None:
    change(api.world, Role, **changes)
    assert NOT_CHECKED in refusal(api)


def test_a_failed_check_without_a_finding_is_reported_as_failed(api: Api) -> None:
    """Such as one that a version before could not finish."""
    change(api.world, Role, verification=a_verification(results={}))
    assert f"{WHEN} {KNOWN}" in refusal(api)


def test_a_member_without_access_learns_nothing_about_the_role(api: Api) -> None:
    change(api.world, Role, verification=FAILED)
    text = ask(api, VEND, "other").text
    assert FOUND not in text
    assert "not-a-member" in text


def test_my_engagements_show_the_reason(api: Api) -> None:
    def problem() -> str:
        (engagement,) = api.get("/v1/me/engagements", "alice").json["engagements"]
        return str(engagement["roles"][0]["problem"])

    assert problem() == ""
    change(api.world, Role, verification=FAILED)
    assert problem().startswith(f"{WHEN} {FOUND}")
    assert problem().endswith(KNOWN)
    change(api.world, Role, verification=None)
    assert problem() == NOT_CHECKED
    change(api.world, Role, override=an_override())
    assert problem() == ""  # it is vended from
