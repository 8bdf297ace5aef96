"""What answers look like: for each thing, its JSON and the schema that its JSON has."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.vending.sessions import Session, Standing
from chalicelib.domain.verification.proof import Check, Result
from chalicelib.entrypoints.http.schemas import (
    MAYBE_TEXT,
    MAYBE_TIME,
    NUMBER,
    TEXT,
    TIME,
    TRUTH,
    listed,
    many,
    maybe_thing,
    thing,
    words,
)
from chalicelib.usecases.people.tokens import NewToken
from chalicelib.usecases.vending.sessions import Revocation

Json = dict[str, Any]

MEMBER = thing(
    "Member",
    id=TEXT,
    name=TEXT,
    kind=words(Kind),
    created_at=TIME,
    suspended_at=MAYBE_TIME,
)


def member(known: Member) -> Json:
    return {
        "id": known.id,
        "name": known.name,
        "kind": known.kind.value,
        "created_at": rfc3339(known.created_at),
        "suspended_at": maybe(known.suspended_at),
    }


TOKEN = thing(
    "Token",
    id=TEXT,
    member=TEXT,
    label=TEXT,
    created_at=TIME,
    expires_at=TIME,
    revoked_at=MAYBE_TIME,
)


def token(known: Token) -> Json:
    return {
        "id": known.id,
        "member": known.member,
        "label": known.label,
        "created_at": rfc3339(known.created_at),
        "expires_at": rfc3339(known.expires_at),
        "revoked_at": maybe(known.revoked_at),
    }


NEW_TOKEN = thing(
    "NewToken",
    **TOKEN["properties"],
    token={"type": "string", "description": "Shown this once; Daypass keeps only its SHA-256."},
)


def new_token(made: NewToken) -> Json:
    return {**token(made.token), "token": made.text}


ME = thing("Me", member=MEMBER, token=TOKEN)


def me(caller: Caller) -> Json:
    return {"member": member(caller.member), "token": token(caller.token)}


ENGAGEMENT = thing(
    "Engagement",
    id=TEXT,
    client=TEXT,
    account_id=TEXT,
    external_id=TEXT,
    starts_at=TIME,
    ends_at=TIME,
    created_at=TIME,
    next_external_id=MAYBE_TEXT,
    former_external_id=MAYBE_TEXT,
    chosen_elsewhere=TRUTH,
    closed_at=MAYBE_TIME,
    revoked_at=MAYBE_TIME,
    left_at=MAYBE_TIME,
)


def engagement(known: Engagement) -> Json:
    return {
        "id": known.id,
        "client": known.client,
        "account_id": known.account_id,
        "external_id": known.external_id,
        "starts_at": rfc3339(known.starts_at),
        "ends_at": rfc3339(known.ends_at),
        "created_at": rfc3339(known.created_at),
        "next_external_id": known.next_external_id,
        "former_external_id": known.former_external_id,
        "chosen_elsewhere": known.chosen_elsewhere,
        "closed_at": maybe(known.closed_at),
        "revoked_at": maybe(known.revoked_at),
        "left_at": maybe(known.left_at),
    }


VERIFICATION = thing(
    "Verification",
    passed=TRUTH,
    checked_at=TIME,
    accepts_source_identity=TRUTH,
    accepts_tags=TRUTH,
    results={
        "type": "object",
        "properties": {check.value: words(Result) for check in Check},
        "additionalProperties": False,
    },
)

OVERRIDE = thing("Override", until=TIME, by=TEXT, reason=TEXT)

ROLE = thing(
    "Role",
    name=TEXT,
    engagement=TEXT,
    arn=TEXT,
    max_session=NUMBER,
    asks_reason=TRUTH,
    allows_chaining=TRUTH,
    created_at=TIME,
    ended_at=MAYBE_TIME,
    verification=maybe_thing(VERIFICATION),
    override=maybe_thing(OVERRIDE),
)


def role(known: Role) -> Json:
    proof, override = known.verification, known.override
    return {
        "name": known.name,
        "engagement": known.engagement,
        "arn": known.arn,
        "max_session": known.max_session,
        "asks_reason": known.asks_reason,
        "allows_chaining": known.allows_chaining,
        "created_at": rfc3339(known.created_at),
        "ended_at": maybe(known.ended_at),
        "verification": proof
        and {
            "passed": proof.passed,
            "checked_at": rfc3339(proof.checked_at),
            "accepts_source_identity": proof.accepts_source_identity,
            "accepts_tags": proof.accepts_tags,
            "results": {check.value: result.value for check, result in proof.results.items()},
        },
        "override": override
        and {
            "until": rfc3339(override.until),
            "by": override.by,
            "reason": override.why,
        },
    }


GRANT = thing(
    "Grant",
    member=TEXT,
    engagement=TEXT,
    roles=many(TEXT),
    starts_at=TIME,
    ends_at=TIME,
    granted_by=TEXT,
    created_at=TIME,
    revoked_at=MAYBE_TIME,
)


def grant(known: Grant) -> Json:
    return {
        "member": known.member,
        "engagement": known.engagement,
        "roles": sorted(known.roles),
        "starts_at": rfc3339(known.starts_at),
        "ends_at": rfc3339(known.ends_at),
        "granted_by": known.granted_by,
        "created_at": rfc3339(known.created_at),
        "revoked_at": maybe(known.revoked_at),
    }


SESSION = thing(
    "Session",
    vend=TEXT,
    member=TEXT,
    engagement=TEXT,
    role=TEXT,
    standing=words(Standing),
    began_at=TIME,
    ends_by=TIME,
    role_arn=TEXT,
    session_name=TEXT,
    access_key_id=TEXT,
)
SESSIONS = listed("sessions", SESSION)


def sessions(known: tuple[Session, ...]) -> Json:
    return {"sessions": [session(one) for one in known]}


def session(known: Session) -> Json:
    return {
        "vend": known.vend,
        "member": known.member,
        "engagement": known.engagement,
        "role": known.role,
        "standing": known.standing.value,
        "began_at": rfc3339(known.began_at),
        "ends_by": rfc3339(known.ends_by),
        "role_arn": known.role_arn,
        "session_name": known.session_name,
        "access_key_id": known.access_key_id,
    }


REVOCATION = thing(
    "Revocation",
    revoked_at=TIME,
    cut_off_at=TIME,
    last_moment=MAYBE_TIME,
    sessions=many(SESSION),
    says=TEXT,
)


def revocation(done: Revocation) -> Json:
    if done.last_moment is None:
        says = "No new sessions from now on. No session is alive."
    else:
        says = (
            f"No new sessions from now on. AWS takes back no session that it has issued:"
            f" {len(done.sessions)} may be alive, the last until {rfc3339(done.last_moment)}."
            f" Only the client can end them sooner, by denying what was issued before"
            f" {rfc3339(done.cut_off_at)}."
        )
    return {
        "revoked_at": rfc3339(done.revoked_at),
        "cut_off_at": rfc3339(done.cut_off_at),
        "last_moment": maybe(done.last_moment),
        "sessions": [session(one) for one in done.sessions],
        "says": says,
    }


ENTRY = thing(
    "Entry",
    id=TEXT,
    at=TIME,
    actor=TEXT,
    action=words(Action),
    outcome=words(Outcome),
    reason=TEXT,
    engagement=TEXT,
    role=TEXT,
    subject=TEXT,
    vend=TEXT,
    details={"type": "object", "additionalProperties": TEXT},
)
PAGE = thing("Page", entries=many(ENTRY), cursor={"type": ["string", "null"]})


def entry(known: Entry) -> Json:
    return {
        "id": known.id,
        "at": rfc3339(known.at),
        "actor": known.actor,
        "action": known.action.value,
        "outcome": known.outcome.value,
        "reason": known.reason,
        "engagement": known.engagement,
        "role": known.role,
        "subject": known.subject,
        "vend": known.vend,
        "details": dict(known.details),
    }


def maybe(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)
