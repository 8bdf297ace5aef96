"""What leads do in Slack: ask first what it would do, begin it once, do it, and say who did."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.errors import (
    Conflict,
    FactsChanged,
    InvalidRequest,
    NotFound,
    Unavailable,
)
from chalicelib.domain.moments import end_in_words
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.people.tokens import Presented
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.bindings import SlackUser, binding_hash
from chalicelib.domain.slack.grammar import Asked, Person
from chalicelib.domain.slack.tasks import ACTIONS, VALUE_BYTES, Task
from chalicelib.domain.things import Secret, Thing, changed
from chalicelib.usecases.admission import LEADS, Aim, admit
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.grants import find_grant
from chalicelib.usecases.engagements.roles import current_role, find_role
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Asking, Ports
from chalicelib.usecases.slack.arriving import asking_by
from chalicelib.usecases.slack.looking import Alive, alive
from chalicelib.usecases.slack.ports import SlackPorts


class Question(Thing, frozen=True, kw_only=True):
    """What a task would do, before it is done; `value` is what its buttons say."""

    task: Task
    value: Secret[str]
    member: Member | None
    alive: Alive


class StillAtWork(Exception):
    """Another function has taken the task up and may be at it: AWS Lambda is to ask again."""


def person(ports: Ports, team: str, named: Person) -> Member:
    """The member who is meant, by their id or by the Slack user who is theirs now; NotFound."""
    if named.member:
        return find_member(ports, named.member)
    identity = ports.state.identity(binding_hash(team, named.slack_user))
    if identity is not None:
        binding, member = ports.state.who(Presented(identity.member, identity.token))
        holds = binding and binding.revoked_at is None and ports.now() < binding.expires_at
        if holds and member is not None:  # be they suspended or not
            return member
    raise NotFound(
        Reason.NO_SUCH_MEMBER,
        "Daypass does not know whose this Slack user is. Type the member's id instead.",
    )


def ask_first(ports: Ports, lead: Caller, team: str, asked: Asked) -> Question:
    """What the command would do, and a task that nobody has begun. NotFound, Conflict for what
    there is nothing to be done to; InvalidRequest for a grant to an auditor."""
    member = person(ports, team, asked.person) if asked.person else None
    task, value = _new_task(ports, lead, asked, member)
    if task.command == "grant" and member is not None and member.kind is Kind.AUDITOR:
        raise InvalidRequest(Reason.AUDITOR_CANNOT_ENTER)
    _must_be_there(ports, task)
    under = _under(ports, task)
    ports.state.remember(task)
    return Question(task=task, value=value, member=member, alive=under)


def begin_now(slack: SlackPorts, asking: Asking, lead: Caller, asked: Asked, url: str) -> Task:
    """Begin at once what needs no question: it takes nothing away from anybody, and gives nothing.

    NotFound for an engagement that there is not; Unavailable if it could not be begun.
    """
    ports = slack.ports
    find_engagement(ports, asked.engagement)
    task = replace(_new_task(ports, lead, asked, None)[0], **_begun_by(ports, asking))
    ports.state.remember(task)
    slack.work.begin(task.hash, url)
    return task


def press(slack: SlackPorts, user: SlackUser, value: str, url: str, *, begins: bool) -> Task:
    """Answer a question: begin what it asks about, or withdraw it. Gives how it stands then.

    Whoever presses has to be a lead, whoever asked. A question is answered once: who comes later is
    told what the first one did, and begins what they could not. Conflict for one that there is not,
    or that is too old; Unavailable if it could not be begun.
    """
    ports = slack.ports
    asking = asking_by(ports, user)
    task = find_task(ports, hashlib.sha256(value.encode()).hexdigest())
    aim = Aim(engagement=task.engagement, role=task.role, member=task.member)
    lead = admit(ports, asking, LEADS, ACTIONS[task.command], aim=aim)
    if not task.is_answered:
        if not task.can_be_answered(ports.now()):
            raise Conflict(Reason.QUESTION_GONE)
        answer = _begun_by(ports, asking) if begins else {"withdrawn_by": lead.actor}
        with suppress(FactsChanged):  # by somebody quicker, or by this very write, tried again
            ports.state.remember(changed(task, **answer))
        task = find_task(ports, task.hash)
    if begins and task.is_to_begin(ports.now()):
        slack.work.begin(task.hash, url)
    return task


def do(ports: Ports, hash: str) -> tuple[Task | None, Unavailable | None]:
    """Do what was begun, once. Return the task with its outcome, or None where nothing is to be
    done; and the error after which nobody knows whether it was done.

    StillAtWork if another function may be at it.
    """
    task = find_task(ports, hash)
    if not task.begun_by or task.ended_at is not None:
        return None, None
    if task.is_at_work(ports.now()):
        raise StillAtWork
    claimed = changed(task, claimed_at=ports.now())
    try:
        ports.state.remember(claimed)
    except FactsChanged:
        raise StillAtWork from None
    from chalicelib.usecases.slack.deeds import done  # whoever only asks has no need of them

    says, failure = done(ports, claimed)
    ended = changed(claimed, ended_at=ports.now(), says=says)
    with suppress(FactsChanged, Unavailable):  # it is done, and whoever pressed is told so
        ports.state.remember(ended)
    return ended, failure


def find_task(ports: Ports, hash: str) -> Task:
    found = ports.state.these(Task, [(hash,)]).get((hash,))
    if found is None:
        raise Conflict(Reason.QUESTION_GONE)
    return found


def _new_task(ports: Ports, lead: Caller, asked: Asked, member: Member | None) -> tuple[Task, str]:
    """The task, and the value that its buttons have."""
    value = ports.random(VALUE_BYTES).hex()
    task = Task(
        hash=hashlib.sha256(value.encode()).hexdigest(),
        command=asked.command,
        engagement=asked.engagement,
        role=asked.role,
        member=member.id if member else "",
        until=asked.until,
        why=asked.why,
        asked_by=lead.actor,
        asked_at=ports.now(),
    )
    return task, value


def _begun_by(ports: Ports, asking: Asking) -> dict[str, Any]:
    who = asking.presented
    return {
        "begun_by": who.member,
        "begun_with": who.hash,
        "begun_in": asking.address,
        "begun_at": ports.now(),
    }


def _must_be_there(ports: Ports, task: Task) -> None:
    """NotFound, Conflict for what there is nothing to be done to: better now than once pressed."""
    match task.command:
        case "revoke engagement":
            find_engagement(ports, task.engagement)
        case "revoke grant":
            find_grant(ports, task.engagement, task.member)
        case "revoke role":
            find_role(ports, task.engagement, task.role)
        case "grant":
            current_role(ports, find_engagement(ports, task.engagement), task.role)
            _must_have_no_grant(ports, task)


def _must_have_no_grant(ports: Ports, task: Task) -> None:
    grant = ports.state.grant(task.engagement, task.member)
    if grant is not None and grant.stands(ports.now()):
        raise Conflict(
            Reason.ALREADY_EXISTS,
            f"{task.member} has a grant for {task.engagement} already, for"
            f" {', '.join(sorted(grant.roles))} until {end_in_words(grant.ends_at)}. Change it by"
            f" PATCH /v1/engagements/{task.engagement}/grants/{task.member}, or revoke it first.",
        )


def _under(ports: Ports, task: Task) -> Alive:
    """The sessions that may be alive of what it is about."""
    found = alive(ports, engagement=task.engagement, member=task.member)
    if task.command != "revoke role":
        return found
    of_role = tuple(one for one in found.sessions if one.role == task.role)
    return Alive(sessions=of_role, more=found.more)
