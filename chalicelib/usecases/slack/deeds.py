"""Do what was pressed in Slack, and say what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from chalicelib.domain.engagements.grants import CreateGrant
from chalicelib.domain.errors import DaypassError, Unavailable, Unrecognised
from chalicelib.domain.moments import end_in_words
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.people.tokens import Presented
from chalicelib.domain.slack.tasks import ACTIONS, Task
from chalicelib.usecases.admission import LEADS, Aim, admit
from chalicelib.usecases.engagements.engagements import revoke_engagement
from chalicelib.usecases.engagements.grants import create_grant, revoke_grant
from chalicelib.usecases.engagements.roles import end_role
from chalicelib.usecases.people.members import find_member, revoke_member
from chalicelib.usecases.ports import Asking, Ports
from chalicelib.usecases.slack.checking import check_all

TIME_TO_CHECK = timedelta(seconds=90)


def done(ports: Ports, task: Task) -> tuple[str, Unavailable | None]:
    """Do the task. Return the outcome, for people, and why it may be done in part, for the log."""
    if task.is_too_late(ports.now()):
        return "It was not done: it could not be begun in time. Type the command again.", None
    asking = Asking(Presented(task.begun_by, task.begun_with), task.begun_in)
    aim = Aim(engagement=task.engagement, role=task.role, member=task.member)
    try:
        lead = admit(ports, asking, LEADS, ACTIONS[task.command], aim=aim)
        return _DEEDS[task.command](ports, lead, task), None
    except Unrecognised:
        return f"It was not done. {task.begun_by} is not bound to this Slack user any more.", None
    except Unavailable as error:
        text = (
            f"It may have been done, or in part: that is not known. {error.detail} Type the"
            " command again: what was done is not done twice."
        )
        return text, error
    except DaypassError as error:
        return f"It was not done. {error.detail}", None


def _grant(ports: Ports, lead: Caller, task: Task) -> str:
    """Once: who is killed after it leaves it to be done again, and it may be revoked by then."""
    made = ports.state.grant(task.engagement, task.member)
    if made is None or task.begun_at is None or made.created_at < task.begun_at:
        roles, ends_at = frozenset({task.role}), task.until
        asked = CreateGrant(member=task.member, roles=roles, ends_at=ends_at)
        made = create_grant(ports, lead, task.engagement, asked)
    if made.revoked_at is not None:
        return f"{task.member} was let into {task.engagement}, and the grant is revoked by now."
    return (
        f"{task.member} may enter {task.engagement} in the role"
        f" {', '.join(sorted(made.roles))}, until {end_in_words(made.ends_at)}."
    )


def _revoke_member(ports: Ports, lead: Caller, task: Task) -> str:
    """What a lead has set going is too long for a message, and is read off the whole trail."""
    says = revoke_member(ports, lead, task.member, why=task.why).says
    if not find_member(ports, task.member).has_ever_led:
        return says
    return (
        f"{says}\n{task.member} has led: what they have set going, and still stands, is told by"
        f" POST /v1/members/{task.member}/revoke."
    )


def _verify(ports: Ports, lead: Caller, task: Task) -> str:
    return check_all(ports, lead, task.engagement, ports.now() + TIME_TO_CHECK)


_DEEDS: dict[str, Callable[[Ports, Caller, Task], str]] = {
    "verify": _verify,
    "grant": _grant,
    "revoke member": _revoke_member,
    "revoke engagement": lambda ports, lead, task: (
        revoke_engagement(ports, lead, task.engagement, why=task.why).says
    ),
    "revoke grant": lambda ports, lead, task: (
        revoke_grant(ports, lead, task.engagement, task.member, why=task.why).says
    ),
    "revoke role": lambda ports, lead, task: (
        end_role(ports, lead, task.engagement, task.role, why=task.why).says
    ),
}
