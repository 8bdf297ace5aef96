"""Once every role has refused us, the client's page tells what was, and asks for nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.onboarding.role_setup import PermissionSet
from tests.builders import an_asked_for
from tests.entrypoints.driver import Api
from tests.entrypoints.matrix import ask
from tests.entrypoints.onboarding.reading import CHECK, change, shown, words
from tests.fakes import NOON


@pytest.fixture(autouse=True)
def left(api: Api) -> None:
    change(api.world, Engagement, closed_at=NOON - timedelta(days=1), left_at=NOON)


def headings(api: Api) -> list[str]:
    found = re.findall(r"<(title|h[1-4])[^>]*>(.*?)</\1>", shown(api).text, re.DOTALL)
    return [" ".join(re.sub("<[^>]*>", "", text).split()) for _, text in found]


def test_its_headings_are_about_what_was(api: Api) -> None:
    assert headings(api) == [
        "Our access to AWS account 987654321098 has ended – Daypass",
        "Our work in your AWS account 987654321098 is over",
        "What you can still remove",
        "How we saw that we are out",
        "Out The role refuses us",
        "Who we are",
    ]


def test_before_that_they_are_about_what_is_to_be_done(api: Api) -> None:
    change(api.world, Engagement, left_at=None)
    assert headings(api) == [
        "End our access to AWS account 987654321098 – Daypass",
        "Our work in your AWS account 987654321098 is over",
        "Remove the role",
        "Check that we are out",
        "Not checked yet",
        "Who we are",
    ]


def test_there_is_no_button_since_no_check_would_try_anything(api: Api) -> None:
    assert "Check now" not in words(api)
    assert "<form" not in shown(api).text
    ask(api, CHECK, "nobody")
    assert "probe" not in api.world.steps
    assert "No check of ours has tried the role since then" in words(api)
    assert "only our checks still try" not in words(api)


def test_what_is_left_to_be_removed_is_a_role_that_was_made_for_us(api: Api) -> None:
    said = words(api)
    assert "A role that you made for us and only shut may still be there" in said
    assert "aws iam delete-role " in said
    assert "Shut the door" not in said


def test_of_a_role_that_was_there_before_only_our_statements_are(api: Api) -> None:
    api.world.add(an_asked_for(permissions=PermissionSet.AS_THEY_ARE))
    said = words(api)
    assert "If its trust policy still has statements that name our account" in said
    assert "made for us" not in said
    assert "aws iam" not in said
