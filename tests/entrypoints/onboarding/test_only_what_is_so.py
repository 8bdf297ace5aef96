"""The client's page promises no more than is so, and names what may surprise its reader."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.onboarding.role_setup import PermissionSet
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Check, Result
from tests.builders import (
    EXTERNAL_ID,
    ROLE_ARN,
    a_role,
    a_verification,
    an_asked_for,
    an_override,
    results,
)
from tests.entrypoints.driver import Api
from tests.entrypoints.onboarding.reading import change, shown, words
from tests.fakes import NOON

REFUSED = {Check.RIGHT_ID: Result.FAILED}
CUT_OFF = "<details open>\n<summary>Cut off the sessions that run"


def test_what_may_still_run_after_the_end_is_said_until_it_cannot(api: Api) -> None:
    change(api.world, Engagement, closed_at=NOON - timedelta(minutes=10))
    said = words(api)
    assert "may run until 24 November 2026, 12:51 UTC at the latest" in said
    assert CUT_OFF in shown(api).text
    assert "asks AWS for no session" not in said
    api.world.later(minutes=52)
    assert "at the latest" not in words(api)
    assert CUT_OFF not in shown(api).text


def test_of_whom_we_are_out_nothing_more_is_asked(api: Api) -> None:
    change(api.world, Engagement, closed_at=NOON - timedelta(days=1), left_at=NOON)
    said = words(api)
    assert "we ask you to remove nothing else" in said
    assert "Please" not in said
    assert "<details open" not in shown(api).text


def test_that_we_are_out_ends_no_session(api: Api) -> None:
    change(api.world, Engagement, closed_at=NOON - timedelta(minutes=1), left_at=NOON)
    assert "You need do nothing else" not in words(api)
    assert shown(api).text.count("<details open") == shown(api).text.count(CUT_OFF) == 1


def test_checks_try_the_role_at_any_time(api: Api) -> None:
    so = "nobody is given a session; only our checks still try the role."
    assert words(api).count(so) == 2
    change(api.world, Engagement, closed_at=NOON)
    assert words(api).count(so) == 2


def test_an_external_id_from_elsewhere_proves_nothing_about_others(api: Api) -> None:
    promise = "so nobody can have us enter your account while we work for somebody else"
    assert promise in words(api)
    change(api.world, Engagement, chosen_elsewhere=True)
    said = words(api)
    assert promise not in said
    assert "others may know it or use it too" in said
    assert "Rotate it" not in said


def box(api: Api) -> str:
    (found,) = re.findall('<p class="to-do.*?</p>', shown(api).text, re.DOTALL)
    return " ".join(re.sub("<[^>]*>", "", found).split())


def test_that_an_unproven_role_is_entered_stands_at_the_top(api: Api) -> None:
    override = an_override()
    api.world.add(a_role(verification=None))
    assert "all the same" not in box(api)
    api.world.add(a_role(verification=None, override=override))
    assert "our people enter with ContractorRole all the same, though it is not proven" in box(api)
    api.world.add(a_role(override=override))
    assert "all the same" not in box(api)


def test_what_a_rotation_replaces_is_said_of_a_role_that_was_there(api: Api) -> None:
    whole = "These commands replace the whole trust policy of ContractorRole. If others come in"
    change(api.world, Engagement, next_external_id=EXTERNAL_ID + "-next")
    assert whole not in words(api)
    assert "update your stack or configuration with the new version above" in words(api)
    api.world.add(an_asked_for(permissions=PermissionSet.AS_THEY_ARE))
    assert whole in words(api)


@pytest.mark.parametrize(
    ("permissions", "does"),
    [(PermissionSet.READ_BASICS, "create or mend"), (PermissionSet.AS_THEY_ARE, "mend")],
    ids=["asked for", "there already"],
)
def test_a_role_that_never_let_us_in_may_have_to_be_created(
    api: Api, permissions: PermissionSet, does: str
) -> None:
    api.world.add(an_asked_for(permissions=permissions))
    proof = a_verification(results=REFUSED, causes=(Cause.ROLE_MISSING, Cause.OTHER_CONDITION))
    api.world.add(a_role(verification=proof))
    assert f"One thing to do: {does} ContractorRole" in box(api)
    assert "the client's" not in words(api)
    api.world.add(a_role(verification=a_verification(results=results(Check.NO_ID))))
    assert "One thing to do: mend ContractorRole" in box(api)


def test_several_things_are_not_called_one(api: Api) -> None:
    second = an_asked_for(role="b1", permissions=PermissionSet.READ_BASICS)
    api.world.add(a_role("b1", arn=f"{ROLE_ARN}2", verification=None), second)
    api.world.add(a_role(verification=None))
    assert box(api).startswith("To do: create ContractorRole2 and ContractorRole, then check them")


def test_nobody_is_told_to_create_a_role_that_is_there(api: Api) -> None:
    api.world.add(a_role("b1", arn=f"{ROLE_ARN}2", verification=None), a_role(verification=None))
    assert box(api).startswith("To do: create, or let us in with, ContractorRole2 and Contractor")
