"""Entries about people: the title, text and alerts of their notification, or none."""

from __future__ import annotations

from chalicelib.domain.trail import OPERATOR, SCHEDULE, Outcome
from tests.domain.notifications.entries import (
    ACMES,
    ALICES,
    GONE,
    READONLY,
    REFUSED,
    SUSPENDED,
    USED,
    A,
    entry,
    row,
)

NOTIFICATIONS = [
    row(
        entry(A.MEMBER_REVOKE, **ALICES),
        "alice was suspended",
        f"lena suspended alice. {SUSPENDED}",
    ),
    row(entry(A.MEMBER_REVOKE), "lena was suspended", f"lena suspended lena. {SUSPENDED}"),
    row(
        entry(A.MEMBER_REINSTATE, **ALICES),
        "alice was reinstated",
        "lena reinstated alice, who was suspended.",
        "member-reinstated",
    ),
    row(
        entry(A.MEMBER_CREATE, {"kind": "lead"}, **ALICES),
        "alice is now a lead",
        "lena created alice as a lead.",
        "lead-made",
    ),
    row(
        entry(A.MEMBER_CREATE, {"kind": "lead"}, **ALICES, actor=OPERATOR),
        "alice is now a lead",
        "The operator created alice as a lead.",
        "lead-made",
    ),
    row(
        entry(A.MEMBER_CREATE, {"kind": "auditor"}, **ALICES),
        "alice is now an auditor",
        "lena created alice as an auditor, who can read the whole trail.",
        "auditor-made",
    ),
    row(
        entry(A.MEMBER_CHANGE, {"kind": "lead", "former_kind": "member"}, **ALICES),
        "alice is now a lead",
        "lena made alice a lead.",
        "lead-made",
    ),
    row(
        entry(A.MEMBER_CHANGE, {"kind": "auditor", "former_kind": "member"}, **ALICES),
        "alice is now an auditor",
        "lena made alice an auditor, who can read the whole trail.",
        "auditor-made",
    ),
    row(
        entry(A.MEMBER_CHANGE, {"kind": "auditor", "former_kind": "lead"}, **ALICES),
        "alice is now an auditor",
        "lena made alice an auditor, who can read the whole trail and is no longer a lead.",
        "auditor-made",
        "lead-ended",
    ),
    row(
        entry(A.MEMBER_CHANGE, {"kind": "member", "former_kind": "lead"}, **ALICES),
        "alice is no longer a lead",
        "lena changed alice from lead to member.",
        "lead-ended",
    ),
    row(
        entry(A.LEAD_RECOVER, **ALICES, actor=OPERATOR),
        "The operator recovered the lead alice",
        "The operator created an enrolment code for alice, a lead. If no lead asked for this, find"
        " out who can invoke the Lambda function RecoverLead.",
        "lead-recovered",
    ),
    row(
        entry(A.ENROLMENT_USE, {"token": "0a" * 6, "other_tokens": "2"}, actor="alice"),
        "alice has another token",
        "alice exchanged an enrolment code for a token. alice already had a valid token. If alice"
        " did not do this, revoke the token 0a0a0a0a0a0a.",
        "further-token",
    ),
    row(
        entry(A.ENROLMENT_USE, {"token": "0a" * 6, "kind": "lead"}, actor="luis"),
        "luis has a token",
        "luis exchanged an enrolment code for a token. luis is a lead. If luis did not do this,"
        " revoke the token 0a0a0a0a0a0a.",
        "further-token",
    ),
    row(
        entry(
            A.ENROLMENT_USE,
            USED | {"working_tokens": f"{'0a' * 6} {'0b' * 6}"},
            actor="alice",
            token="0c" * 6,
            outcome=REFUSED,
        ),
        "Someone tried a used code of alice again",
        f"An enrolment code of alice was used at {GONE} from 203.0.113.7. Now someone has tried"
        " to use the same code again, and Daypass refused it. Ask alice which attempt was theirs."
        " If the first attempt was not, revoke these tokens: 0a0a0a0a0a0a, 0b0b0b0b0b0b.",
        "code-used-twice",
    ),
    row(
        entry(
            A.ENROLMENT_USE,
            {"token": "0a" * 6, "made_by": "mallory"},
            actor="eve",
            address="203.0.113.9",
        ),
        "eve has a token",
        "eve exchanged an enrolment code from mallory for a token. If eve did not do this,"
        " revoke the token 0a0a0a0a0a0a.",
        "first-token",
    ),
    row(
        entry(
            A.LEAD_RECOVER,
            {"reinstated": "true", "suspended": "mallory eve"},
            **ALICES,
            actor=OPERATOR,
        ),
        "The operator recovered the lead alice",
        "The operator created an enrolment code for alice, a lead. alice is a lead again."
        " The operator suspended mallory, eve. If no lead asked for this, find out who can"
        " invoke the Lambda function RecoverLead.",
        "lead-recovered",
    ),
    row(
        entry(A.LEAD_RECOVER, {"lost_tokens": "3"}, **ALICES, actor=OPERATOR),
        "The operator recovered the lead alice",
        "The operator created an enrolment code for alice, a lead. The operator revoked the lost"
        " tokens of leads: 3 in total. If no lead asked for this, find out who can invoke the"
        " Lambda function RecoverLead.",
        "lead-recovered",
    ),
    row(
        entry(A.MANY_SESSIONS, {"sessions": "412"}, **ALICES, actor=SCHEDULE),
        "alice has more than 100 sessions",
        "alice has 412 sessions that may still be active. One person rarely needs more than 100."
        " Ask alice why, or suspend alice.",
        "many-sessions",
    ),
    row(
        entry(A.MEMBER_REVOKE, {"kind": "lead"}, **ALICES),
        "alice was suspended",
        f"lena suspended alice. {SUSPENDED}",
        "lead-ended",
    ),
    row(
        entry(A.MEMBER_LEAVE, {"grants": "3", "sessions": "1"}, **ALICES),
        "alice has left",
        "lena recorded that alice has left. alice is suspended, and no grant of theirs is in force."
        " Grants revoked: 3.",
    ),
    row(
        entry(A.TOKEN_REVOKE, {"token": "0a" * 6, "kind": "lead"}, **ALICES),
        "A token of alice was revoked",
        "lena revoked alice's token 0a0a0a0a0a0a.",
        "lead-ended",
    ),
    row(
        entry(A.TOKEN_REVOKE, {"token": "0a" * 6}, **ALICES),
        "A token of alice was revoked",
        "lena revoked alice's token 0a0a0a0a0a0a.",
    ),
    row(
        entry(A.SESSION_REVOKE, {"session_name": "alice.5e55"}, **READONLY, **ALICES),
        "A session of alice was revoked",
        "lena revoked alice's session alice.5e55 in acme-prod. It may be alive until it expires.",
    ),
    row(
        entry(
            A.SLACK_BIND,
            {"token": "0a" * 6, "slack_user": "U0ALICE"},
            actor="alice",
            token="0d" * 6,
        ),
        "A Slack user was linked to alice",
        "The Slack user U0ALICE can now make requests as alice. If alice did not link this user,"
        " revoke the token 0d0d0d0d0d0d, which was used to link the user.",
        "further-token",
    ),
]

ROUTINE = [
    entry(A.VEND, **ACMES, outcome=Outcome.ISSUED),
    entry(A.VEND, **ACMES, outcome=REFUSED),
    entry(A.READ, outcome=REFUSED),
    entry(A.MEMBER_CREATE, {"kind": "member"}, **ALICES),
    entry(A.MEMBER_CHANGE, {"kind": "lead", "name": "Alice B"}, **ALICES),
    entry(A.MEMBER_CHANGE, {"kind": "member", "former_kind": "auditor"}, **ALICES),
    entry(A.MEMBER_REVOKE, **ALICES, outcome=REFUSED),
    entry(A.ENROLMENT_CREATE, **ALICES),
    entry(A.ENROLMENT_REVOKE, **ALICES),
    entry(A.ENROLMENT_USE, {"because": "expired"}, actor="alice", outcome=REFUSED),
    entry(A.TOKEN_ROTATE),
    entry(A.TOKEN_CHANGE),
    entry(A.TOKEN_REVOKE),
    entry(A.ENROLMENT_USE, USED | {"again": "true"}, actor="alice", outcome=REFUSED),
    entry(A.SESSION_REVOKE, **READONLY),
    entry(A.SESSION_END, **READONLY, actor="alice"),
    entry(A.ACCESS_LINK_CREATE, **READONLY, actor="alice"),
    entry(A.WEB_LINK_CREATE, actor="alice"),
    entry(A.WEB_SIGN_IN, actor="alice"),
    entry(A.WEB_SIGN_OUT, actor="alice"),
    entry(A.ACCESS_LINK_USE, **READONLY, actor="alice"),
    entry(A.NOTICE, {"entry": "5d2f8a0c4e917b36"}, actor=SCHEDULE, outcome=Outcome.FAILED),
]
