"""What leads type and press in the tests, and what came of it."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.trail import Action, Outcome
from chalicelib.entrypoints.slack.work import slack_work
from tests.entrypoints.driver import Api
from tests.fakes.slack import buttons_of, person, text_of

ALICE, LENA, LUIS = person("alice"), person("lena"), person("luis")
WHY = "because it leaks"


def asked(api: Api, text: str, who: Any = LENA) -> dict[str, Any]:
    """The question's buttons."""
    return buttons_of(api.types(text, who).json)


def worked(api: Api) -> str:
    """What is told once the function has done all that was begun."""
    for task, url in api.workspace.work.begun:
        slack_work({"task": task, "response_url": url}, None)
    return text_of(api.workspace.slack.posted[-1][1])


def done(api: Api) -> list[tuple[str, Action]]:
    return [(one.actor, one.action) for one in api.world.entries if one.outcome is Outcome.DONE]
