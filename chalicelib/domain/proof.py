"""What the probes of a role prove. A role is safe if it lets us in with the right external ID only.

"How to use an external ID when granting access to your AWS resources to a third party" (IAM User
Guide): test whether the role can be assumed both with and without the correct external ID.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PROBE = "daypass_probe"  # whom a probe acts for: no member and no engagement can have this id


class Answer(StrEnum):
    """How AWS answered one probe."""

    LET_IN = "let-in"
    REFUSED = "refused"
    """The code AccessDenied, and no other."""
    UNKNOWN = "unknown"
    """Throttled, unreachable, rejected: it proves nothing, least of all safety."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether the role may be vended from, and in words what was found. None: ask again."""

    passed: bool | None
    findings: tuple[str, ...] = ()
    accepts_source_identity: bool = False
    accepts_tags: bool = False


REFUSES_US = (
    "The role refuses Daypass with the right external ID. Compare the role's name and path, the"
    " external ID (letter case counts) and the principal in its trust policy; a change in IAM"
    " takes a moment to arrive everywhere."
)
NO_ID_NEEDED = (
    "The role lets Daypass in WITHOUT an external ID. Its trust policy must demand sts:ExternalId"
    " with StringEquals, not with an …IfExists operator, and in every statement."
)
ANY_ID_GOES = (
    "The role lets Daypass in with a WRONG external ID. Its trust policy must compare"
    " sts:ExternalId with StringEquals to the one that Daypass gave, not to a pattern."
)
ANY_CASE_GOES = (
    "The role lets Daypass in with the external ID in OTHER LETTER CASE. Its trust policy must"
    " compare sts:ExternalId with StringEquals, not with StringEqualsIgnoreCase."
)
NO_SOURCE_IDENTITY = (
    "The trust policy does not allow sts:SetSourceIdentity, so the client's CloudTrail names the"
    " member in the session's name only."
)
NO_TAGS = "The trust policy does not allow sts:TagSession, so sessions carry no tags."
PROVEN = (
    "The role lets Daypass in with its external ID, and refuses it with none, with a wrong one and"
    " with the right one in other letter case."
)


def judge(*, right_id: Answer, no_id: Answer, wrong_id: Answer, other_case: Answer) -> Verdict:
    """What the probes say, which differ in the external ID alone.

    Fails closed: a refusal proves something only if the right external ID was let in.
    """
    holes = []
    if no_id is Answer.LET_IN:
        holes.append(NO_ID_NEEDED)
    if wrong_id is Answer.LET_IN:
        holes.append(ANY_ID_GOES)
    if other_case is Answer.LET_IN and wrong_id is not Answer.LET_IN:
        holes.append(ANY_CASE_GOES)
    if holes:  # final, whatever the other probes said
        return Verdict(passed=False, findings=tuple(holes))
    if right_id is Answer.REFUSED:
        return Verdict(passed=False, findings=(REFUSES_US,))
    if Answer.UNKNOWN in (right_id, no_id, wrong_id, other_case):
        return Verdict(passed=None)
    return Verdict(passed=True, findings=(PROVEN,))


def accepting(verdict: Verdict, *, source_identity: Answer, tags: Answer) -> Verdict:
    """The verdict on a safe role, with what it accepts besides the external ID."""
    if Answer.UNKNOWN in (source_identity, tags):
        return Verdict(passed=None)
    found = list(verdict.findings)
    if source_identity is Answer.REFUSED:
        found.append(NO_SOURCE_IDENTITY)
    if tags is Answer.REFUSED:
        found.append(NO_TAGS)
    return Verdict(
        passed=verdict.passed,
        findings=tuple(found),
        accepts_source_identity=source_identity is Answer.LET_IN,
        accepts_tags=tags is Answer.LET_IN,
    )
