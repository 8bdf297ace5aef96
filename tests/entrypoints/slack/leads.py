"""People who type and press in the tests, and what Daypass answers."""

from contextlib import AbstractContextManager
from typing import Any

from chalicelib.domain.people.members import Kind
from chalicelib.domain.trail import Action, Outcome
from chalicelib.entrypoints.slack.work import slack_work
from local.slack.requests import Person
from tests.builders import Scene, a_member, a_scene, bound
from tests.entrypoints.driver import Api, served
from tests.fakes.slack import buttons_of, person, text_of

ALICE, BOB, LENA, LUIS, ADA, SAM = map(person, ("alice", "bob", "lena", "luis", "ada", "sam"))
NINA = person("nina")  # not bound to a member
WHY = "because it leaks"


def a_slack_scene() -> Scene:
    """Return a scene in which all but Nina have bound their Slack user, and Luis leads as well."""
    scene = a_scene()
    scene.world.add(a_member("luis", kind=Kind.LEAD), *bound("luis"))
    for member in ("alice", "bob", "lena", "ada", "sam"):
        scene.world.add(*bound(member))
    return scene


def fresh_slack_api() -> AbstractContextManager[Api]:
    """Serve the app over such a scene, as the fixture `api` does here."""
    return served(a_slack_scene())


def answer_to(api: Api, text: str, sender: Person = ALICE) -> str:
    """Return the text of the answer, which only the sender sees."""
    answer = api.types(text, sender)
    assert (answer.status, answer.json["response_type"]) == (200, "ephemeral")
    return text_of(answer.json)


def confirmation_buttons(
    api: Api, text: str = f"revoke engagement acme-prod {WHY}"
) -> dict[str, Any]:
    """Return the buttons of the confirmation that Lena gets."""
    return buttons_of(api.types(text, LENA).json)


def last_post(api: Api) -> str:
    """Return the text of the last posted message."""
    return text_of(api.workspace.responder.posted[-1][1])


def run_work(api: Api) -> str:
    """Carry out all enqueued actions, and return the text of the last posted message."""
    for task, url in api.workspace.queue.enqueued:
        slack_work({"task": task, "response_url": url}, None)
    return last_post(api)


def completed_actions(api: Api) -> list[tuple[str, Action]]:
    return [
        (entry.actor, entry.action) for entry in api.world.entries if entry.outcome is Outcome.DONE
    ]
