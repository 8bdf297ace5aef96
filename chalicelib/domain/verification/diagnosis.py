"""Diagnose why AWS refuses Daypass's calls to assume a client's role.

AWS returns the same error code for most causes, so this module orders the possible causes by
likelihood.
"""

from __future__ import annotations

from enum import StrEnum

from chalicelib.domain.values import Value
from chalicelib.domain.verification.proof import ProbeOutcome


class Cause(StrEnum):
    """A possible reason why AWS does not let Daypass assume a client's role."""

    REGION_DISABLED = "region-disabled"
    """AWS STS is turned off in Daypass's region for the client's account."""
    BROKER_PERMISSION = "our-permission"
    """The policies of Daypass's own role do not allow it to assume the client's role."""
    OTHER_CASE = "other-letter-case"
    """The trust policy has the external ID in another letter case."""
    NEXT_ID_ONLY = "next-external-id-only"
    """The trust policy has only the next external ID, not the current one."""
    PREVIOUS_ID_ONLY = "former-external-id-only"
    """The trust policy still has a previous external ID, not the current one."""
    PATH = "path"
    """The role has no path, but its ARN in Daypass includes one."""
    SOURCE_IDENTITY = "source-identity"
    """The trust policy no longer allows sts:SetSourceIdentity."""
    TAGS = "session-tags"
    """The trust policy no longer allows sts:TagSession."""
    JUST_CHANGED = "just-changed"
    """The role was created or changed a moment ago, and IAM has not propagated the change yet."""
    ROLE_MISSING = "role-missing"
    """The account has no role with this name and path."""
    EXTERNAL_ID = "external-id"
    """The trust policy requires another external ID."""
    PRINCIPAL = "principal"
    """The trust policy names another principal than Daypass's own role."""
    END_DATE = "end-date"
    """The end date in the trust policy has passed."""
    NAMES_PEOPLE = "names-people"
    """The trust policy accepts only certain people, not the placeholder name of checks."""
    OTHER_CONDITION = "other-condition"
    """Another condition, a Deny statement, or a policy of the organization denies access."""


class Evidence(Value):
    """The facts about a role that a diagnosis uses.

    An outcome is AWS's answer to a probe, which is an AssumeRole call. None means that there was no
    such probe.
    """

    right_id_outcome: ProbeOutcome
    """The outcome with the engagement's current external ID."""
    other_case_outcome: ProbeOutcome | None = None
    """The outcome with the letter case of the current external ID swapped."""
    next_id_outcome: ProbeOutcome | None = None
    previous_id_outcome: ProbeOutcome | None = None
    pathless_arn_outcome: ProbeOutcome | None = None
    """The outcome for the role of the same name without a path."""
    may_assume: bool | None = None
    """True if the policies of the broker role, with which Daypass assumes clients' roles, allow it
    to assume this role. None if IAM did not say."""
    accepted_before: bool = False
    """True if this role accepted Daypass before."""
    is_imported: bool = False
    """True if the external ID was imported from an AWS profile: so far, other principals assumed
    the role with this ID."""
    source_identity_outcome: ProbeOutcome | None = None
    """The outcome with a source identity, which the role accepted before."""
    tags_outcome: ProbeOutcome | None = None
    """The outcome with session tags, which the role accepted before."""
    end_has_passed: bool = False
    """True if Daypass requested a trust policy with an end date that has passed, and the role may
    still have that trust policy."""


# Most frequent first. A role that never accepted Daypass most often does not exist yet. An imported
# role most often still names another principal. A role that accepted Daypass before was most often
# deleted, or its trust policy has ended.
_CAUSES_IF_NEVER_ACCEPTED = (
    Cause.ROLE_MISSING,
    Cause.JUST_CHANGED,
    Cause.EXTERNAL_ID,
    Cause.PRINCIPAL,
    Cause.OTHER_CONDITION,
    Cause.NAMES_PEOPLE,
    Cause.END_DATE,
)
_CAUSES_IF_IMPORTED = (
    Cause.PRINCIPAL,
    Cause.OTHER_CONDITION,
    Cause.JUST_CHANGED,
    Cause.ROLE_MISSING,
    Cause.EXTERNAL_ID,
    Cause.NAMES_PEOPLE,
    Cause.END_DATE,
)
_CAUSES_IF_NO_LONGER_ACCEPTED = (
    Cause.ROLE_MISSING,
    Cause.END_DATE,
    Cause.PRINCIPAL,
    Cause.EXTERNAL_ID,
    Cause.NAMES_PEOPLE,
    Cause.OTHER_CONDITION,
    Cause.JUST_CHANGED,
)


def infer_causes(evidence: Evidence) -> tuple[Cause, ...]:
    """Return the causes of AWS's refusal: the certain ones, or else all possible ones, most likely
    first.

    Return none if AWS did not answer clearly, or if the role accepts Daypass with every session
    attribute (source identity, tags) that it accepted before.
    """
    if evidence.right_id_outcome is ProbeOutcome.REGION_DISABLED:
        return (Cause.REGION_DISABLED,)
    if evidence.right_id_outcome is ProbeOutcome.ACCEPTED:
        attribute_outcomes = {
            Cause.SOURCE_IDENTITY: evidence.source_identity_outcome,
            Cause.TAGS: evidence.tags_outcome,
        }
        return tuple(
            cause
            for cause, outcome in attribute_outcomes.items()
            if outcome is ProbeOutcome.REFUSED
        )
    if evidence.right_id_outcome is not ProbeOutcome.REFUSED:
        return ()
    outcome_by_cause = {
        Cause.OTHER_CASE: evidence.other_case_outcome,
        Cause.NEXT_ID_ONLY: evidence.next_id_outcome,
        Cause.PREVIOUS_ID_ONLY: evidence.previous_id_outcome,
        Cause.PATH: evidence.pathless_arn_outcome,
    }
    proven_causes = tuple(
        cause for cause, outcome in outcome_by_cause.items() if outcome is ProbeOutcome.ACCEPTED
    )
    if proven_causes:  # an accepted probe also shows that the broker role is permitted to call
        return proven_causes
    if evidence.may_assume is False:
        return (Cause.BROKER_PERMISSION,)
    candidates = _CAUSES_IF_NEVER_ACCEPTED
    if evidence.accepted_before:
        candidates = _CAUSES_IF_NO_LONGER_ACCEPTED
    elif evidence.is_imported:
        candidates = _CAUSES_IF_IMPORTED
    return _put_end_date_first(candidates) if evidence.end_has_passed else candidates


def _put_end_date_first(candidates: tuple[Cause, ...]) -> tuple[Cause, ...]:
    return (Cause.END_DATE, *(cause for cause in candidates if cause is not Cause.END_DATE))


def imply_earlier_access(causes: tuple[Cause, ...]) -> bool:
    """Return whether these causes show that the role had accepted Daypass before it refused.

    `causes` are those of an earlier diagnosis. Nothing else shows it afterwards, because a failed
    check replaces the stored result of the check that passed.
    """
    return causes in (
        _CAUSES_IF_NO_LONGER_ACCEPTED,
        _put_end_date_first(_CAUSES_IF_NO_LONGER_ACCEPTED),
    )


def are_causes_certain(causes: tuple[Cause, ...]) -> bool:
    """Return whether probes have confirmed these causes, so that they are not only candidates."""
    return bool(causes) and not set(causes) & set(_CAUSES_IF_NEVER_ACCEPTED)
