"""Do what was pressed in Slack, and say what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from msgspec import UNSET

from chalicelib.domain.engagements.grants import CreateGrant
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.people.tokens import Presented
from chalicelib.domain.slack.tasks import ACTIONS, Task
from chalicelib.usecases.admission import LEADS, Aim, admit
from chalicelib.usecases.engagements.engagements import revoke_engagement
from chalicelib.usecases.engagements.grants import create_grant, revoke_grant
from chalicelib.usecases.engagements.roles import end_role
from chalicelib.usecases.people.suspend_member import suspend_member
from chalicelib.usecases.ports import Asking, Ports
from chalicelib.usecases.slack.checking import check_all

TIME_TO_CHECK = timedelta(seconds=90)


def done(ports: Ports, task: Task) -> str:
    """What came of it, for people."""
    asking = Asking(Presented(task.begun_by, task.begun_with), task.begun_in)
    aim = Aim(engagement=task.engagement, role=task.role, member=task.member)
    try:
        lead = admit(ports, asking, LEADS, ACTIONS[task.command], aim=aim)
        return _DEEDS[task.command](ports, lead, task)
    except DaypassError as error:
        return f"It was not done. {error.detail}"


def _grant(ports: Ports, lead: Caller, task: Task) -> str:
    roles, ends_at = frozenset({task.role}), task.until or UNSET
    asked = CreateGrant(member=task.member, roles=roles, ends_at=ends_at)
    made = create_grant(ports, lead, task.engagement, asked)
    return (
        f"{task.member} may enter {task.engagement} in the role {task.role}, until"
        f" {rfc3339(made.ends_at)}."
    )


def _verify(ports: Ports, lead: Caller, task: Task) -> str:
    return check_all(ports, lead, task.engagement, ports.now() + TIME_TO_CHECK)


_DEEDS: dict[str, Callable[[Ports, Caller, Task], str]] = {
    "verify": _verify,
    "grant": _grant,
    "revoke member": lambda ports, lead, task: (
        suspend_member(ports, lead, task.member, why=task.why).revocation.says
    ),
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
