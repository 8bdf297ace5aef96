"""The states of the page's parts about ending live sessions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.vending.cut_off.cut_offs import (
    CutOff,
    CutOffProblem,
    CutOffStatus,
    RoleCutOffs,
)
from chalicelib.domain.vending.cut_off.proof import CutOffProof
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from chalicelib.domain.verification.proof import Result
from tests.builders import ROLE_ARN, a_block, a_cut_off, a_role, an_asked_for, role_cut_offs
from tests.entrypoints.onboarding.page_states import (
    ENDED,
    EXISTING,
    MINUTE,
    NEVER,
    REMOVED,
    SECOND,
    State,
)
from tests.fakes import NOON

CUT_OFF_ID = "daypass-cut-off-id"
BRAKED = {"cut_off": CutOffMethod.BRAKE, "cut_off_external_id": CUT_OFF_ID}
SHUT = {"cut_off": CutOffMethod.DENY_ALL, "cut_off_external_id": CUT_OFF_ID}
NONE = {"cut_off": CutOffMethod.NONE}


def cut_off_checked(*failed: CutOffCheck, **changes: Any) -> CutOffProof:
    """Return the proof of a cut-off role, with these failures."""
    fields: dict[str, Any] = {
        "engagement": "acme-prod",
        "role": "readonly",
        "checked_at": NOON,
        "role_arn": ROLE_ARN,
        "method": CutOffMethod.BRAKE,
        "external_id": CUT_OFF_ID,
        "results": {
            check: Result.FAILED if check in failed else Result.PASSED
            for check in CutOffCheck
            if check is not CutOffCheck.BRAKE
        },
    }
    return CutOffProof(**(fields | changes))


def requested(*cut_offs: CutOff, method: CutOffMethod = CutOffMethod.NONE) -> RoleCutOffs:
    """Return the role's item with these cut-offs."""
    return role_cut_offs(*cut_offs, method=method)


def a_client_cut_off(**changes: Any) -> CutOff:
    """Return a cut-off of everyone that the client's administrator has to write."""
    fields: dict[str, Any] = {
        "id": "c0ffee",
        "requested_at": NOON - MINUTE,
        "problem": CutOffProblem.CLIENT_MUST_WRITE,
    }
    return a_cut_off(**(fields | changes))


HERS: dict[str, Any] = {"member": "alice", "problem": None}


def a_shut_role(*cut_offs: CutOff, **changes: Any) -> RoleCutOffs:
    """Return the item of the role, which Daypass shut an hour ago at lena's request."""
    item = role_cut_offs(
        *cut_offs, method=CutOffMethod.DENY_ALL, shut_at=NOON - 60 * MINUTE, shut_by="lena"
    )
    return replace(item, **changes)


def a_check_of_deny_all(checked_at: datetime) -> CutOffProof:
    return cut_off_checked(method=CutOffMethod.DENY_ALL, checked_at=checked_at)


SEEN_AT = NOON - 60 * MINUTE
A_SEEN_BRAKE = role_cut_offs(canary="cafe", canary_seen_at=SEEN_AT, brake_seen_at=SEEN_AT)
A_BRAKE = role_cut_offs(problem=CutOffProblem.NOT_IN_FORCE)


CUT_OFF_STATES: dict[str, Mapping[str, list[State]]] = {
    "methods": {
        "none": [NONE],
        "brake": [BRAKED],
        "deny-all": [SHUT],
        "deny-all beside a boundary": [SHUT, an_asked_for(makes_boundary=True)],
        "none after a method": [BRAKED | NONE],
        "brake of a role that existed": [BRAKED, EXISTING, NEVER],
        "none after a method, of a role that existed": [BRAKED | NONE, EXISTING, NEVER],
        "brake of an ended engagement": [BRAKED, ENDED],
    },
    "cut-offs": {
        "no method for ending sessions": [],
        "a brake, never checked": [BRAKED],
        "a brake, seen": [BRAKED, cut_off_checked(), A_SEEN_BRAKE],
        "a brake, not written yet": [BRAKED, cut_off_checked()],
        "a brake that was released by hand": [
            BRAKED,
            cut_off_checked(),
            replace(A_BRAKE, brake_seen_at=SEEN_AT),
        ],
        "a brake that never worked": [BRAKED, cut_off_checked(), A_BRAKE],
        "a cut-off role that lets in others": [
            BRAKED,
            cut_off_checked(CutOffCheck.OTHER_NAME),
            A_SEEN_BRAKE,
        ],
        "a cut-off role that is missing": [
            BRAKED,
            cut_off_checked(results={CutOffCheck.ROLE: Result.FAILED}),
        ],
        "a brake that was checked for another ARN": [
            BRAKED,
            cut_off_checked(role_arn=f"{ROLE_ARN}2"),
        ],
        "deny-all": [SHUT, cut_off_checked(method=CutOffMethod.DENY_ALL)],
        "a cut-off that the client has to write": [requested(a_client_cut_off())],
        "a cut-off of one session that the client has to write": [
            requested(a_client_cut_off(sessions=("alice.0123456789abcdef",), member="alice"))
        ],
        "a cut-off of two sessions that the client has to write": [
            requested(a_client_cut_off(sessions=("alice.0123456789abcdef", "bob.0123456789abcdef")))
        ],
        "a cut-off after the end": [ENDED, requested(a_client_cut_off())],
        "a cut-off that a brake could not make": [
            BRAKED,
            requested(
                a_client_cut_off(problem=CutOffProblem.BRAKE_MISSING), method=CutOffMethod.BRAKE
            ),
        ],
        "a cut-off of a role that this one replaced": [
            requested(a_client_cut_off(role_arn="arn:aws:iam::987654321098:role/Former"))
        ],
        "a brake that is not written yet": [
            BRAKED,
            requested(a_client_cut_off(**HERS), method=CutOffMethod.BRAKE),
        ],
        "a brake that is written and not seen": [
            BRAKED,
            requested(
                a_client_cut_off(**HERS, status=CutOffStatus.WRITTEN, written_at=NOON),
                method=CutOffMethod.BRAKE,
            ),
        ],
        "cut-offs that are seen or over": [
            requested(
                a_client_cut_off(status=CutOffStatus.SEEN, seen_at=NOON, problem=None),
                a_client_cut_off(id="c2", needed_until=NOON),
            )
        ],
        "two cut-offs, the client's first": [
            BRAKED,
            requested(
                a_client_cut_off(**HERS),
                a_client_cut_off(id="c2", problem=CutOffProblem.NOT_PERMITTED),
                method=CutOffMethod.BRAKE,
            ),
        ],
        "a brake of two roles": [BRAKED, SECOND, cut_off_checked()],
    },
    "shut": {
        "a shut role": [SHUT, a_shut_role()],
        "a shut role whose sessions have not expired": [
            SHUT,
            a_shut_role(
                a_cut_off(status=CutOffStatus.SEEN, needed_until=NOON + MINUTE),
                a_cut_off(id="c2", status=CutOffStatus.SEEN, needed_until=NOON + 2 * MINUTE),
                a_cut_off(id="c3", status=CutOffStatus.SEEN, needed_until=NOON),
            ),
            a_check_of_deny_all(NOON),
        ],
        "a shut role that is not seen yet": [
            SHUT,
            a_shut_role(a_cut_off(status=CutOffStatus.WRITTEN, written_at=NOON)),
        ],
        "a shut role whose session a later check saw denied": [
            SHUT,
            a_shut_role(shut_seen_at=NOON),
            a_check_of_deny_all(NOON + MINUTE),
        ],
        "a shut role that a later check did not look at": [
            SHUT,
            a_shut_role(),
            a_check_of_deny_all(NOON),
        ],
        "a shut role at which a check has the job look": [
            SHUT,
            a_shut_role(look_requested_at=NOON),
        ],
        "a role that the client's pause shut": [
            SHUT,
            a_shut_role(shut_by="@client"),
            a_block("acme-prod"),
        ],
        "a shut role without a request": [
            SHUT,
            a_shut_role(shut_by=""),
        ],
        "a shut role after the end": [SHUT, ENDED, a_shut_role()],
        "a shut role after the access was removed": [SHUT, REMOVED, a_shut_role()],
        "a shut role that Daypass does not use any more": [
            SHUT,
            a_role(ended_at=NOON),
            a_shut_role(),
        ],
        "a shut role that another one replaced": [
            SHUT,
            a_role(arn=f"{ROLE_ARN}2"),
            a_shut_role(),
        ],
        "a shut role of an engagement that has no method any more": [a_shut_role()],
        "two shut roles": [
            SHUT,
            SECOND,
            a_shut_role(),
            a_shut_role(role="b1", role_arn=f"{ROLE_ARN}2", shut_by="@client"),
        ],
        "a role that is not shut any more": [SHUT, a_shut_role(shut_at=None)],
        "a shut role of another engagement": [SHUT, a_shut_role(engagement="globex")],
    },
}
