"""What the function does that was begun in Slack: once, for whoever may, and told as it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.pending import LONGEST_RUN, PendingAction
from chalicelib.domain.trail import Action
from chalicelib.domain.values import next_version
from chalicelib.entrypoints.slack.work import slack_work
from chalicelib.usecases.slack.lead_actions import StillRunning
from tests.builders import LINK_TEXT, ROLE_ARN, a_link, a_role, an_engagement
from tests.entrypoints.conftest import Output
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import LENA, WHY, asked, done, posted, said, worked
from tests.fakes import NOON
from tests.fakes.slack import RESPONSE_URL, text_of


class Killed(BaseException):
    """As by `kill -9`: nothing of ours runs any more."""


def killed() -> None:
    raise Killed


def pressed(api: Api, text: str = f"revoke engagement acme-prod {WHY}") -> dict[str, Any]:
    """What the function is told once Lena has pressed."""
    api.presses(asked(api, text)["do"], LENA)
    task, url = api.workspace.work.begun[-1]
    return {"task": task, "response_url": url}


def granted(api: Api) -> dict[str, Any]:
    return pressed(api, "grant bob acme-prod readonly until 2026-12-01")


def granted_by_one_that_was_killed(api: Api) -> dict[str, Any]:
    event = granted(api)
    api.world.just_before("save", killed, nth=2)  # once it is granted
    with pytest.raises(Killed):
        slack_work(event, None)
    return event


def test_after_an_unclear_failure_slack_says_that_the_action_may_have_been_done(
    api: Api, output: Output
) -> None:
    event = pressed(api)
    error = Unavailable(Reason.RECORDS_UNAVAILABLE)
    error.__cause__ = ConnectionError("no table answers")
    api.world.fails_at("vends", error)

    assert slack_work(event, None) == {"done": False}

    assert done(api) == [("lena", Action.ENGAGEMENT_REVOKE)]
    assert "does not know whether it was done" in posted(api)
    assert "Type the command again" in posted(api)
    (line,) = [line for line in output.lines() if line["message"] == "upstream"]
    assert line["cause"] == "ConnectionError: no table answers"


def test_a_grant_that_was_revoked_is_not_made_again_by_whoever_takes_the_task_over(
    api: Api,
) -> None:
    event = granted_by_one_that_was_killed(api)
    path = "/v1/engagements/acme-prod/grants/bob/revoke"
    api.post(path, "lena", {"reason": "a mistake"})
    api.world.later(seconds=LONGEST_RUN.total_seconds() + 1)

    slack_work(event, None)

    (grant,) = [g for g in api.world.find(Grant, where=lambda g: g.member == "bob") if g.revoked_at]
    assert grant.engagement == "acme-prod"
    assert "the grant is revoked by now" in posted(api)


def test_a_task_that_is_done_twice_says_the_second_time_what_the_first_has_done(api: Api) -> None:
    event = granted_by_one_that_was_killed(api)
    api.world.later(seconds=LONGEST_RUN.total_seconds() + 1)

    slack_work(event, None)

    assert "bob may enter acme-prod" in posted(api)
    assert done(api) == [("lena", Action.GRANT_CREATE)]


def test_what_lambda_has_kept_for_hours_is_not_done_any_more(api: Api) -> None:
    event = granted(api)
    api.world.later(minutes=10)

    slack_work(event, None)

    assert "could not be started in time" in posted(api)
    assert done(api) == []


def test_what_a_lead_has_set_going_is_said_to_be_told_elsewhere(api: Api) -> None:
    pressed(api, f"revoke member luis {WHY}")
    assert "luis has led. What they set up as a lead may still stand" in worked(api)


NO_LEAD: dict[str, tuple[type[Any], Callable[[Any], bool], dict[str, Any]]] = {
    "suspended": (Member, lambda one: one.id == "lena", {"suspended_at": NOON}),
    "unbound": (Token, lambda one: one.subject == "ULENA", {"revoked_at": NOON}),
    "stepped down": (Member, lambda one: one.id == "lena", {"kind": Kind.MEMBER}),
}


@pytest.mark.parametrize("what", NO_LEAD)
def test_who_is_no_lead_any_more_when_it_is_done_has_done_nothing(api: Api, what: str) -> None:
    pressed(api)
    kind, where, changes = NO_LEAD[what]
    api.world.add(*(next_version(one, **changes) for one in api.world.find(kind, where=where)))

    assert "It was not done." in worked(api)
    assert done(api) == []


def test_the_roles_are_checked_by_the_function_and_told(api: Api) -> None:
    assert "*verify* `acme-prod`: started by lena." in said(api, "verify acme-prod", LENA)
    assert api.world.entries == []

    told = worked(api)

    assert (
        "readonly: passed. It lets Daypass in with the right external ID, and refuses Daypass"
        " without one and with the wrong ones that were tried." in told
    )
    assert ("lena", Action.ROLE_VERIFY) in done(api)


ENDS = (NOON - timedelta(days=1), NOON + timedelta(days=9))
GONE: dict[str, Any] = {}
# What there is beside the scene, how the client's role is, and what is told of its check.
CHECKED: dict[str, tuple[list[Any], dict[str, Any], list[str]]] = {
    "it takes the former external ID": (
        [an_engagement(previous_external_id="daypass-former")],
        {"also": "daypass-former"},
        ["readonly: passed, but: The role still lets Daypass in with the FORMER"],
    ),
    "there is none": (
        [],
        GONE,
        [
            "readonly: not passed. The role refuses Daypass with the right external ID.",
            "Nothing is vended from it",
            "The likeliest cause: There is no role of this name and path in the account.",
            "What to do: Create the role as asked for, or tell us its ARN",
            "1 of 1 did not pass. The client's page has the commands that mend it.",
            f"Its link {a_link().id}, made by lena, works until 24 December 2026, 12:00 UTC.",
        ],
    ),
    "it lets anybody in": (
        [],
        {"demands_external_id": False},
        [
            "The role lets Daypass in WITHOUT an external ID",
            "What to do: Replace the role's trust policy with the one that Daypass gives.",
        ],
    ),
    "no link works": (
        [a_link(revoked_at=NOON)],
        GONE,
        ["No link to it works now: a lead makes one by the API."],
    ),
    "its end has passed": (
        [an_engagement(ends_at=ENDS[1]), a_role(asked_ends=ENDS)],
        GONE,
        [
            "The likeliest cause: The end date in the trust policy has passed",
            "Daypass asked for one that ends on 23 November 2026, 12:00 UTC.",
        ],
    ),
    "there are many": (
        [a_role(name=f"{'x' * 28}-{number:02}", verification=None) for number in range(19)],
        GONE,
        ["more"],
    ),
}


@pytest.mark.parametrize("what", CHECKED)
def test_what_a_check_has_found_is_told_with_what_to_do(api: Api, what: str) -> None:
    items, role, says = CHECKED[what]
    api.world.add(*items)
    for name, value in role.items():
        setattr(api.world.roles[ROLE_ARN], name, value)
    if role is GONE:
        api.world.roles.clear()
    api.types("verify acme-prod", LENA)

    told = worked(api)

    assert [part for part in says if part not in told] == []
    assert "with the wrong ones" not in told
    assert LINK_TEXT not in told


def test_aws_that_does_not_answer_is_told(api: Api) -> None:
    api.world.fails_at("probe", Unavailable(Reason.AWS_UNREACHABLE))
    api.types("verify acme-prod", LENA)

    assert "readonly: it could not be checked." in worked(api)


def test_a_task_that_is_delivered_again_while_it_is_worked_on_is_asked_for_again_later(
    api: Api,
) -> None:
    event = pressed(api)

    def again() -> None:
        with pytest.raises(StillRunning):
            slack_work(event, None)

    api.world.just_before("apply", again)
    slack_work(event, None)

    assert slack_work(event, None) == {"done": False}
    assert len(api.workspace.slack.posted) == 2  # that it was begun, and that it is done


def test_of_two_that_take_it_up_at_once_one_does_it(api: Api) -> None:
    event = pressed(api)
    api.world.just_before("save", lambda: slack_work(event, None))

    with pytest.raises(StillRunning):
        slack_work(event, None)

    assert done(api) == [("lena", Action.ENGAGEMENT_REVOKE)]


def test_what_was_left_undone_by_a_function_that_was_killed_is_done_by_the_next(api: Api) -> None:
    event = pressed(api)
    api.world.just_before("apply", killed)
    with pytest.raises(Killed):
        slack_work(event, None)
    with pytest.raises(StillRunning):  # nobody knows yet that it was killed
        slack_work(event, None)
    api.world.later(seconds=LONGEST_RUN.total_seconds() + 1)

    assert slack_work(event, None) == {"done": True}
    assert done(api) == [("lena", Action.ENGAGEMENT_REVOKE)]


def test_a_deed_stands_though_slack_is_down_when_it_is_told(api: Api) -> None:
    pressed(api)
    api.workspace.slack.takes = lambda: False

    worked(api)

    assert done(api) == [("lena", Action.ENGAGEMENT_REVOKE)]
    assert len(api.workspace.slack.posted) == 1 + 3


@pytest.mark.parametrize(
    "event",
    [None, {}, {"task": "x", "response_url": ""}, {"task": "0" * 64}, [], {"other": 1}],
)
def test_an_event_that_nobody_began_does_nothing(api: Api, event: Any) -> None:
    assert "reason" in slack_work(event, None)
    assert api.workspace.slack.posted == []
    assert api.world.entries == []


def test_a_task_that_does_not_exist_is_not_done_and_the_answer_says_so(api: Api) -> None:
    event = {"task": "0" * 64, "response_url": RESPONSE_URL}

    assert slack_work(event, None) == {"done": False}

    ((url, message),) = api.workspace.slack.posted
    assert url == RESPONSE_URL
    assert "This confirmation is no longer valid." in text_of(message)


def test_a_task_that_broke_is_not_done(api: Api, output: Output) -> None:
    event = granted(api)
    api.world.fails_at("save", ValueError("a bug"))

    assert slack_work(event, None) == {"done": False}
    assert "Something broke" in posted(api)
    (bug,) = [line for line in output.lines() if line["message"] == "bug"]
    assert f"request {bug['correlation_id']}" in posted(api)


def test_a_task_that_nobody_pressed_is_not_done(api: Api) -> None:
    asked(api)
    (task,) = api.world.find(PendingAction, where=lambda _: True)

    assert slack_work({"task": task.hash, "response_url": ""}, None) == {"done": False}
    assert api.world.entries == []
