"""Conclude from probes who can assume a cut-off role: only Daypass should, with an external ID of
its own and one fixed session name.

A probe is an AssumeRole call whose session Daypass discards. `domain.policies.brake` describes the
cut-off role. Daypass assumes it in one way only: with its external ID, the fixed session name, and
no session attributes. So a check looks for three kinds of statements (see also `wrong_ids`):

- One that compares no external ID, or accepts any, whatever it demands of the name and the
  attributes: no ID and a random one, with the fixed name and those of a person and an agent, in all
  variants. The same for the external ID without the fixed name.
- One that accepts the ID of members' sessions: these IDs with the three names, with all attributes
  and without any.
- One with a pattern in place of the external ID or the session name: the wrong IDs of a role's
  check with the three names, and near misses of the fixed name with the right ID.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import product
from typing import Annotated

from msgspec import Meta

from chalicelib.domain.policies.brake import CUT_OFF_SESSION_NAME
from chalicelib.domain.values import Secret, Value
from chalicelib.domain.verification.probe_variants import FULL, PLAIN, VARIANTS, ProbeVariant
from chalicelib.domain.verification.proof import Check, ProbeOutcome, Result
from chalicelib.domain.verification.wrong_ids import (
    list_near_misses,
    list_wrong_ids,
    swap_letter_case,
)


class CutOffCheck(StrEnum):
    """One property of a role's cut-off that a check tests, in the order of the report."""

    ROLE = "cut-off-role"
    """The cut-off role accepts Daypass with its external ID and the fixed session name."""
    NO_ID = "no-external-id"
    """The cut-off role refuses a request without an external ID."""
    WRONG_ID = "wrong-external-id"
    """The cut-off role refuses the wrong external IDs that Daypass tries."""
    MEMBER_ID = "external-id-of-sessions"
    """The cut-off role refuses the external IDs with which Daypass issues sessions to members."""
    OTHER_NAME = "other-session-name"
    """The cut-off role refuses other session names, such as those of members' sessions."""
    BRAKE = "brake"
    """AWS denied a canary because of the brake. Only with the method `brake`."""


CutOffResults = Annotated[
    Mapping[CutOffCheck, Result],
    Meta(extra_json_schema={"propertyNames": {"enum": [check.value for check in CutOffCheck]}}),
]
"""The result of each check that was made."""


class CutOffProbe(Value):
    """A request to assume the cut-off role that the role must refuse."""

    check: CutOffCheck
    external_id: Secret[str | None]
    """None for a request without an external ID."""
    session_name: str = CUT_OFF_SESSION_NAME
    variant: ProbeVariant = PLAIN
    is_daily: bool = False
    """True if the short daily check sends this request as well."""


def list_cut_off_probes(
    right: str, wrong: str, vend_ids: Sequence[str], member_names: Sequence[str]
) -> tuple[CutOffProbe, ...]:
    """Return the requests that the cut-off role must refuse.

    `right` is the cut-off role's external ID, and `wrong` a newly generated one. `vend_ids` are
    the external IDs with which Daypass issues sessions to members, the current one first.
    `member_names` are session names of every form that members' sessions have.
    """
    names = (CUT_OFF_SESSION_NAME, *member_names)
    other_case = swap_letter_case(CUT_OFF_SESSION_NAME) or ""
    near_names = (other_case, *list_near_misses(CUT_OFF_SESSION_NAME, member_names[0]))
    return (
        *(
            CutOffProbe(
                check=CutOffCheck.NO_ID if each.check is Check.NO_ID else CutOffCheck.WRONG_ID,
                external_id=each.external_id,
                session_name=name,
                variant=variant,
                is_daily=each.check is Check.NO_ID and variant in (FULL, PLAIN),
            )
            for each in list_wrong_ids(right, wrong)
            for name in names
            for variant in (VARIANTS if each.in_all_forms else (PLAIN,))
        ),
        *(
            CutOffProbe(
                check=CutOffCheck.MEMBER_ID,
                external_id=id_,
                session_name=name,
                variant=variant,
                is_daily=(id_, name, variant) == (vend_ids[0], CUT_OFF_SESSION_NAME, PLAIN),
            )
            for id_, name, variant in product(vend_ids, names, (FULL, PLAIN))
        ),
        *(
            CutOffProbe(
                check=CutOffCheck.OTHER_NAME,
                external_id=right,
                session_name=name,
                variant=variant,
                is_daily=variant == PLAIN,
            )
            for name, variant in product(member_names, VARIANTS)
        ),
        *(
            CutOffProbe(check=CutOffCheck.OTHER_NAME, external_id=right, session_name=name)
            for name in near_names
        ),
    )


def judge_cut_off_probes(
    right: Sequence[ProbeOutcome],
    negative: Iterable[tuple[CutOffCheck, ProbeOutcome]],
) -> dict[CutOffCheck, Result] | None:
    """Return the results of the checks of the cut-off role's trust policy.

    `right` are the outcomes of the probes with the correct external ID and session name: one before
    the negative probes, and one after them. The second is missing if the first was not accepted.
    If the check was not finished, they are only UNKNOWN. `negative` are the outcomes of probes that
    the role must refuse. A refusal passes a check only if the role accepted Daypass before and
    after it. An acceptance always fails the check.

    Return None if no check failed and an outcome was unclear.
    """
    outcomes = list(negative)
    accepted = [check for check, outcome in outcomes if outcome is ProbeOutcome.ACCEPTED]
    results = dict.fromkeys(accepted, Result.FAILED)
    if right[-1] in (ProbeOutcome.REFUSED, ProbeOutcome.REGION_DISABLED):
        return {CutOffCheck.ROLE: Result.FAILED, **results}
    is_clear = all(outcome is ProbeOutcome.ACCEPTED for outcome in right) and all(
        outcome in (ProbeOutcome.ACCEPTED, ProbeOutcome.REFUSED) for _, outcome in outcomes
    )
    if not is_clear:
        return results or None
    passed = dict.fromkeys([CutOffCheck.ROLE, *(check for check, _ in outcomes)], Result.PASSED)
    return {**passed, **results}
