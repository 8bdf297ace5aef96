"""What the function does that was begun in Slack: once, for whoever may, and told as it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.pending import LONGEST_RUN, PendingAction
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.slack.work import slack_work
from chalicelib.usecases.slack.lead_actions import StillRunning
from tests.builders import LINK_TEXT, ROLE_ARN, a_link, a_role, an_engagement
from tests.entrypoints.conftest import Output
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import LENA, WHY, asked, done, worked
from tests.fakes import NOON
from tests.fakes.slack import RESPONSE_URL, text_of


class Killed(BaseException):
    """As by `kill -9`: nothing of ours runs any more."""


def killed() -> None:
    raise Killed


def test_what_is_not_known_to_be_done_is_not_said_to_be_undone(api: Api) -> None:
    api.presses(asked(api, f"revoke engagement acme-prod {WHY}")["do"], LENA)
    api.world.fails_at("vends", Unavailable(Reason.RECORDS_UNAVAILABLE))

    told = worked(api)

    assert done(api) == [("lena", Action.ENGAGEMENT_REVOKE)]
    assert "It may have been done, or in part" in told
    assert "Type the command again" in told


def test_the_log_has_what_aws_said_where_it_is_not_known_whether_it_was_done(
    api: Api, output: Output
) -> None:
    api.presses(asked(api, f"revoke engagement acme-prod {WHY}")["do"], LENA)
    ((task, url),) = api.workspace.work.begun
    error = Unavailable(Reason.RECORDS_UNAVAILABLE)
    error.__cause__ = ConnectionError("no table answers")
    api.world.fails_at("vends", error)

    assert slack_work({"task": task, "response_url": url}, None) == {"done": False}

    (line,) = [line for line in output.lines() if line["message"] == "upstream"]
    assert line["cause"] == "ConnectionError: no table answers"


def granted(api: Api) -> dict[str, Any]:
    """What the function is told that lets Bob in."""
    text = "grant bob acme-prod readonly until 2026-12-01"
    api.presses(asked(api, text)["do"], LENA)
    task, url = api.workspace.work.begun[-1]
    return {"task": task, "response_url": url}


def test_a_grant_that_was_revoked_is_not_made_again_by_whoever_takes_the_task_over(
    api: Api,
) -> None:
    event = granted(api)
    api.world.just_before("remember", killed, nth=2)  # once it is granted
    with pytest.raises(Killed):
        slack_work(event, None)
    path = "/v1/engagements/acme-prod/grants/bob/revoke"
    api.post(path, "lena", {"reason": "a mistake"})
    api.world.later(seconds=LONGEST_RUN.total_seconds() + 1)

    slack_work(event, None)

    (grant,) = [g for g in api.world.find(Grant, where=lambda g: g.member == "bob") if g.revoked_at]
    assert grant.engagement == "acme-prod"
    assert "the grant is revoked by now" in text_of(api.workspace.slack.posted[-1][1])


def test_a_task_that_is_done_twice_says_the_second_time_what_the_first_has_done(api: Api) -> None:
    event = granted(api)
    api.world.just_before("remember", killed, nth=2)
    with pytest.raises(Killed):
        slack_work(event, None)
    api.world.later(seconds=LONGEST_RUN.total_seconds() + 1)

    slack_work(event, None)

    assert "bob may enter acme-prod" in text_of(api.workspace.slack.posted[-1][1])
    assert done(api) == [("lena", Action.GRANT_CREATE)]


def test_what_lambda_has_kept_for_hours_is_not_done_any_more(api: Api) -> None:
    event = granted(api)
    api.world.later(minutes=10)

    slack_work(event, None)

    assert "could not be started in time" in text_of(api.workspace.slack.posted[-1][1])
    assert done(api) == []


def test_what_a_lead_has_set_going_is_said_to_be_told_elsewhere(api: Api) -> None:
    api.presses(asked(api, f"revoke member luis {WHY}")["do"], LENA)

    assert "luis has led. What they set up as a lead may still stand" in worked(api)


def suspended(api: Api) -> None:
    for member in api.world.find(Member, where=lambda one: one.id == "lena"):
        api.world.add(replace(member, suspended_at=api.world.clock, version=member.version + 1))


def unbound(api: Api) -> None:
    for token in api.world.find(Token, where=lambda one: one.subject == "ULENA"):
        api.world.add(replace(token, revoked_at=api.world.clock, version=token.version + 1))


def stepped_down(api: Api) -> None:
    for member in api.world.find(Member, where=lambda one: one.id == "lena"):
        api.world.add(replace(member, kind=Kind.MEMBER, version=member.version + 1))


@pytest.mark.parametrize("what", [suspended, unbound, stepped_down], ids=lambda one: one.__name__)
def test_who_is_no_lead_any_more_when_it_is_done_has_done_nothing(api: Api, what: Any) -> None:
    api.presses(asked(api, f"revoke engagement acme-prod {WHY}")["do"], LENA)
    what(api)

    assert "It was not done." in worked(api)
    assert done(api) == []


def test_the_roles_are_checked_by_the_function_and_told(api: Api) -> None:
    answer = api.types("verify acme-prod", LENA).json
    assert "*verify* `acme-prod`: started by lena." in text_of(answer)
    assert api.world.entries == []

    told = worked(api)

    assert (
        "readonly: passed. It lets Daypass in with the right external ID, and refuses Daypass"
        " without one and with the wrong ones that were tried." in told
    )
    assert ("lena", Action.ROLE_VERIFY) in done(api)


def test_a_role_that_still_takes_the_former_external_id_is_told_so(api: Api) -> None:
    api.world.add(an_engagement(former_external_id="daypass-former"))
    api.world.roles[ROLE_ARN].also = "daypass-former"
    api.types("verify acme-prod", LENA)

    told = worked(api)

    assert "readonly: passed, but: The role still lets Daypass in with the FORMER" in told
    assert "with the wrong ones" not in told


def test_what_was_seen_of_many_roles_fits_into_a_message(api: Api) -> None:
    for number in range(19):
        api.world.add(a_role(name=f"{'x' * 28}-{number:02}", verification=None))
    api.world.roles.clear()
    api.types("verify acme-prod", LENA)

    assert "more" in worked(api)


def test_a_check_that_fails_is_told_with_what_was_seen(api: Api) -> None:
    api.world.roles.clear()
    api.types("verify acme-prod", LENA)

    told = worked(api)

    assert "readonly: not passed. The role refuses Daypass with the right external ID." in told
    assert "Nothing is vended from it" in told
    assert "The likeliest cause: There is no role of this name and path in the account." in told
    assert "What to do: Create the role as asked for, or tell us its ARN" in told
    assert (
        f"1 of 1 did not pass. The client's page has the commands that mend it. Its link"
        f" {a_link().id}, made by lena, works until 24 December 2026, 12:00 UTC."
    ) in told
    assert LINK_TEXT not in told


def test_a_check_that_fails_in_several_ways_is_told_with_its_fix(api: Api) -> None:
    api.world.roles[ROLE_ARN].demands_external_id = False
    api.types("verify acme-prod", LENA)

    told = worked(api)

    assert "The role lets Daypass in WITHOUT an external ID" in told
    assert "What to do: Replace the role's trust policy with the one that Daypass gives." in told


def test_where_no_link_to_the_page_works_it_is_told_how_to_make_one(api: Api) -> None:
    api.world.roles.clear()
    api.world.add(a_link(revoked_at=NOON))
    api.types("verify acme-prod", LENA)

    assert "No link to it works now: a lead makes one by the API." in worked(api)


def test_the_end_that_has_passed_is_the_likeliest_cause(api: Api) -> None:
    api.world.add(
        an_engagement(ends_at=NOON + timedelta(days=9)),
        a_role(asked_ends=(NOON - timedelta(days=1), NOON + timedelta(days=9))),
    )
    api.world.roles.clear()
    api.types("verify acme-prod", LENA)

    asked = "Daypass asked for one that ends on 23 November 2026, 12:00 UTC."
    told = worked(api)
    assert "The likeliest cause: The end date in the trust policy has passed" in told
    assert asked in told


def test_aws_that_does_not_answer_is_told(api: Api) -> None:
    api.world.fails_at("probe", Unavailable(Reason.AWS_UNREACHABLE))
    api.types("verify acme-prod", LENA)

    assert "readonly: it could not be checked." in worked(api)


def test_a_task_that_is_delivered_again_while_it_is_worked_on_is_asked_for_again_later(
    api: Api,
) -> None:
    api.types("verify acme-prod", LENA)
    ((task, url),) = api.workspace.work.begun
    event = {"task": task, "response_url": url}

    def again() -> None:
        with pytest.raises(StillRunning):
            slack_work(event, None)

    api.world.just_before("probe", again)
    slack_work(event, None)

    assert slack_work(event, None) == {"done": False}
    assert len(api.workspace.slack.posted) == 1


def test_what_was_left_undone_by_a_function_that_was_killed_is_done_by_the_next(api: Api) -> None:
    api.presses(asked(api, f"revoke engagement acme-prod {WHY}")["do"], LENA)
    ((task, url),) = api.workspace.work.begun
    event = {"task": task, "response_url": url}

    api.world.just_before("apply", killed)
    with pytest.raises(Killed):
        slack_work(event, None)
    with pytest.raises(StillRunning):  # nobody knows yet that it was killed
        slack_work(event, None)
    api.world.later(seconds=LONGEST_RUN.total_seconds() + 1)

    assert slack_work(event, None) == {"done": True}
    assert done(api) == [("lena", Action.ENGAGEMENT_REVOKE)]


def test_a_deed_stands_though_slack_is_down_when_it_is_told(api: Api) -> None:
    api.presses(asked(api, f"revoke engagement acme-prod {WHY}")["do"], LENA)
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
    assert "This question can no longer be answered." in text_of(message)


def test_a_task_that_broke_is_not_done(api: Api) -> None:
    event = granted(api)
    api.world.fails_at("remember", ValueError("a bug"))

    assert slack_work(event, None) == {"done": False}
    assert "Something broke" in text_of(api.workspace.slack.posted[-1][1])


def test_a_task_that_nobody_pressed_is_not_done(api: Api) -> None:
    asked(api, f"revoke engagement acme-prod {WHY}")
    (task,) = api.world.find(PendingAction, where=lambda _: True)

    assert slack_work({"task": task.hash, "response_url": ""}, None) == {"done": False}
    assert api.world.entries == []
