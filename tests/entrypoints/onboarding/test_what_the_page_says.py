"""The sentences of the client's page: exact claims, and nothing that the reader must guess."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import force_setattr, replace

from chalicelib.domain.engagements.engagements import AgentAccess, Engagement
from chalicelib.domain.verification.proof import Check
from tests.builders import ROLE_ARN, Scene
from tests.entrypoints.driver import Api
from tests.entrypoints.matrix import ask
from tests.entrypoints.onboarding.page_states import ENDED, PAGES, REMOVED, check_page, checked
from tests.entrypoints.onboarding.reading import CHECK, PageText, change, page_text, shown
from tests.fakes import FIRM, FakeRole

FIRM_NAME = 'O\'Brien & "Söhne" <script>alert(1)</script>'
CLIENT_NAME = '<b>"Bobby" & Söhne</b>{{ 7 * 7 }}'


@pytest.mark.parametrize("state", PAGES)
def test_the_page_states_exactly_what_is_true(api: Api, state: str) -> None:
    check_page(api, PAGES[state])


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
    assert "Contact o.brien+aws@example.com" in page_text(api)
    assert "tell us (o.brien+aws@example.com) and we will revoke it" in page_text(api)
    assert shown(api).text.count('href="mailto:o.brien+aws@example.com"') == 2


@pytest.mark.parametrize("failed", [(), (Check.TAGS,)], ids=["grade A", "grade B"])
def test_the_page_claims_only_the_wrong_external_ids_that_were_tried(
    api: Api, failed: tuple[Check, ...]
) -> None:
    api.world.add(checked(*failed))
    text = page_text(api)
    assert text.count("without it and with the wrong ones that we tried") == 1
    assert "refuses the wrong external IDs that Daypass tried" in text
    assert "with wrong ones" not in text


@pytest.mark.parametrize(
    ("agents", "text"),
    [
        (AgentAccess.REFUSE, "(an AI agent) gets no access to your account. Such a program"),
        (
            AgentAccess.READ_ONLY,
            "(an AI agent) gets less: it can list resources of common services",
        ),
        (AgentAccess.ALLOW, "(an AI agent) gets the access that its consultant has. The names of"),
    ],
)
def test_the_page_says_what_agents_may_do(api: Api, agents: AgentAccess, text: str) -> None:
    change(api.world, Engagement, agents=agents)
    assert text in page_text(api)
    assert "If it does not, we cannot tell it from its consultant." in page_text(api)


def headings(api: Api) -> list[str]:
    matches = re.findall(r"<(title|h[1-4])[^>]*>(.*?)</\1>", shown(api).text, re.DOTALL)
    return [" ".join(re.sub("<[^>]*>", "", text).split()) for _, text in matches]


def test_after_the_end_the_page_is_about_removing_the_access(api: Api) -> None:
    change(api.world, Engagement, **ENDED)
    assert headings(api) == [
        "Remove our access to your AWS account 987654321098 – Daypass",
        "Remove our access to your AWS account 987654321098",
        "1. Delete the role",
        "2. Check that our access is removed",
        "Not checked yet",
        "About us",
    ]
    ask(api, CHECK, "nobody")
    assert "still accepts us" in page_text(api)

    del api.world.roles[ROLE_ARN]
    api.world.later(minutes=1)
    ask(api, CHECK, "nobody")
    assert headings(api) == [
        "Our access to your AWS account 987654321098 is removed – Daypass",
        "Our access to your AWS account 987654321098 is removed",
        "1. What you can still remove",
        "2. How we checked",
        "Access removed The role refuses us",
        "About us",
    ]


def test_after_the_access_is_removed_a_check_tries_nothing(api: Api) -> None:
    change(api.world, Engagement, **REMOVED)
    ask(api, CHECK, "nobody")
    assert "probe" not in api.world.steps
    assert "We have not tried the role since then" in page_text(api)
