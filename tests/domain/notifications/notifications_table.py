"""Entries, and what people are told of them: title and sentence, or nothing."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.trail import CLIENT, OPERATOR, SCHEDULE, Action, Entry, Outcome
from tests.fakes import NOON

END, EARLIER, LATER = "2026-12-24T12:00:00Z", "2026-11-27T12:00:00Z", "2027-03-01T00:00:00Z"
GONE = "2026-11-20T12:00:00Z"
REFUSED = Outcome.REFUSED


def entry(action: Action, details: dict[str, str] | None = None, **facts: Any) -> Entry:
    """One that lena's doing has left, unless said otherwise."""
    usual = {"id": "5d2f8a0c4e917b36", "at": NOON, "actor": "lena", "outcome": Outcome.DONE}
    return Entry(action=action, details=details or {}, **(usual | facts))


A = Action
ALICES: dict[str, Any] = {"subject": "alice"}
ACMES: dict[str, Any] = {"engagement": "acme-prod"}
HERS: dict[str, Any] = {**ACMES, **ALICES}
READONLY: dict[str, Any] = {**ACMES, "role": "readonly"}
STARTS = {"starts_at": "2026-11-24T12:00:00Z"}
SPAN = {**STARTS, "ends_at": END}
FAILED = {"passed": "false", "failed": "no-external-id wrong-external-id", "causes": ""}
SHUT = {"passed": "false", "failed": "right-external-id", "causes": "external-id principal"}
NOT_VENDED = "Nothing is vended from it until it has passed, unless a lead overrides it."
DEAD = "every token and code of theirs is dead, and nothing more is vended to them."
OPEN_DOOR = (
    "The role lets Daypass in WITHOUT an external ID: a condition is missing, ends in IfExists, or"
    " is not in every statement. A source identity, tags or a session's name are no substitute for"
    " it."
)
OWN_GRANT = (
    f"lena may enter acme-prod by their own grant: in the roles readonly, from {SPAN['starts_at']}"
    f" to {END}."
)

TOLD: list[tuple[Entry, str, str]] = [
    (
        entry(A.MEMBER_REVOKE, **ALICES),
        "alice is suspended",
        f"lena has suspended alice: {DEAD}",
    ),
    (entry(A.MEMBER_REVOKE), "lena is suspended", f"lena has suspended lena: {DEAD}"),
    (
        entry(A.MEMBER_REINSTATE, **ALICES),
        "alice is back",
        "lena has let alice back in, who was suspended.",
    ),
    (
        entry(A.MEMBER_CREATE, {"kind": "lead"}, **ALICES),
        "alice is a lead",
        "lena has taken in alice as a lead.",
    ),
    (
        entry(A.MEMBER_CREATE, {"kind": "lead"}, **ALICES, actor=OPERATOR),
        "alice is a lead",
        "The operator has taken in alice as a lead.",
    ),
    (
        entry(A.MEMBER_CREATE, {"kind": "auditor"}, **ALICES),
        "alice is an auditor",
        "lena has taken in alice as an auditor, who reads all of the trail.",
    ),
    (
        entry(A.MEMBER_CHANGE, {"kind": "lead", "former_kind": "member"}, **ALICES),
        "alice is a lead",
        "lena has made alice a lead.",
    ),
    (
        entry(A.MEMBER_CHANGE, {"kind": "auditor", "former_kind": "member"}, **ALICES),
        "alice is an auditor",
        "lena has made alice an auditor, who reads all of the trail.",
    ),
    (
        entry(A.MEMBER_CHANGE, {"kind": "auditor", "former_kind": "lead"}, **ALICES),
        "alice is an auditor",
        "lena has made alice an auditor, who reads all of the trail, and is no lead any more.",
    ),
    (
        entry(A.MEMBER_CHANGE, {"kind": "member", "former_kind": "lead"}, **ALICES),
        "alice is no lead any more",
        "lena has taken the lead from alice, who is now: member.",
    ),
    (
        entry(A.LEAD_RECOVER, **ALICES, actor=OPERATOR),
        "alice is let back in by the operator",
        (
            "The operator has made an enrolment code for alice, a lead. If no lead has asked for"
            " that, see who can invoke the function RecoverLead."
        ),
    ),
    (
        entry(A.ENROLMENT_USE, {"token": "0a" * 6, "other_tokens": "2"}, actor="alice"),
        "alice has another token",
        (
            "alice has got a token with an enrolment code, and had one that works already. If it"
            " was not alice, revoke the token 0a0a0a0a0a0a."
        ),
    ),
    (
        entry(A.ENROLMENT_USE, {"token": "0a" * 6, "kind": "lead"}, actor="luis"),
        "luis has a token",
        (
            "luis has got a token with an enrolment code, and is a lead. If it was not luis,"
            " revoke the token 0a0a0a0a0a0a."
        ),
    ),
    (
        entry(
            A.ENROLMENT_USE,
            {"because": "used", "token": "0a" * 6},
            actor="alice",
            token="0c" * 6,
            outcome=REFUSED,
        ),
        "A code of alice's is used twice",
        (
            "An enrolment code of alice's that had been used was shown again, and refused. Ask"
            " alice which of the two it was: if not the first, revoke the token 0a0a0a0a0a0a that"
            " was got with it."
        ),
    ),
    (
        entry(
            A.ENROLMENT_USE,
            {"token": "0a" * 6, "made_by": "mallory"},
            actor="eve",
            address="203.0.113.9",
        ),
        "eve has a token",
        (
            "eve has got a token with an enrolment code that mallory made. If it was not eve,"
            " revoke the token 0a0a0a0a0a0a."
        ),
    ),
    (
        entry(
            A.LEAD_RECOVER,
            {"reinstated": "true", "suspended": "mallory eve"},
            **ALICES,
            actor=OPERATOR,
        ),
        "alice is let back in by the operator",
        (
            "The operator has made an enrolment code for alice, a lead. alice is a lead again."
            " Suspended with that: mallory, eve. If no lead has asked for that, see who can"
            " invoke the function RecoverLead."
        ),
    ),
    (
        entry(A.TOKEN_REVOKE, {"token": "0a" * 6}, **ALICES),
        "A token of alice's is revoked",
        "lena has revoked the token 0a0a0a0a0a0a of alice's.",
    ),
    (
        entry(A.SLACK_BIND, {"token": "0a" * 6, "slack_user": "U0ALICE"}, actor="alice"),
        "alice is bound to a Slack user",
        (
            "What the Slack user U0ALICE asks for is asked in alice's name from now on. If it was"
            " not alice who did that, revoke the token 0a0a0a0a0a0a."
        ),
    ),
    (
        entry(A.ENGAGEMENT_CLOSE, **ACMES),
        "acme-prod is closed",
        "lena has closed acme-prod: nobody gets a new session there.",
    ),
    (
        entry(A.ENGAGEMENT_REVOKE, **ACMES),
        "acme-prod is revoked",
        "lena has revoked acme-prod: nobody gets a new session there.",
    ),
    (
        entry(A.ENGAGEMENT_REOPEN, **ACMES),
        "acme-prod is reopened",
        "lena has reopened acme-prod: its roles and grants stand as they were.",
    ),
    (
        entry(A.ENGAGEMENT_CHANGE, {"ends_at": LATER, "former_end": END}, **ACMES),
        "acme-prod is renewed",
        f"lena has renewed acme-prod: it goes on until {LATER}. Until now its end was {END}.",
    ),
    (
        entry(A.ENGAGEMENT_RENEW, {"ends_at": LATER, "former_end": END}, **ACMES),
        "acme-prod is renewed",
        f"lena has renewed acme-prod: it goes on until {LATER}. Until now its end was {END}.",
    ),
    (
        entry(
            A.ENGAGEMENT_RENEW,
            {"ends_at": LATER, "former_end": END, "outdated_policies": "audit readonly"},
            **ACMES,
        ),
        "acme-prod is renewed",
        (
            f"lena has renewed acme-prod: it goes on until {LATER}. Until now its end was {END}."
            " The client still has to update the trust policy of audit, readonly: their page says"
            " how."
        ),
    ),
    (
        entry(
            A.ENGAGEMENT_CHANGE,
            {"ends_at": END, "former_end": GONE, "outdated_policies": "readonly"},
            **ACMES,
        ),
        "acme-prod is reopened",
        (
            f"lena has reopened acme-prod, which had ended at {GONE}: it goes on until {END}. The"
            " client still has to update the trust policy of readonly: their page says how."
        ),
    ),
    (
        entry(
            A.ROLE_POLICY_REPLACED, {"roles": "audit readonly", "until": END}, **ACMES, actor=CLIENT
        ),
        "acme-prod has new trust policies, the client says",
        (
            f"The client of acme-prod says that the trust policies of these roles now end at {END}:"
            " audit, readonly. No check can see it before the former end."
        ),
    ),
    (
        entry(A.ENGAGEMENT_CHANGE, {"ends_at": EARLIER, "former_end": END}, **ACMES),
        "acme-prod ends earlier",
        f"lena has given acme-prod an earlier end: {EARLIER}, and not {END} any more.",
    ),
    (
        entry(A.ENGAGEMENT_CHANGE, {"ends_at": END, "former_end": GONE}, **ACMES),
        "acme-prod is reopened",
        f"lena has reopened acme-prod, which had ended at {GONE}: it goes on until {END}.",
    ),
    (
        entry(
            A.ENGAGEMENT_LEAVE, {"still_let_in": "arn"}, **ACMES, actor=SCHEDULE, outcome=REFUSED
        ),
        "acme-prod still lets us in",
        (
            "acme-prod is over, and the client's AWS account still lets us in. The trail names the"
            " roles; the client removes them or their trust."
        ),
    ),
    (
        entry(A.ROLE_END, **READONLY),
        "The role readonly of acme-prod has ended",
        "lena has ended the role readonly of acme-prod: nobody gets a new session of it.",
    ),
    (
        entry(A.ROLE_OVERRIDE, {"until": EARLIER}, **READONLY),
        "The role readonly of acme-prod is overridden",
        (
            "lena has overridden the role readonly of acme-prod: it is vended from until"
            f" {EARLIER}, whatever its checks say."
        ),
    ),
    (
        entry(A.ROLE_VERIFY, FAILED, **READONLY),
        "The role readonly of acme-prod has failed its check",
        (
            "lena has checked the role readonly of acme-prod: it did not pass (grade F)."
            f" {OPEN_DOOR} {NOT_VENDED}"
        ),
    ),
    (
        entry(A.ROLE_VERIFY, FAILED | {"drifted": "true"}, **READONLY, actor=SCHEDULE),
        "The role readonly of acme-prod has drifted",
        (
            "The daily round has checked the role readonly of acme-prod: it did not pass (grade F)."
            f" It was proven safe before. {OPEN_DOOR} {NOT_VENDED}"
        ),
    ),
    (
        entry(A.ROLE_VERIFY, SHUT, **READONLY, actor=CLIENT),
        "The role readonly of acme-prod has failed its check",
        (
            "The client has checked the role readonly of acme-prod: it did not pass (grade F). The"
            " role refuses Daypass with the right external ID. The likeliest cause: The trust"
            f" policy has another external ID. {NOT_VENDED}"
        ),
    ),
    (
        entry(A.ROLE_VERIFY, {"passed": "false", "failed": "of-tomorrow"}, **READONLY),
        "The role readonly of acme-prod has failed its check",
        f"lena has checked the role readonly of acme-prod: it did not pass (grade F). {NOT_VENDED}",
    ),
    (
        entry(A.LINK_REVOKE, {"link": "0b" * 6}, **ACMES),
        "A link of acme-prod is revoked",
        "lena has revoked the link 0b0b0b0b0b0b to the client's page.",
    ),
    (
        entry(A.GRANT_CREATE, {"roles": "readonly"} | SPAN, **ACMES),
        "lena has a grant from themself",
        OWN_GRANT,
    ),
    (
        entry(A.GRANT_CHANGE, {"roles": "readonly"} | SPAN, **ACMES),
        "lena has a grant from themself",
        OWN_GRANT,
    ),
    (
        entry(A.GRANT_CHANGE, {"ends_at": EARLIER, "former_end": END, "roles": "readonly"}, **HERS),
        "alice may do less in acme-prod",
        (
            "lena has cut the grant of alice for acme-prod."
            f" It ends at {EARLIER}, and not at {END} any more."
        ),
    ),
    (
        entry(
            A.GRANT_CHANGE,
            {**SPAN, "roles": "readonly", "former_roles": "deploy readonly admin"},
            **HERS,
        ),
        "alice may do less in acme-prod",
        "lena has cut the grant of alice for acme-prod. It is not for admin, deploy any more.",
    ),
    (
        entry(A.GRANT_REVOKE, **HERS),
        "alice is off acme-prod",
        "lena has revoked the grant of alice for acme-prod: no further sessions there.",
    ),
    (
        entry(
            A.ROLE_CHANGE,
            {
                "widened": "chaining no-reason other-arn",
                "role_arn": "arn:aws:iam::987654321098:role/Admin",
                "former_arn": "arn:aws:iam::987654321098:role/ReadOnly",
            },
            **READONLY,
        ),
        "The role readonly of acme-prod has other rules",
        (
            "lena has changed the role readonly of acme-prod. Its sessions may assume further"
            " roles, which a cut-off does not end. It does not ask for a reason any more. It names"
            " another IAM role. Now: arn:aws:iam::987654321098:role/Admin. Before:"
            " arn:aws:iam::987654321098:role/ReadOnly."
        ),
    ),
    (
        entry(A.ROLE_CREATE, {"widened": "chaining"}, **READONLY),
        "The role readonly of acme-prod has other rules",
        (
            "lena has changed the role readonly of acme-prod. Its sessions may assume further"
            " roles, which a cut-off does not end."
        ),
    ),
    (
        entry(A.ENGAGEMENT_CREATE, {"chaining": "deploy admin"}, **ACMES),
        "Roles of acme-prod allow chaining",
        (
            "lena has opened acme-prod. Sessions of deploy, admin may assume further roles, which a"
            " cut-off does not end."
        ),
    ),
    (
        entry(A.ENGAGEMENT_IMPORT, **ACMES),
        "acme-prod is imported with an external ID chosen elsewhere",
        (
            "lena has imported acme-prod from a profile. Whoever has the profile knows the external"
            " ID: rotate it."
        ),
    ),
    (
        entry(A.ROLE_SETUP, {"asks_for": "everything"}, **READONLY),
        "The client is asked for everything in readonly of acme-prod",
        (
            "lena has chosen a permissions policy for the role readonly of acme-prod that makes it"
            " an administrator of the client's account. The client's page asks for that."
        ),
    ),
]

ROUTINE: list[Entry] = [
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
    entry(A.ENGAGEMENT_CREATE, {"ends_at": END}, **ACMES),
    entry(A.ENGAGEMENT_CREATE, {"ends_at": END, "chaining": ""}, **ACMES),
    entry(A.ROLE_CHANGE, {"allows_chaining": "true"}, **READONLY),
    entry(A.ROLE_SETUP, {"permissions": "own"}, **READONLY),
    entry(A.ENGAGEMENT_CHANGE, {"ends_at": END, "client": "Acme Ltd"}, **ACMES),
    entry(A.ENGAGEMENT_CHANGE, {"ends_at": END, "former_end": "once"}, **ACMES),
    entry(A.ENGAGEMENT_RENEW, {"ends_at": END, "grants": "ended-with-it"}, **ACMES),
    entry(A.ENGAGEMENT_LEAVE, **ACMES, actor=SCHEDULE),
    entry(A.ROLE_CREATE, **READONLY),
    entry(A.ROLE_VERIFY, {"passed": "true"}, **READONLY),
    entry(A.ROLE_VERIFY, **READONLY, outcome=Outcome.INTENDED),
    entry(A.ROLE_VERIFY, **READONLY, outcome=Outcome.FAILED),
    entry(A.LINK_CREATE, **ACMES),
    entry(A.ACCESS_LINK_CREATE, **READONLY, actor="alice"),
    entry(A.ACCESS_LINK_USE, **READONLY, actor="alice"),
    entry(A.LINK_CHECK, **ACMES, actor=CLIENT),
    entry(A.GRANT_CREATE, {"roles": "readonly"} | SPAN, **HERS),
    entry(A.GRANT_CHANGE, {"ends_at": LATER, "former_end": END, "roles": "readonly"}, **HERS),
    entry(A.GRANT_CHANGE, {**SPAN, "roles": "admin readonly", "former_roles": "readonly"}, **HERS),
    entry(A.NOTICE, {"entry": "5d2f8a0c4e917b36"}, actor=SCHEDULE, outcome=Outcome.FAILED),
]
