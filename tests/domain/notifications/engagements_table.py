"""Entries about engagements: the title, text and alerts of their notification, or none."""

from __future__ import annotations

from chalicelib.domain.trail import CLIENT, SCHEDULE, Outcome
from tests.domain.notifications.entries import (
    ACMES,
    CANNOT_ASSUME,
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
    SPAN,
    WHY,
    A,
    entry,
    row,
)

NOTIFICATIONS = [
    row(
        entry(A.ENGAGEMENT_CLOSE, **ACMES),
        "acme-prod was closed",
        "lena closed acme-prod. Daypass gives no more sessions for this engagement.",
    ),
    row(
        entry(A.ENGAGEMENT_REVOKE, **ACMES),
        "acme-prod was revoked",
        "lena revoked acme-prod. Daypass gives no more sessions for this engagement.",
    ),
    row(
        entry(A.ENGAGEMENT_REOPEN, **ACMES),
        "acme-prod was reopened",
        "lena reopened acme-prod. Its roles and grants are unchanged.",
        "engagement-reopened",
    ),
    row(
        entry(A.ENGAGEMENT_CHANGE, {"ends_at": LATER, "former_ends_at": END}, **ACMES),
        "acme-prod was renewed",
        f"lena renewed acme-prod. The engagement's end moved from {END} to {LATER}.",
    ),
    row(
        entry(
            A.ENGAGEMENT_RENEW,
            {"ends_at": LATER, "former_ends_at": END, "outdated_policies": "audit readonly"},
            **ACMES,
        ),
        "acme-prod was renewed",
        f"lena renewed acme-prod. The engagement's end moved from {END} to {LATER}."
        " The client still has to update the trust policy of audit, readonly. The client's page"
        " explains how.",
    ),
    row(
        entry(A.ENGAGEMENT_CHANGE, {**REOPENED, "outdated_policies": "readonly"}, **ACMES),
        "acme-prod was reopened",
        f"lena reopened acme-prod, which had ended at {GONE}. The new end is {END}. The"
        " client still has to update the trust policy of readonly. The client's page explains how.",
        "engagement-reopened",
    ),
    row(
        entry(
            A.ROLE_POLICY_REPLACED, {"roles": "audit readonly", "until": END}, **ACMES, actor=CLIENT
        ),
        "The client of acme-prod reported new trust policies",
        f"The client of acme-prod reported that the trust policies of these roles now end at {END}:"
        " audit, readonly. Daypass cannot verify this before the policies' previous end.",
    ),
    row(
        entry(A.ENGAGEMENT_CHANGE, {"ends_at": EARLIER, "former_ends_at": END}, **ACMES),
        "acme-prod ends earlier",
        f"lena moved the end of acme-prod from {END} to {EARLIER}.",
    ),
    row(
        entry(A.ENGAGEMENT_CHANGE, {"agents": "allow", "former_agents": "read-only"}, **ACMES),
        "What agents may do in acme-prod changed",
        "lena changed what agents may do in acme-prod from read-only to allow.",
    ),
    row(
        entry(
            A.ENGAGEMENT_CHANGE,
            {"ends_at": EARLIER, "former_ends_at": END}
            | {"agents": "allow", "former_agents": "read-only"},
            **ACMES,
        ),
        "acme-prod ends earlier",
        f"lena moved the end of acme-prod from {END} to {EARLIER}. What agents may do changed from"
        " read-only to allow.",
    ),
    row(
        entry(
            A.ENGAGEMENT_LEAVE, {"still_let_in": "arn"}, **ACMES, actor=SCHEDULE, outcome=REFUSED
        ),
        "Daypass still has access to acme-prod",
        "acme-prod is over, but Daypass can still assume roles in the client's AWS account. The"
        " trail names the roles. Ask the client to delete these roles, or to remove Daypass from"
        " their trust policies.",
        "still-let-in",
    ),
    row(
        entry(A.ENGAGEMENT_LEAVE, **ACMES, actor=SCHEDULE),
        "Daypass no longer has access to acme-prod",
        "acme-prod is over, and every role of the engagement refused Daypass in the access-removal"
        " check.",
    ),
    row(
        entry(A.DAILY_CHECK, WHY, **READONLY, actor=SCHEDULE, outcome=Outcome.FAILED),
        "The role readonly of acme-prod was not checked",
        f"The daily check could not check the role readonly of acme-prod. {WHY['why']} The"
        " result of the last check stays valid.",
    ),
    row(
        entry(A.DAILY_CHECK, WHY, **ACMES, actor=SCHEDULE, outcome=Outcome.FAILED),
        "acme-prod was not checked",
        f"The daily check could not check acme-prod. {WHY['why']} The result of the last"
        " check stays valid.",
    ),
    row(
        entry(A.ROLE_END, **READONLY),
        "The role readonly of acme-prod has ended",
        "lena ended the role readonly of acme-prod. Daypass gives no more sessions from this role.",
    ),
    row(
        entry(A.ROLE_OVERRIDE, {"until": EARLIER}, **READONLY),
        "A lead overrode the check of the role readonly of acme-prod",
        "lena overrode the check of the role readonly of acme-prod. Until"
        f" {EARLIER}, Daypass gives sessions from the role even if its checks fail.",
        "role-overridden",
    ),
    row(
        entry(A.ROLE_VERIFY, FAILED, **READONLY),
        "The role readonly of acme-prod has failed its check",
        "lena checked the role readonly of acme-prod. The role failed (grade F)."
        f" {OPEN_DOOR} {NOT_VENDED}",
    ),
    row(
        entry(A.ROLE_VERIFY, FAILED | {"drifted": "true"}, **READONLY, actor=SCHEDULE),
        "The role readonly of acme-prod has drifted",
        "Daypass checked the role readonly of acme-prod. The role failed (grade F)."
        f" The role had passed before. {OPEN_DOOR} {NOT_VENDED}",
        "role-drifted",
    ),
    row(
        entry(A.ROLE_VERIFY, CANNOT_ASSUME, **READONLY, actor=CLIENT),
        "The role readonly of acme-prod has failed its check",
        "The client checked the role readonly of acme-prod. The role failed (grade F)."
        " Daypass cannot assume the role with the right external ID. Most likely: The trust"
        f" policy requires a different external ID. {NOT_VENDED}",
    ),
    row(
        entry(A.ROLE_VERIFY, {"passed": "false", "failed": "of-tomorrow"}, **READONLY),
        "The role readonly of acme-prod has failed its check",
        f"lena checked the role readonly of acme-prod. The role failed (grade F). {NOT_VENDED}",
    ),
    row(
        entry(A.LINK_REVOKE, {"link": "0b" * 6}, **ACMES),
        "A link of acme-prod was revoked",
        "lena revoked the link 0b0b0b0b0b0b to the client's page.",
    ),
    *(
        row(
            entry(action, {**SPAN, "roles": "readonly", **former}, **ACMES),
            "lena granted themselves access",
            OWN_GRANT,
            "grant-to-oneself",
        )
        for action in (A.GRANT_CREATE, A.GRANT_CHANGE)
        for former in ({}, {"former_roles": "deploy"})
    ),
    row(
        entry(A.GRANT_CHANGE, {"ends_at": LATER, "former_ends_at": END}, **ACMES),
        "lena granted themselves access",
        f"lena granted themselves access to acme-prod: until {LATER}.",
        "grant-to-oneself",
    ),
    row(
        entry(A.GRANT_CHANGE, {"starts_at": GONE, "former_starts_at": END}, **ACMES),
        "lena granted themselves access",
        f"lena granted themselves access to acme-prod: from {GONE}.",
        "grant-to-oneself",
    ),
    row(
        entry(
            A.GRANT_CHANGE,
            {**SPAN, "roles": "readonly", "former_roles": "deploy readonly"},
            **ACMES,
        ),
        "lena has less access to acme-prod",
        "lena reduced lena's grant for acme-prod. The grant no longer includes deploy.",
    ),
    row(
        entry(
            A.GRANT_CHANGE,
            {"starts_at": GONE, "former_starts_at": NOW, "ends_at": EARLIER, "former_ends_at": END},
            **ACMES,
        ),
        "lena granted themselves access",
        f"lena granted themselves access to acme-prod: from {GONE} until {EARLIER}.",
        "grant-to-oneself",
    ),
    row(
        entry(
            A.GRANT_CHANGE, {"ends_at": EARLIER, "former_ends_at": END, "roles": "readonly"}, **HERS
        ),
        "alice has less access to acme-prod",
        f"lena reduced alice's grant for acme-prod. The grant's end moved from {END} to {EARLIER}.",
    ),
    row(
        entry(
            A.GRANT_CHANGE,
            {**SPAN, "roles": "readonly", "former_roles": "deploy readonly admin"},
            **HERS,
        ),
        "alice has less access to acme-prod",
        "lena reduced alice's grant for acme-prod. The grant no longer includes admin, deploy.",
    ),
    row(  # and more there
        entry(A.GRANT_CHANGE, {"roles": "readonly", "former_roles": "deploy"}, **HERS),
        "alice has less access to acme-prod",
        "lena reduced alice's grant for acme-prod. The grant no longer includes deploy.",
    ),
    row(
        entry(A.GRANT_REVOKE, **HERS),
        "alice no longer has access to acme-prod",
        "lena revoked alice's grant for acme-prod. alice gets no more sessions for this"
        " engagement.",
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
        "The role readonly of acme-prod is now less strict",
        "lena changed the role readonly of acme-prod. The role's sessions may now assume"
        " further roles. A cut-off, which denies older sessions of the role, does not end the"
        " further roles' sessions. The role no longer requires"
        " a reason for a session. The role now has another ARN. The new ARN is"
        " arn:aws:iam::987654321098:role/Admin. The former ARN is"
        " arn:aws:iam::987654321098:role/ReadOnly.",
        "role-widened",
    ),
    row(
        entry(A.ROLE_CREATE, {"widened": "chaining"}, **READONLY),
        "The role readonly of acme-prod is now less strict",
        "lena created the role readonly of acme-prod. The role's sessions may now assume"
        " further roles. A cut-off, which denies older sessions of the role, does not end the"
        " further roles' sessions.",
        "role-widened",
    ),
    row(
        entry(A.ENGAGEMENT_CREATE, {"chaining": "deploy admin"}, **ACMES),
        "Roles of acme-prod allow chaining",
        "lena created acme-prod. Sessions of these roles may assume further roles: deploy, admin. A"
        " cut-off, which denies older sessions of a role, does not end the further roles'"
        " sessions.",
        "role-widened",
    ),
    row(
        entry(A.ENGAGEMENT_IMPORT, **ACMES),
        "acme-prod has an imported external ID",
        "lena imported acme-prod from an AWS profile. Everyone with that profile knows the external"
        " ID. Rotate the external ID.",
        "external-id-imported",
    ),
    row(
        entry(A.ROLE_SETUP, {"asks_for": "everything"}, **READONLY),
        "A lead chose administrator permissions for the role readonly of acme-prod",
        "lena chose a permissions policy that makes the role readonly of acme-prod an administrator"
        " of the client's account. The client's page asks the client to apply that policy.",
        "everything-asked",
    ),
]

ROUTINE = [
    entry(A.CLIENT_REVOKE, {"client": "Acme", "engagements": "3"}),
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
