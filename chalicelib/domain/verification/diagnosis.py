"""Diagnose why AWS refuses Daypass. AWS returns the same error code for every cause, so this module
orders the possible causes by likelihood.
"""

from __future__ import annotations

from enum import StrEnum

from chalicelib.domain.values import Value
from chalicelib.domain.verification.proof import ProbeOutcome


class Cause(StrEnum):
    """A cause of AccessDenied, or of STS being turned off in the region."""

    REGION_DISABLED = "region-disabled"
    OUR_PERMISSION = "our-permission"
    OTHER_CASE = "other-letter-case"
    NEXT_ID_ONLY = "next-external-id-only"
    PREVIOUS_ID_ONLY = "former-external-id-only"
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
    """The facts about a role that a diagnosis uses. None: not tried."""

    right_id: ProbeOutcome
    other_case: ProbeOutcome | None = None
    next_id: ProbeOutcome | None = None
    previous_id: ProbeOutcome | None = None
    without_path: ProbeOutcome | None = None
    may_assume: bool | None = None
    """True if the broker role is permitted to assume this role. None: IAM did not say."""
    was_verified: bool = False
    """True if this role accepted Daypass before."""
    is_imported: bool = False
    """True if the external ID was imported: so far, other principals assumed the role with it."""
    with_source_identity: ProbeOutcome | None = None
    """The answer with a source identity, which the role accepted before."""
    with_tags: ProbeOutcome | None = None
    """The answer with tags, which the role accepted before."""
    end_has_passed: bool = False
    """True if an end has passed that Daypass requested and that the trust policy may have."""


# Most frequent first. A role that never accepted Daypass most often does not exist yet. An imported
# role most often still names another principal. A role that accepted Daypass before was most often
# deleted, or its trust policy has ended.
_NEVER_ACCEPTED = (
    Cause.ROLE_MISSING,
    Cause.JUST_CHANGED,
    Cause.EXTERNAL_ID,
    Cause.PRINCIPAL,
    Cause.OTHER_CONDITION,
    Cause.NAMES_PEOPLE,
    Cause.END_DATE,
)
_IMPORTED = (
    Cause.PRINCIPAL,
    Cause.OTHER_CONDITION,
    Cause.JUST_CHANGED,
    Cause.ROLE_MISSING,
    Cause.EXTERNAL_ID,
    Cause.NAMES_PEOPLE,
    Cause.END_DATE,
)
_NO_LONGER_ACCEPTED = (
    Cause.ROLE_MISSING,
    Cause.END_DATE,
    Cause.PRINCIPAL,
    Cause.EXTERNAL_ID,
    Cause.NAMES_PEOPLE,
    Cause.OTHER_CONDITION,
    Cause.JUST_CHANGED,
)


def causes(evidence: Evidence) -> tuple[Cause, ...]:
    """Return the causes, most likely first, or the certain ones alone.

    Empty if the role accepts Daypass with every attribute that it accepted before, or if AWS did
    not answer clearly.
    """
    if evidence.right_id is ProbeOutcome.REGION_DISABLED:
        return (Cause.REGION_DISABLED,)
    if evidence.right_id is ProbeOutcome.ACCEPTED:
        attributes = {
            Cause.SOURCE_IDENTITY: evidence.with_source_identity,
            Cause.TAGS: evidence.with_tags,
        }
        return tuple(c for c, outcome in attributes.items() if outcome is ProbeOutcome.REFUSED)
    if evidence.right_id is not ProbeOutcome.REFUSED:
        return ()
    further = {
        Cause.OTHER_CASE: evidence.other_case,
        Cause.NEXT_ID_ONLY: evidence.next_id,
        Cause.PREVIOUS_ID_ONLY: evidence.previous_id,
        Cause.PATH: evidence.without_path,
    }
    certain = tuple(c for c, outcome in further.items() if outcome is ProbeOutcome.ACCEPTED)
    if certain:  # an accepted probe also shows that the broker role is permitted to call
        return certain
    if evidence.may_assume is False:
        return (Cause.OUR_PERMISSION,)
    candidates = _NEVER_ACCEPTED
    if evidence.was_verified:
        candidates = _NO_LONGER_ACCEPTED
    elif evidence.is_imported:
        candidates = _IMPORTED
    return _end_date_first(candidates) if evidence.end_has_passed else candidates


def _end_date_first(candidates: tuple[Cause, ...]) -> tuple[Cause, ...]:
    return (Cause.END_DATE, *(cause for cause in candidates if cause is not Cause.END_DATE))


def imply_earlier_access(stored: tuple[Cause, ...]) -> bool:
    """Return whether an earlier diagnosis gave these causes for a role that had accepted Daypass.

    The failed check replaced the proof of that, but later diagnoses need to know it.
    """
    return stored in (_NO_LONGER_ACCEPTED, _end_date_first(_NO_LONGER_ACCEPTED))


def is_certain(stored: tuple[Cause, ...]) -> bool:
    """Return whether these causes are certain, not candidates."""
    return bool(stored) and not set(stored) & set(_NEVER_ACCEPTED)
