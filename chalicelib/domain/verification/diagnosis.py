"""Why AWS refuses us. It gives the same code for every cause, so the likeliest is told first."""

from __future__ import annotations

from enum import StrEnum

from chalicelib.domain.values import Value
from chalicelib.domain.verification.proof import ProbeOutcome


class Cause(StrEnum):
    """What can be behind an AccessDenied, or a region that is turned off."""

    REGION_DISABLED = "region-disabled"
    OUR_PERMISSION = "our-permission"
    OTHER_CASE = "other-letter-case"
    NEXT_ID_ONLY = "next-external-id-only"
    FORMER_ID_ONLY = "former-external-id-only"
    PATH = "path"
    SOURCE_IDENTITY = "source-identity"
    TAGS = "session-tags"
    JUST_CHANGED = "just-changed"
    ROLE_MISSING = "role-missing"
    EXTERNAL_ID = "external-id"
    PRINCIPAL = "principal"
    END_DATE = "end-date"
    NAMES_PEOPLE = "names-people"
    OTHER_CONDITION = "other-condition"


class Evidence(Value, frozen=True, kw_only=True):
    """What is known of a role that refuses us. What was not tried is None."""

    right_id: ProbeOutcome
    other_case: ProbeOutcome | None = None
    next_id: ProbeOutcome | None = None
    former_id: ProbeOutcome | None = None
    without_path: ProbeOutcome | None = None
    may_ask: bool | None = None
    """Whether our own role is permitted to ask for this role."""
    was_proven: bool = False
    """The very role has let us in before."""
    is_taken_over: bool = False
    """Until now it was assumed by hand, as somebody else, and with this external ID."""
    is_told_who: ProbeOutcome | None = None
    """With a source identity, which it took before."""
    is_tagged: ProbeOutcome | None = None
    """With tags, which it took before."""
    end_has_passed: bool = False
    """An end has passed that Daypass asked for, and that the trust policy may still have."""


# In the order of how often they are it: for a role that has never let us in, and is most often not
# there yet; for one that let in somebody else of ours, and has to be told of the broker; for one
# that has let us in, where it begins with what a client does to a role that worked.
_NEVER_IN = (
    Cause.ROLE_MISSING,
    Cause.JUST_CHANGED,
    Cause.EXTERNAL_ID,
    Cause.PRINCIPAL,
    Cause.OTHER_CONDITION,
    Cause.NAMES_PEOPLE,
    Cause.END_DATE,
)
_TAKEN_OVER = (
    Cause.PRINCIPAL,
    Cause.OTHER_CONDITION,
    Cause.JUST_CHANGED,
    Cause.ROLE_MISSING,
    Cause.EXTERNAL_ID,
    Cause.NAMES_PEOPLE,
    Cause.END_DATE,
)
_NO_LONGER_IN = (
    Cause.ROLE_MISSING,
    Cause.END_DATE,
    Cause.PRINCIPAL,
    Cause.EXTERNAL_ID,
    Cause.NAMES_PEOPLE,
    Cause.OTHER_CONDITION,
    Cause.JUST_CHANGED,
)


def causes(seen: Evidence) -> tuple[Cause, ...]:
    """Return the causes, the likeliest first; what is certain stands without what may be. None if
    we are let in with all that the role took before, or if nobody can say."""
    if seen.right_id is ProbeOutcome.REGION_DISABLED:
        return (Cause.REGION_DISABLED,)
    if seen.right_id is ProbeOutcome.LET_IN:
        told = {Cause.SOURCE_IDENTITY: seen.is_told_who, Cause.TAGS: seen.is_tagged}
        return tuple(cause for cause, answer in told.items() if answer is ProbeOutcome.REFUSED)
    if seen.right_id is not ProbeOutcome.REFUSED:
        return ()
    let_in = {
        Cause.OTHER_CASE: seen.other_case,
        Cause.NEXT_ID_ONLY: seen.next_id,
        Cause.FORMER_ID_ONLY: seen.former_id,
        Cause.PATH: seen.without_path,
    }
    certain = tuple(cause for cause, answer in let_in.items() if answer is ProbeOutcome.LET_IN)
    if certain:  # nobody is let in whom our own side does not permit to ask
        return certain
    if seen.may_ask is False:
        return (Cause.OUR_PERMISSION,)
    found = _NEVER_IN
    if seen.was_proven:
        found = _NO_LONGER_IN
    elif seen.is_taken_over:
        found = _TAKEN_OVER
    return _end_date_first(found) if seen.end_has_passed else found


def _end_date_first(found: tuple[Cause, ...]) -> tuple[Cause, ...]:
    return (Cause.END_DATE, *(cause for cause in found if cause is not Cause.END_DATE))


def of_a_role_that_worked(found: tuple[Cause, ...]) -> bool:
    """Whether these are told of a role that had let us in: that is not forgotten with a check."""
    return found in (_NO_LONGER_IN, _end_date_first(_NO_LONGER_IN))


def is_certain(found: tuple[Cause, ...]) -> bool:
    """Whether these are what it is, and not what it may be."""
    return bool(found) and not set(found) & set(_NEVER_IN)
