"""Bind a CI's job to a machine: the job's identity token is the machine's login, without a
secret."""

from __future__ import annotations

from chalicelib.domain.errors import Conflict, InvalidRequest, bad_value
from chalicelib.domain.one_time_secrets import hash_without_text
from chalicelib.domain.people.jobs import BindJob, find_subject_problem, name_ci
from chalicelib.domain.people.members import Caller, Kind, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Edit
from chalicelib.domain.values import next_version
from chalicelib.usecases.people.enrol import find_free_identity
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.people.tokens import LIFE
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import write


def find_machine(ports: Ports, member: str) -> Member:
    """Return the machine with this ID. Raise NotFound if no member has the ID, and Conflict for a
    person or a suspended machine."""
    machine = find_member(ports, member)
    if machine.kind is not Kind.MACHINE:
        raise Conflict(Reason.NOT_A_MACHINE, field="member")
    if machine.suspended_at is not None:
        raise Conflict(Reason.ALREADY_ENDED, "This machine is suspended. First reinstate it.")
    return machine


def check_job(ports: Ports, issuer: str, subject: str) -> None:
    """Raise InvalidRequest if no lead may bind this job: its issuer is none of the deployment's
    providers, or its subject does not name exactly one environment, branch or tag of a repository.
    Raise Unavailable if the list of providers is invalid."""
    if issuer not in ports.identity_providers.issuers:
        raise bad_value(
            "issuer",
            "This issuer is not one of this deployment's identity providers. Ask the operator to"
            " add it to IDENTITY_PROVIDERS.",
        )
    problem = find_subject_problem(subject)
    if problem:
        raise InvalidRequest(Reason.JOB_NOT_NARROW, problem, field="subject")


def bind_job(ports: Ports, lead: Caller, member: str, request: BindJob) -> Token:
    """Let the job sign in as the machine, and return the stored token that represents its identity.

    Raise Conflict if the member is not an active machine, or if a member can already sign in with
    the identity. Raise InvalidRequest for a job that no lead may bind, and for an end more than 366
    days away.
    """
    now, machine = ports.now(), find_machine(ports, member)
    check_job(ports, request.issuer, request.subject)
    token = Token(
        member=machine.id,
        # No text has this hash, so no one can present this token as an API token.
        hash=hash_without_text(ports.random),
        label=name_ci(request.subject),
        created_at=now,
        expires_at=LIFE.choose_end(now, request.expires_at),
        made_from=lead.address,
        issuer=request.issuer,
        subject=request.subject,
    )
    free = find_free_identity(ports, request.issuer, request.subject)
    assigned = next_version(free, member=machine.id, token=token.hash)
    edits: list[Edit] = [(None, token), (free, assigned)]
    write(ports, lead, Action.JOB_BIND, *edits, preconditions=[machine])
    return token
