"""The model of `test_any_order`: the facts that decide about sessions, as a lead keeps them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

SHORTEST = timedelta(seconds=900 + 5)
"""The shortest session, and the margin for clocks."""


@dataclass(slots=True)
class Issued:
    """A session that Daypass handed over."""

    vend: str
    member: str
    engagement: str
    token: str
    """The ID of the token that requested it."""
    name: str
    role_arn: str
    at: datetime
    ends_at: datetime
    is_revoked: bool = False


@dataclass(slots=True)
class Model:
    """The facts that decide."""

    suspended: set[str] = field(default_factory=set)
    without_token: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)
    paused: dict[str, str] = field(default_factory=dict)
    """The hash of the code that lifts each pause, by engagement."""
    is_frozen: bool = False
    grants: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """When each grant that is not revoked ends, by member and engagement."""
    sessions: list[Issued] = field(default_factory=list)

    def allows(self, member: str, engagement: str, now: datetime) -> bool:
        ends_at = self.grants.get((member, engagement))
        return (
            member not in self.suspended | self.without_token
            and engagement not in self.revoked | self.paused.keys()
            and not self.is_frozen
            and ends_at is not None
            and now + SHORTEST <= ends_at
        )

    def alive(self, now: datetime, concerns: Callable[[Issued], bool]) -> set[str]:
        """Return the vends of the sessions that have not expired, and that `concerns` selects."""
        return {each.vend for each in self.sessions if each.ends_at > now and concerns(each)}
