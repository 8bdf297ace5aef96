"""Entries about people: the title, text and alerts of their notification, or none."""

from __future__ import annotations

from chalicelib.domain.trail import OPERATOR, SCHEDULE, Outcome
from tests.domain.notifications.entries import (
    ACMES,
    ALICES,
    DEAD,
    GONE,
    READONLY,
    REFUSED,
    USED,
    A,
    entry,
    row,
)

TOLD = [
    row(
        entry(A.MEMBER_REVOKE, **ALICES), "alice is suspended", f"lena has suspended alice: {DEAD}"
    ),
    row(entry(A.MEMBER_REVOKE), "lena is suspended", f"lena has suspended lena: {DEAD}"),
    row(
        entry(A.MEMBER_REINSTATE, **ALICES),
        "alice is back",
        "lena has let alice back in, who was suspended.",
        "member-reinstated",
    ),
    row(
        entry(A.MEMBER_CREATE, {"kind": "lead"}, **ALICES),
        "alice is a lead",
        "lena has taken in alice as a lead.",
        "lead-made",
    ),
    row(
        entry(A.MEMBER_CREATE, {"kind": "lead"}, **ALICES, actor=OPERATOR),
        "alice is a lead",
        "The operator has taken in alice as a lead.",
        "lead-made",
    ),
    row(
        entry(A.MEMBER_CREATE, {"kind": "auditor"}, **ALICES),
        "alice is an auditor",
        "lena has taken in alice as an auditor, who reads all of the trail.",
        "auditor-made",
    ),
    row(
        entry(A.MEMBER_CHANGE, {"kind": "lead", "former_kind": "member"}, **ALICES),
        "alice is a lead",
        "lena has made alice a lead.",
        "lead-made",
    ),
    row(
        entry(A.MEMBER_CHANGE, {"kind": "auditor", "former_kind": "member"}, **ALICES),
        "alice is an auditor",
        "lena has made alice an auditor, who reads all of the trail.",
        "auditor-made",
    ),
    row(
        entry(A.MEMBER_CHANGE, {"kind": "auditor", "former_kind": "lead"}, **ALICES),
        "alice is an auditor",
        "lena has made alice an auditor, who reads all of the trail, and is no lead any more.",
        "auditor-made",
        "lead-ended",
    ),
    row(
        entry(A.MEMBER_CHANGE, {"kind": "member", "former_kind": "lead"}, **ALICES),
        "alice is no lead any more",
        "lena has taken the lead from alice, who is now: member.",
        "lead-ended",
    ),
    row(
        entry(A.LEAD_RECOVER, **ALICES, actor=OPERATOR),
        "alice is let back in by the operator",
        "The operator has made an enrolment code for alice, a lead. If no lead has asked for"
        " that, see who can invoke the function RecoverLead.",
        "lead-recovered",
    ),
    row(
        entry(A.ENROLMENT_USE, {"token": "0a" * 6, "other_tokens": "2"}, actor="alice"),
        "alice has another token",
        "alice has got a token with an enrolment code, and had one that works already. If it"
        " was not alice, revoke the token 0a0a0a0a0a0a.",
        "further-token",
    ),
    row(
        entry(A.ENROLMENT_USE, {"token": "0a" * 6, "kind": "lead"}, actor="luis"),
        "luis has a token",
        "luis has got a token with an enrolment code, and is a lead. If it was not luis,"
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
        "A code of alice's is used twice",
        f"An enrolment code of alice's was used at {GONE} from 203.0.113.7, and has now been"
        " shown again, and refused. Ask alice which of the two it was: if not the first, revoke"
        " what works of it: 0a0a0a0a0a0a, 0b0b0b0b0b0b.",
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
        "eve has got a token with an enrolment code that mallory made. If it was not eve,"
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
        "alice is let back in by the operator",
        "The operator has made an enrolment code for alice, a lead. alice is a lead again."
        " Suspended with that: mallory, eve. If no lead has asked for that, see who can"
        " invoke the function RecoverLead.",
        "lead-recovered",
    ),
    row(
        entry(A.LEAD_RECOVER, {"lost_tokens": "3"}, **ALICES, actor=OPERATOR),
        "alice is let back in by the operator",
        "The operator has made an enrolment code for alice, a lead. Revoked as lost: 3 tokens"
        " of leads. If no lead has asked for that, see who can invoke the function RecoverLead.",
        "lead-recovered",
    ),
    row(
        entry(A.MANY_SESSIONS, {"sessions": "412"}, **ALICES, actor=SCHEDULE),
        "alice has more than 100 sessions",
        "412 sessions of alice may be alive. More than 100 are hardly one person's work. Ask"
        " alice, or suspend them.",
        "many-sessions",
    ),
    row(
        entry(A.MEMBER_REVOKE, {"kind": "lead"}, **ALICES),
        "alice is suspended",
        f"lena has suspended alice: {DEAD}",
        "lead-ended",
    ),
    row(
        entry(A.TOKEN_REVOKE, {"token": "0a" * 6, "kind": "lead"}, **ALICES),
        "A token of alice's is revoked",
        "lena has revoked the token 0a0a0a0a0a0a of alice's.",
        "lead-ended",
    ),
    row(
        entry(A.TOKEN_REVOKE, {"token": "0a" * 6}, **ALICES),
        "A token of alice's is revoked",
        "lena has revoked the token 0a0a0a0a0a0a of alice's.",
    ),
    row(
        entry(
            A.SLACK_BIND,
            {"token": "0a" * 6, "slack_user": "U0ALICE"},
            actor="alice",
            token="0d" * 6,
        ),
        "alice is bound to a Slack user",
        "What the Slack user U0ALICE asks for is asked in alice's name from now on. If it was"
        " not alice who did that, revoke the token 0d0d0d0d0d0d, with which it was made.",
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
    entry(A.ACCESS_LINK_CREATE, **READONLY, actor="alice"),
    entry(A.ACCESS_LINK_USE, **READONLY, actor="alice"),
    entry(A.NOTICE, {"entry": "5d2f8a0c4e917b36"}, actor=SCHEDULE, outcome=Outcome.FAILED),
]
