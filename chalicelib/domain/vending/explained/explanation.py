"""Define the explanation of an access decision: its clauses in order, and the next steps."""

from __future__ import annotations

from enum import StrEnum

from msgspec.structs import replace

from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.values import Value
from chalicelib.domain.vending.access import Allowed, Denied


class ChangeBy(StrEnum):
    """The person or thing that can change the fact that a clause looked at."""

    LEAD = "lead"
    MEMBER = "member"
    CLIENT = "client"
    TIME = "time"


class NextStep(Value, frozen=True):
    """The step that would make a clause hold."""

    by: ChangeBy
    text: str


class Clause(Value, frozen=True, kw_only=True):
    """One condition of the access rule, and the fact that it looked at."""

    name: str
    """The condition, such as `The grant is in force`."""
    fact: str
    """The fact, with its times."""
    holds: bool | None
    """None: the facts that the clause needs do not exist."""
    reason: Reason | None = None
    """The reason with which the clause refuses. None if it does not."""
    next_step: NextStep | None = None
    """None if the clause holds, or cannot be checked."""


class Explanation(Value, frozen=True, kw_only=True):
    """An access decision with its clauses. It is about the facts in Daypass: AWS decides too."""

    decision: Allowed | Denied
    """The decision of `decide_access` for the member with a valid token."""
    clauses: tuple[Clause, ...]
    """All clauses in their order. The first that does not hold is why Daypass refuses."""

    @property
    def refusal(self) -> Clause | None:
        """Return the first clause that refuses, or None if all hold."""
        return next((clause for clause in self.clauses if clause.holds is False), None)


GRANT_CURRENT = "The grant is in force"
_HAS_GRANT = "There is a grant"
_ROLE_GRANTED = "The grant includes the role"
_FORMER = frozenset({Reason.ENGAGEMENT_REVOKED, Reason.ENGAGEMENT_CLOSED, Reason.GRANT_NOT_CURRENT})
"""Reasons that someone may get who has no access to the engagement any more."""


def limit_to_own(explanation: Explanation) -> Explanation:
    """Return the explanation as the member themself may read it: with no more than a refused vend
    says. Nobody thus learns of an engagement, a role or a change that is none of their business.
    """
    refusal = explanation.refusal
    if refusal is None or refusal.reason is None:
        return explanation
    position = explanation.clauses.index(refusal)
    before = explanation.clauses[:position]
    as_api = replace(refusal, fact=refusal.reason.text(Surface.PAGE))
    if refusal.reason is Reason.NOT_A_MEMBER:
        # Whether the engagement exists or the grant is missing must look the same.
        step = NextStep(ChangeBy.LEAD, "Ask a lead for a grant, or check the engagement's ID.")
        before, as_api = before[:1], replace(as_api, name=_HAS_GRANT, next_step=step)
    elif refusal.reason is Reason.ROLE_NOT_GRANTED:
        step = NextStep(ChangeBy.LEAD, "Ask a lead for the role, or check its name.")
        granted = [clause.name for clause in before].index(GRANT_CURRENT) + 1
        before, as_api = before[:granted], replace(as_api, name=_ROLE_GRANTED, next_step=step)
    elif refusal.reason in _FORMER:
        before = tuple(replace(clause, fact="") for clause in before)
        step = NextStep(ChangeBy.LEAD, "Ask your lead.")
        as_api = replace(as_api, next_step=step)
    else:
        as_api = refusal
    return replace(explanation, clauses=(*before, as_api))
