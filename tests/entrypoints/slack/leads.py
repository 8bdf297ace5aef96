"""What people type and press in the tests, and what came of it."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.trail import Action, Outcome
from chalicelib.entrypoints.slack.work import slack_work
from local.slack.requests import Person
from tests.entrypoints.driver import Api
from tests.fakes.slack import buttons_of, person, text_of

ALICE, BOB, LENA, LUIS, ADA, SAM = map(person, ("alice", "bob", "lena", "luis", "ada", "sam"))
NINA = person("nina")  # nobody knows whose she is
WHY = "because it leaks"


def said(api: Api, text: str, who: Person = ALICE) -> str:
    """The answer, which only whoever typed sees."""
    answer = api.types(text, who)
    assert (answer.status, answer.json["response_type"]) == (200, "ephemeral")
    return text_of(answer.json)


def asked(api: Api, text: str = f"revoke engagement acme-prod {WHY}") -> dict[str, Any]:
    """The buttons of the question that Lena is asked."""
    return buttons_of(api.types(text, LENA).json)


def posted(api: Api) -> str:
    """What was posted last."""
    return text_of(api.workspace.slack.posted[-1][1])


def worked(api: Api) -> str:
    """What is told once the function has done all that was begun."""
    for task, url in api.workspace.work.begun:
        slack_work({"task": task, "response_url": url}, None)
    return posted(api)


def done(api: Api) -> list[tuple[str, Action]]:
    return [(one.actor, one.action) for one in api.world.entries if one.outcome is Outcome.DONE]
