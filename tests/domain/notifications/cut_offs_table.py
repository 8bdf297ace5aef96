"""Entries about cut-offs: the title, text and alerts of their notification, or none."""

from __future__ import annotations

from chalicelib.domain.trail import Outcome
from tests.domain.notifications.entries import READONLY, A, entry, row

NOTIFICATIONS = [
    row(
        entry(A.CUT_OFF_SEE, {"cut_offs": "c1"}, **READONLY),
        "Live sessions of readonly of acme-prod are cut off",
        "Daypass saw AWS refuse a session of its own in the role readonly of acme-prod because of"
        " the cut-off. In other AWS Regions that can take longer.",
    ),
    row(
        entry(A.CUT_OFF_END, outcome=Outcome.FAILED, reason="not-in-force", **READONLY),
        "The cut-off of readonly of acme-prod was not seen to work",
        "The sessions of the role readonly of acme-prod have expired by now. Until then Daypass did"
        " not see that the cut-off ended them. The policy is written, but Daypass has not seen AWS"
        " refuse a session because of it.",
    ),
    row(
        entry(
            A.CUT_OFF_RELEASE,
            {"given_up": "true"},
            outcome=Outcome.FAILED,
            reason="brake-missing",
            **READONLY,
        ),
        "The brake of readonly of acme-prod is not released",
        "Daypass could not release the brake of the role readonly of acme-prod. The role's brake, a"
        " permissions boundary, does not exist. Daypass no longer tries. The brake denies only"
        " sessions that have expired.",
    ),
    # Without a cut-off, it was a drill.
    row(
        entry(A.CUT_OFF_WRITE, outcome=Outcome.FAILED, reason="brake-missing", **READONLY),
        "The brake of readonly of acme-prod does not work",
        "Daypass tried the brake of the role readonly of acme-prod, as it does after a check. The"
        " role's brake, a permissions boundary, does not exist. Daypass still gives sessions of"
        " this role. A revocation still blocks further sessions, but may not end the live ones.",
    ),
    *(
        row(
            entry(action, {"cut_offs": "c1"}, outcome=Outcome.FAILED, reason=reason, **READONLY),
            "Live sessions of readonly of acme-prod are not cut off",
            "Daypass could not end live sessions of the role readonly of acme-prod."
            f" {cause} Daypass keeps trying. Daypass's list of cut-offs has the policy with which"
            " the client's administrator can end the sessions now.",
        )
        for action in (A.CUT_OFF_WRITE, A.CUT_OFF_SEE)
        for reason, cause in {
            "brake-missing": "The role's brake, a permissions boundary, does not exist.",
            "of-a-later-version": "",
        }.items()
    ),
]

ROUTINE = [
    entry(A.CUT_OFF_REQUEST, **READONLY),
    entry(A.CUT_OFF_WRITE, outcome=Outcome.INTENDED, **READONLY),
    entry(A.CUT_OFF_WRITE, **READONLY),
    entry(
        A.CUT_OFF_WRITE,
        {"again": "true"},
        outcome=Outcome.FAILED,
        reason="brake-missing",
        **READONLY,
    ),
    entry(A.CUT_OFF_SEE, **READONLY),
    entry(A.CUT_OFF_END, **READONLY),
    entry(A.CUT_OFF_END, outcome=Outcome.FAILED, reason="client-must-write", **READONLY),
    entry(A.CUT_OFF_RELEASE, **READONLY),
    entry(A.CUT_OFF_RELEASE, outcome=Outcome.FAILED, reason="brake-missing", **READONLY),
]
