"""Vends: a vend is one attempt to issue a session to a member.

Its trail entries are an intent before Daypass calls AWS, and one outcome after. The end of its
session adds an entry: its member gave it back, or a lead revoked it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import field
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.identifiers import AccountId, EngagementId, RoleName
from chalicelib.domain.moments import Moment
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.values import Internal, ShownOnce, Value, shown_property


class Credentials(Value):
    """A session's credentials, under AWS's names. The trail records the access key ID and the
    expiration time, but never the secret access key or the session token."""

    access_key_id: str = field(name="AccessKeyId")
    secret_access_key: ShownOnce[str] = field(name="SecretAccessKey")
    session_token: ShownOnce[str] = field(name="SessionToken")
    expires_at: Moment = field(name="Expiration")
    """When the credentials expire."""
    assumed_role_arn: Internal[str]
    request_id: Internal[str]


class VendedSession(Value):
    """A session as Daypass hands it over in the format `json`."""

    vend: str
    """The session's ID on the trail."""
    engagement: EngagementId
    role: RoleName
    account_id: Internal[AccountId]
    session_name: str
    """The RoleSessionName, which the client's CloudTrail shows."""
    credentials: Credentials

    @shown_property
    def assumed_role_arn(self) -> str:
        """The ARN of the session in AWS, as AssumeRole returned it."""
        return self.credentials.assumed_role_arn

    @shown_property
    def expires_at(self) -> Moment:
        """When the session expires."""
        return self.credentials.expires_at


# A vend takes no longer than this, because AWS Lambda stops its function earlier. The vend may call
# STS at any time before that, so a session can begin this long after the intent.
LONGEST_VEND = timedelta(seconds=30)


def build_outcome_entry(
    intent: Entry,
    outcome: Outcome,
    *,
    at: datetime,
    reason: str = "",
    details: dict[str, str] | None = None,
) -> Entry:
    """Return the trail entry with this outcome of the intent's vend.

    All outcome entries of a vend have the same ID, and the trail stores only the first of them.
    """
    return replace(
        intent,
        id=f"{intent.vend}-outcome",
        at=at,
        outcome=outcome,
        reason=reason,
        details={"session_name": intent.details["session_name"], **(details or {})},
    )


def build_approval_details(approved: ApprovedGrant | None, granted_by: str) -> dict[str, str]:
    """Return the trail details of the session's approval: the approvers of the approved grant that
    opens the role, or the lead who created the grant."""
    if approved is None:
        return {"approved_by": granted_by}
    approvers = {"approved_by": " ".join(approved.approved_by)} if approved.approved_by else {}
    client = {"client_approved": "true"} if approved.client_approved else {}
    emergency = {"emergency": "true"} if approved.is_emergency else {}
    return {"request": approved.request, **approvers, **client, **emergency}


class Vend(Value):
    """The entries of one vend on the trail."""

    intent: Entry
    outcome: Entry | None = None
    """None if the trail has no outcome yet."""
    given_back: Entry | None = None
    """The entry for the member's giving back of the session."""
    revoked: Entry | None = None
    """The entry for a lead's revocation of the session."""

    @property
    def entries(self) -> list[Entry]:
        """Return the entries that exist, the intent first."""
        entries = (self.intent, self.outcome, self.given_back, self.revoked)
        return [entry for entry in entries if entry is not None]

    def find_end(self, action: Action) -> Entry | None:
        """Return the end of the session by this action, if the trail has it."""
        return self.revoked if action is Action.SESSION_REVOKE else self.given_back


def group_by_vend(entries: Iterable[Entry]) -> list[Vend]:
    """Return the vends whose intents are among these entries, in the order of their intents. Leave
    out entries that belong to no vend."""
    intents: dict[str, Entry] = {}
    others: dict[tuple[str, Action], Entry] = {}
    for entry in entries:
        if entry.vend and entry.outcome is Outcome.INTENDED:
            intents[entry.vend] = entry
        elif entry.vend:
            others[entry.vend, entry.action] = entry
    return [
        Vend(
            intent=intent,
            outcome=others.get((vend, Action.VEND)),
            given_back=others.get((vend, Action.SESSION_END)),
            revoked=others.get((vend, Action.SESSION_REVOKE)),
        )
        for vend, intent in intents.items()
    ]


def latest_session_end(intent: Entry) -> datetime:
    """Return the latest time, by Daypass's clock, at which this vend's session can end."""
    return intent.at + LONGEST_VEND + timedelta(seconds=int(intent.details["duration"]))
