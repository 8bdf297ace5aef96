"""What the client's page says: no more than is so, and what may surprise its reader."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import force_setattr, replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.verification.proof import Check
from tests.builders import ROLE_ARN, Scene
from tests.entrypoints.driver import Api
from tests.entrypoints.matrix import ask
from tests.entrypoints.onboarding.page_states import LEFT, OVER, PAGES, checked, holds
from tests.entrypoints.onboarding.reading import CHECK, Words, change, shown, words
from tests.fakes import FIRM, FakeRole

FIRM_NAME = 'O\'Brien & "Söhne" <script>alert(1)</script>'
CLIENT_NAME = '<b>"Bobby" & Söhne</b>{{ 7 * 7 }}'


@pytest.mark.parametrize("state", PAGES)
def test_the_page_says_what_is_so(api: Api, state: str) -> None:
    holds(api, PAGES[state])


def test_the_page_of_one_role_is_light(api: Api) -> None:
    api.world.roles[ROLE_ARN] = FakeRole("another")
    ask(api, CHECK, "nobody")

    assert "likeliest first" in words(api)
    assert len(shown(api).text.encode()) < 60_000


def test_names_are_shown_as_text(api: Api, scene: Scene) -> None:
    force_setattr(scene.ports, "firm", replace(FIRM, name=FIRM_NAME))
    change(api.world, Engagement, client=CLIENT_NAME)
    answer = shown(api)

    assert FIRM_NAME in Words(answer.text).text
    assert CLIENT_NAME in Words(answer.text).text
    assert not re.search("<b>.Bobby|<script>alert", answer.text)


def test_whom_to_ask_is_there_if_the_firm_says_so(api: Api, scene: Scene) -> None:
    force_setattr(scene.ports, "firm", replace(FIRM, contact="o.brien+aws@example.com"))
    assert "Whom to ask o.brien+aws@example.com" in words(api)
    assert "tell us (o.brien+aws@example.com) and we withdraw it" in words(api)
    assert shown(api).text.count('href="mailto:o.brien+aws@example.com"') == 2


@pytest.mark.parametrize("failed", [(), (Check.TAGS,)], ids=["grade A", "grade B"])
def test_no_more_is_claimed_of_wrong_external_ids_than_was_tried(
    api: Api, failed: tuple[Check, ...]
) -> None:
    api.world.add(checked(*failed))
    said = words(api)
    assert said.count("without it and with the wrong ones that we tried") == 2
    assert "with the wrong external IDs that Daypass tried" in said
    assert "with wrong ones" not in said.replace("and with none, with wrong ones", "")


def headings(api: Api) -> list[str]:
    found = re.findall(r"<(title|h[1-4])[^>]*>(.*?)</\1>", shown(api).text, re.DOTALL)
    return [" ".join(re.sub("<[^>]*>", "", text).split()) for _, text in found]


def test_once_it_is_over_the_page_is_about_leaving_and_then_about_what_was(api: Api) -> None:
    change(api.world, Engagement, **OVER)
    assert headings(api) == [
        "End our access to AWS account 987654321098 – Daypass",
        "Our work in your AWS account 987654321098 is over",
        "Remove the role",
        "Check that we are out",
        "Not checked yet",
        "Who we are",
    ]
    ask(api, CHECK, "nobody")
    assert "still lets us in" in words(api)

    del api.world.roles[ROLE_ARN]
    api.world.later(minutes=1)
    ask(api, CHECK, "nobody")
    assert headings(api) == [
        "Our access to AWS account 987654321098 has ended – Daypass",
        "Our work in your AWS account 987654321098 is over",
        "What you can still remove",
        "How we saw that we are out",
        "Out The role refuses us",
        "Who we are",
    ]


def test_once_we_have_left_no_check_would_try_anything(api: Api) -> None:
    change(api.world, Engagement, **LEFT)
    ask(api, CHECK, "nobody")
    assert "probe" not in api.world.steps
    assert "No check of ours has tried the role since then" in words(api)
