"""Entries about engagements: the title, text and alerts of their notification, or none."""

from __future__ import annotations

from chalicelib.domain.trail import CLIENT, SCHEDULE, Outcome
from tests.domain.notifications.entries import (
    ACMES,
    EARLIER,
    END,
    FAILED,
    GONE,
    HERS,
    LATER,
    NOT_VENDED,
    NOW,
    OPEN_DOOR,
    OWN_GRANT,
    READONLY,
    REFUSED,
    REOPENED,
    SHUT,
    SPAN,
    WHY,
    A,
    entry,
    row,
)

TOLD = [
    row(
        entry(A.ENGAGEMENT_CLOSE, **ACMES),
        "acme-prod is closed",
        "lena has closed acme-prod: nobody gets a new session there.",
    ),
    row(
        entry(A.ENGAGEMENT_REVOKE, **ACMES),
        "acme-prod is revoked",
        "lena has revoked acme-prod: nobody gets a new session there.",
    ),
    row(
        entry(A.ENGAGEMENT_REOPEN, **ACMES),
        "acme-prod is reopened",
        "lena has reopened acme-prod: its roles and grants stand as they were.",
        "engagement-reopened",
    ),
    row(
        entry(A.ENGAGEMENT_CHANGE, {"ends_at": LATER, "former_ends_at": END}, **ACMES),
        "acme-prod is renewed",
        f"lena has renewed acme-prod: it goes on until {LATER}. Until now its end was {END}.",
    ),
    row(
        entry(
            A.ENGAGEMENT_RENEW,
            {"ends_at": LATER, "former_ends_at": END, "outdated_policies": "audit readonly"},
            **ACMES,
        ),
        "acme-prod is renewed",
        f"lena has renewed acme-prod: it goes on until {LATER}. Until now its end was {END}."
        " The client still has to update the trust policy of audit, readonly: their page says"
        " how.",
    ),
    row(
        entry(A.ENGAGEMENT_CHANGE, {**REOPENED, "outdated_policies": "readonly"}, **ACMES),
        "acme-prod is reopened",
        f"lena has reopened acme-prod, which had ended at {GONE}: it goes on until {END}. The"
        " client still has to update the trust policy of readonly: their page says how.",
        "engagement-reopened",
    ),
    row(
        entry(
            A.ROLE_POLICY_REPLACED, {"roles": "audit readonly", "until": END}, **ACMES, actor=CLIENT
        ),
        "acme-prod has new trust policies, the client says",
        f"The client of acme-prod says that the trust policies of these roles now end at {END}:"
        " audit, readonly. No check can see it before the former end.",
    ),
    row(
        entry(A.ENGAGEMENT_CHANGE, {"ends_at": EARLIER, "former_ends_at": END}, **ACMES),
        "acme-prod ends earlier",
        f"lena has given acme-prod an earlier end: {EARLIER}, and not {END} any more.",
    ),
    row(
        entry(
            A.ENGAGEMENT_LEAVE, {"still_let_in": "arn"}, **ACMES, actor=SCHEDULE, outcome=REFUSED
        ),
        "acme-prod still lets us in",
        "acme-prod is over, and the client's AWS account still lets us in. The trail names the"
        " roles; the client removes them or their trust.",
        "still-let-in",
    ),
    row(
        entry(A.ENGAGEMENT_LEAVE, **ACMES, actor=SCHEDULE),
        "acme-prod refuses us",
        "acme-prod is over, and every role that it named refuses us.",
    ),
    row(
        entry(A.DAILY_CHECK, WHY, **READONLY, actor=SCHEDULE, outcome=Outcome.FAILED),
        "The role readonly of acme-prod was not checked",
        f"The daily check could not check the role readonly of acme-prod. {WHY['why']} What was"
        " known of it stands.",
    ),
    row(
        entry(A.DAILY_CHECK, WHY, **ACMES, actor=SCHEDULE, outcome=Outcome.FAILED),
        "acme-prod was not checked",
        f"The daily check could not check acme-prod. {WHY['why']} What was known of it stands.",
    ),
    row(
        entry(A.ROLE_END, **READONLY),
        "The role readonly of acme-prod has ended",
        "lena has ended the role readonly of acme-prod: nobody gets a new session of it.",
    ),
    row(
        entry(A.ROLE_OVERRIDE, {"until": EARLIER}, **READONLY),
        "The role readonly of acme-prod is overridden",
        "lena has overridden the role readonly of acme-prod: it is vended from until"
        f" {EARLIER}, whatever its checks say.",
        "role-overridden",
    ),
    row(
        entry(A.ROLE_VERIFY, FAILED, **READONLY),
        "The role readonly of acme-prod has failed its check",
        "lena has checked the role readonly of acme-prod: it did not pass (grade F)."
        f" {OPEN_DOOR} {NOT_VENDED}",
    ),
    row(
        entry(A.ROLE_VERIFY, FAILED | {"drifted": "true"}, **READONLY, actor=SCHEDULE),
        "The role readonly of acme-prod has drifted",
        "Daypass has checked the role readonly of acme-prod: it did not pass (grade F)."
        f" It was proven safe before. {OPEN_DOOR} {NOT_VENDED}",
        "role-drifted",
    ),
    row(
        entry(A.ROLE_VERIFY, SHUT, **READONLY, actor=CLIENT),
        "The role readonly of acme-prod has failed its check",
        "The client has checked the role readonly of acme-prod: it did not pass (grade F). The"
        " role refuses Daypass with the right external ID. The likeliest cause: The trust"
        f" policy has another external ID. {NOT_VENDED}",
    ),
    row(
        entry(A.ROLE_VERIFY, {"passed": "false", "failed": "of-tomorrow"}, **READONLY),
        "The role readonly of acme-prod has failed its check",
        f"lena has checked the role readonly of acme-prod: it did not pass (grade F). {NOT_VENDED}",
    ),
    row(
        entry(A.LINK_REVOKE, {"link": "0b" * 6}, **ACMES),
        "A link of acme-prod is revoked",
        "lena has revoked the link 0b0b0b0b0b0b to the client's page.",
    ),
    *(
        row(
            entry(action, {**SPAN, "roles": "readonly", **former}, **ACMES),
            "lena has a grant from themself",
            OWN_GRANT,
            "grant-to-oneself",
        )
        for action in (A.GRANT_CREATE, A.GRANT_CHANGE)
        for former in ({}, {"former_roles": "deploy"})
    ),
    row(
        entry(A.GRANT_CHANGE, {"ends_at": LATER, "former_ends_at": END}, **ACMES),
        "lena has a grant from themself",
        f"lena may enter acme-prod by their own grant: to {LATER}.",
        "grant-to-oneself",
    ),
    row(
        entry(A.GRANT_CHANGE, {"starts_at": GONE, "former_starts_at": END}, **ACMES),
        "lena has a grant from themself",
        f"lena may enter acme-prod by their own grant: from {GONE}.",
        "grant-to-oneself",
    ),
    row(
        entry(
            A.GRANT_CHANGE,
            {**SPAN, "roles": "readonly", "former_roles": "deploy readonly"},
            **ACMES,
        ),
        "lena may do less in acme-prod",
        "lena has cut the grant of lena for acme-prod. It is not for deploy any more.",
    ),
    row(
        entry(
            A.GRANT_CHANGE,
            {"starts_at": GONE, "former_starts_at": NOW, "ends_at": EARLIER, "former_ends_at": END},
            **ACMES,
        ),
        "lena has a grant from themself",
        f"lena may enter acme-prod by their own grant: from {GONE} to {EARLIER}.",
        "grant-to-oneself",
    ),
    row(
        entry(
            A.GRANT_CHANGE, {"ends_at": EARLIER, "former_ends_at": END, "roles": "readonly"}, **HERS
        ),
        "alice may do less in acme-prod",
        "lena has cut the grant of alice for acme-prod."
        f" It ends at {EARLIER}, and not at {END} any more.",
    ),
    row(
        entry(
            A.GRANT_CHANGE,
            {**SPAN, "roles": "readonly", "former_roles": "deploy readonly admin"},
            **HERS,
        ),
        "alice may do less in acme-prod",
        "lena has cut the grant of alice for acme-prod. It is not for admin, deploy any more.",
    ),
    row(  # and more there
        entry(A.GRANT_CHANGE, {"roles": "readonly", "former_roles": "deploy"}, **HERS),
        "alice may do less in acme-prod",
        "lena has cut the grant of alice for acme-prod. It is not for deploy any more.",
    ),
    row(
        entry(A.GRANT_REVOKE, **HERS),
        "alice is off acme-prod",
        "lena has revoked the grant of alice for acme-prod: no further sessions there.",
    ),
    row(
        entry(
            A.ROLE_CHANGE,
            {
                "widened": "chaining no-reason other-arn",
                "arn": "arn:aws:iam::987654321098:role/Admin",
                "former_arn": "arn:aws:iam::987654321098:role/ReadOnly",
            },
            **READONLY,
        ),
        "The role readonly of acme-prod has other rules",
        "lena has changed the role readonly of acme-prod. Its sessions may assume further"
        " roles, which a cut-off does not end. It does not ask for a reason any more. It names"
        " another IAM role. Now: arn:aws:iam::987654321098:role/Admin. Before:"
        " arn:aws:iam::987654321098:role/ReadOnly.",
        "role-widened",
    ),
    row(
        entry(A.ROLE_CREATE, {"widened": "chaining"}, **READONLY),
        "The role readonly of acme-prod has other rules",
        "lena has changed the role readonly of acme-prod. Its sessions may assume further"
        " roles, which a cut-off does not end.",
        "role-widened",
    ),
    row(
        entry(A.ENGAGEMENT_CREATE, {"chaining": "deploy admin"}, **ACMES),
        "Roles of acme-prod allow chaining",
        "lena has opened acme-prod. Sessions of deploy, admin may assume further roles, which a"
        " cut-off does not end.",
        "role-widened",
    ),
    row(
        entry(A.ENGAGEMENT_IMPORT, **ACMES),
        "acme-prod is imported with an external ID chosen elsewhere",
        "lena has imported acme-prod from a profile. Whoever has the profile knows the external"
        " ID: rotate it.",
        "external-id-imported",
    ),
    row(
        entry(A.ROLE_SETUP, {"asks_for": "everything"}, **READONLY),
        "The client is asked for everything in readonly of acme-prod",
        "lena has chosen a permissions policy for the role readonly of acme-prod that makes it"
        " an administrator of the client's account. The client's page asks for that.",
        "everything-asked",
    ),
]

ROUTINE = [
    entry(A.ENGAGEMENT_CREATE, {"ends_at": END}, **ACMES),
    entry(A.ENGAGEMENT_CREATE, {"ends_at": END, "chaining": ""}, **ACMES),
    entry(A.ROLE_CHANGE, {"allows_chaining": "true"}, **READONLY),
    entry(A.ROLE_SETUP, {"permissions": "own"}, **READONLY),
    entry(A.ENGAGEMENT_CHANGE, {"ends_at": END, "client": "Acme Ltd"}, **ACMES),
    entry(A.ENGAGEMENT_CHANGE, {"ends_at": END, "former_ends_at": "once"}, **ACMES),
    entry(A.ENGAGEMENT_RENEW, {"ends_at": END, "grants": "ended-with-it"}, **ACMES),
    entry(A.ENGAGEMENT_LEAVE, **ACMES, actor=SCHEDULE, outcome=Outcome.FAILED),
    entry(A.ROLE_CREATE, **READONLY),
    entry(A.ROLE_VERIFY, {"passed": "true"}, **READONLY),
    entry(A.ROLE_VERIFY, **READONLY, outcome=Outcome.INTENDED),
    entry(A.ROLE_VERIFY, **READONLY, outcome=Outcome.FAILED),
    entry(A.LINK_CREATE, **ACMES),
    entry(A.LINK_CHECK, **ACMES, actor=CLIENT),
    entry(A.GRANT_CREATE, {"roles": "readonly"} | SPAN, **HERS),
    entry(A.GRANT_CHANGE, {"ends_at": LATER, "former_ends_at": END, "roles": "readonly"}, **HERS),
    entry(A.GRANT_CHANGE, {**SPAN, "roles": "admin readonly", "former_roles": "readonly"}, **HERS),
]
