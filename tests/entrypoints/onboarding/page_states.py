"""The states of a client's page: what is different from the usual scene, by the page's part."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from chalicelib.domain.engagements.approved_grants import EmergencyRecord
from chalicelib.domain.engagements.engagements import AgentAccess, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import PermissionSet
from chalicelib.domain.values import Item
from chalicelib.domain.vending.blocks import build_lift_request
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Check, Result
from tests.builders import (
    AFTER,
    EXTERNAL_ID,
    ROLE_ARN,
    a_block,
    a_client_approver,
    a_digest_head,
    a_grant,
    a_role,
    a_verification,
    an_asked_for,
    an_override,
    results,
)
from tests.entrypoints.onboarding.reading import change
from tests.fakes import NOON, World

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MIDNIGHT = datetime(2026, 11, 28, tzinfo=UTC)
NEXT = EXTERNAL_ID.replace("abc", "new")

State = Item | dict[str, Any] | Callable[[Any], None]
"""An item to add, changes of the engagement, or another change of the fake world."""


def link(**changes: Any) -> State:
    return partial(change, kind=SetupLink, **changes)


def checked(*failed: Check, **changes: Any) -> Role:
    """Return `readonly`, with these failures in its last check."""
    return a_role(verification=a_verification(results=results(*failed)), **changes)


EXISTING = an_asked_for(permissions=PermissionSet.AS_THEY_ARE)
NEVER = a_role(verification=None)
UNSAFE = checked(Check.NO_ID)
SECOND = a_role("b1", arn=f"{ROLE_ARN}2", verification=None)
MISSING = a_role(
    verification=a_verification(
        results={Check.RIGHT_ID: Result.FAILED},
        causes=(Cause.ROLE_MISSING, Cause.OTHER_CONDITION),
    )
)
ACCEPTS_PREVIOUS = a_role(
    verification=a_verification(results=results(Check.PREVIOUS_ID, without=(Check.RETIRED_ID,)))
)
REMOVED = {"closed_at": NOON - DAY, "access_removed_at": NOON}
ENDED = {"closed_at": NOON - MINUTE}
ROTATING = {"next_external_id": NEXT}
PAUSED = a_block("acme-prod")
REQUEST = build_lift_request(PAUSED, "lena", NOON, "found the laptop")
REQUIRED = {"requires_client_approval": True}
LATER, SOONER = AFTER + 30 * DAY, NOON + 6 * DAY


def asked_for(*ends: datetime, **changes: Any) -> Role:
    """Return `readonly`, for which Daypass asked these ends."""
    return a_role(requested_ends=ends, **changes)


def deploy(*ends: datetime) -> Role:
    arn = "arn:aws:iam::987654321098:role/Deploy"
    return a_role("deploy", arn=arn, requested_ends=ends, verification=a_verification(role_arn=arn))


def in_thirty_days(world: World) -> None:
    change(world, SetupLink, expires_at=LATER)
    world.later(days=30)


def opened(count: int) -> EmergencyRecord:
    return EmergencyRecord(engagement="acme-prod", member="alice", count=count, last_at=NOON)


RENEWED: list[State] = [asked_for(AFTER, LATER), {"ends_at": LATER}]
NO_GRANT = [a_grant(revoked_at=NOON), a_grant("sam", revoked_at=NOON)]


def three_roles(*causes: Any) -> list[State]:
    """Return a role for each of three names: never checked, passed, or with this failed check."""
    items: list[State] = []
    for name, failed in zip(("audit", "deploy", "readonly"), causes, strict=True):
        arn = f"arn:aws:iam::987654321098:role/daypass-{name}"
        changes: dict[str, Any] = {"role_arn": arn}
        if failed is Check.RIGHT_ID:
            changes |= {"results": {failed: Result.FAILED}, "causes": (Cause.ROLE_MISSING,)}
        elif failed:
            changes["results"] = results(failed)
        proof = None if failed is None else a_verification(**changes)
        items.append(a_role(name, arn=arn, verification=proof))
        items.append(an_asked_for(role=name, permissions=PermissionSet.SECURITY_AUDIT))
    return items


def put_into(world: World, state: list[State]) -> None:
    """Bring the scene into this state."""
    for part in state:
        if isinstance(part, dict):
            change(world, Engagement, **part)
        elif isinstance(part, Item):
            world.add(part)
        else:
            part(world)


STATES: dict[str, Mapping[str, list[State]]] = {
    "checks": {
        "all is well": [],
        "the record is signed": [a_digest_head()],
        "never checked": [NEVER],
        "failed": [UNSAFE],
        "something could be better": [checked(Check.TAGS)],
        "of another ARN": [a_role(arn=ROLE_ARN + "2")],
        "a short check": [
            a_role(verification=a_verification(full_check_at=a_verification().checked_at - 2 * DAY))
        ],
        "failed, and a lead allows it": [checked(Check.NO_ID, override=an_override())],
        "passed, and a lead allows it": [a_role(override=an_override())],
        "may be missing": [MISSING],
        "may be missing, and existed before": [EXISTING, MISSING],
        "several to create": [
            NEVER,
            SECOND,
            an_asked_for(role="b1", permissions=PermissionSet.READ_BASICS),
        ],
        "one to create, and one that exists": [NEVER, SECOND],
        "existed before": [EXISTING],
        "existed before, never checked": [EXISTING, NEVER],
        "existed before, failed": [EXISTING, UNSAFE],
        "an external ID from elsewhere": [{"external_id_imported": True}],
        "a rotation's first half": [ROTATING],
        "a rotation's first half, existed before": [EXISTING, ROTATING],
        "a rotation's second half": [{"external_id": NEXT, "previous_external_id": EXTERNAL_ID}],
        "still accepts the previous external ID": [
            {"previous_external_id": "daypass-former"},
            ACCEPTS_PREVIOUS,
        ],
        "two retired external IDs": [{"retired_external_ids": ("daypass-first", "daypass-second")}],
        "a check ran out of time": [SECOND, link(checking_since=NOON - timedelta(seconds=40))],
        "a check ran out of time before the end": [
            SECOND,
            link(checking_since=NOON - timedelta(seconds=40)),
            ENDED,
        ],
        "ends at midnight": [
            {"ends_at": MIDNIGHT},
            link(expires_at=MIDNIGHT),
            a_role(verification=None, override=an_override(until=MIDNIGHT)),
        ],
        "no role": [a_role(ended_at=NOON)],
        "one of two roles was ended": [a_role("deploy", arn=f"{ROLE_ARN}2", ended_at=NOON)],
        "ended, and one of two roles was ended": [
            a_role("deploy", arn=f"{ROLE_ARN}2", ended_at=NOON),
            ENDED,
        ],
        "ended": [ENDED],
        "ended, existed before": [ENDED, EXISTING],
        "ended for ten minutes": [{"closed_at": NOON - 10 * MINUTE}],
        "ended for more than an hour": [{"closed_at": NOON - 62 * MINUTE}],
        "access removed": [REMOVED],
        "access removed a moment after the end": [REMOVED | ENDED],
        "access removed, existed before": [REMOVED, EXISTING],
    },
    "several roles": {
        "none was checked": three_roles(None, None, None),
        "the first is done": three_roles("", None, None),
        "one fails": three_roles(None, "", Check.RIGHT_ID),
        "two fail": three_roles("", Check.RIGHT_ID, Check.NO_ID),
        "all are in order": three_roles("", "", ""),
        "all are in order, and a rotation": [*three_roles("", "", ""), ROTATING],
        "with shorter sessions of one": [
            *three_roles(None, None, None),
            a_role("deploy", arn="arn:aws:iam::987654321098:role/daypass-deploy", max_session=900),
        ],
    },
    "renewal": {
        "not renewed": [asked_for(AFTER)],
        "renewed": RENEWED,
        "renewed, was there before us": [
            *RENEWED,
            an_asked_for(permissions=PermissionSet.AS_THEY_ARE),
        ],
        "renewed, and one of two roles is up to date": [*RENEWED, deploy(LATER)],
        "renewed, with two roles": [*RENEWED, deploy(AFTER, LATER)],
        "renewed, after the former end": [*RENEWED, in_thirty_days],
        "renewed, and rotated": [*RENEWED, {"next_external_id": "daypass-next"}],
        "renewed, and over": [*RENEWED, {"closed_at": NOON}],
        "an earlier end": [asked_for(AFTER, SOONER), {"ends_at": SOONER}],
    },
    "pause": {
        "not paused": [],
        "paused": [PAUSED],
        "paused too often": [a_block("acme-prod", is_sealed=True)],
        "a lead asks to lift it": [a_block("acme-prod", lift_request=REQUEST)],
        "paused twice": [a_block("acme-prod", locks=PAUSED.locks * 2)],
        "lifted": [a_block("acme-prod", lifted_at=NOON)],
        "another engagement is paused": [a_block("globex")],
        "everything is frozen": [a_block()],
        "ended": [ENDED],
    },
    "approvals": {
        "no approver": [],
        "a contact only": [a_client_approver(is_contact=True)],
        "a revoked approver": [a_client_approver(revoked_at=NOON)],
        "an approver": [a_client_approver(), a_client_approver("kim", name="Kim <Roe>")],
        "approval required": [a_client_approver(), REQUIRED],
        "approval required and no approver": [REQUIRED],
    },
    "life": {
        "active": [],
        "invited": [NEVER],
        "proven": [*NO_GRANT],
        "ending": [{"ends_at": NOON + 14 * DAY}],
        "ending, and not begun": [{"ends_at": NOON + 14 * DAY, "starts_at": NOON + DAY}],
        "not ending yet": [{"ends_at": NOON + 15 * DAY}],
        "would end, and is over": [{"ends_at": NOON + 14 * DAY, "closed_at": NOON}],
        "opened in an emergency": [opened(1)],
        "opened in three emergencies": [opened(3)],
        "no access for agents": [{"agents": AgentAccess.REFUSE}],
        "all access for agents": [{"agents": AgentAccess.ALLOW}],
    },
}
"""The first state of each part is shown whole, and the others as what differs from another one."""
