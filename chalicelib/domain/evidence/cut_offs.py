"""The events of cut-offs, which end live sessions from within a client's account."""

from __future__ import annotations

from chalicelib.domain.evidence.events import Event, Facts, Notice, Table, Text, describe_problem
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.cut_off.brake_version import WIDENED
from chalicelib.domain.vending.cut_off.cut_offs import CutOffProblem
from chalicelib.domain.verification.findings import CUT_OFF_CHECKS

_DRILL = " This was a drill. There were no sessions to cut off."
_RELEASED = (
    "AWS denied the same session earlier, so someone in the client's account has released, replaced"
    " or removed the brake. Daypass applies the brake again."
)
_STILL_VENDS = (
    "Daypass still issues sessions for this role. A revocation still blocks new sessions, but might"
    " not end live sessions."
)


def _announce_problem(e: Facts) -> Notice | None:
    """Return the notice that a cut-off does not work yet. Return None if the previous attempt
    failed for the same reason. An attempt without cut-offs is a drill, which tests the brake."""
    if e.again:
        return None
    if not e.cut_offs:
        return Notice(f"The brake on {e.target} does not work", _STILL_VENDS)
    return Notice(
        f"Live sessions of {e.target} are not cut off",
        "Daypass keeps trying. To end the sessions now, the client's administrator can apply the"
        " policy that the list of cut-offs shows.",
    )


def _describe_check(e: Facts) -> Text:
    """Return the sentence on a check of a role's cut-off, with what failed and why."""
    failed = (text.failed for check, text in CUT_OFF_CHECKS.items() if e.has("failed", check))
    problem = _RELEASED if e.released else describe_problem(e.problem)
    return (
        f"{e.by} checked the cut-off for {e.target}",
        e.verdict,
        *(f" {text}" for text in failed),
        problem and f" {problem}",
    )


TABLE: Table = {
    Action.CUT_OFF_REQUEST: lambda e: Event(
        f"request the cut-off for {e.target}",
        (
            f"{e.by} requested a cut-off of live sessions in {e.target}",
            f". Sessions: {e.sessions:names}",
            e.subject and not e.sessions and f": {e.member}'s sessions",
            ".",
            f" The cut-off covers sessions issued up to {e.issued_until:time}.",
            f" The last of these sessions expires on {e.needed_until:time}.",
            e.widened
            and (
                " The role has too many cut-offs to name each member, so this cut-off covers"
                " everyone's sessions."
            ),
            e.widened_members
            and (
                " There is no room to name each session, so the cut-off covers all sessions of"
                f" {e.widened_members:names}."
            ),
        ),
    ),
    Action.CUT_OFF_CHECK: lambda e: Event(
        f"check the cut-off for {e.target}",
        _describe_check(e),
        Notice(f"The cut-off for {e.target} failed its check", _STILL_VENDS)
        if e.passed == "false" and e.changed
        else None,
    ),
    Action.CUT_OFF_WRITE: lambda e: Event(
        f"apply the cut-off for {e.target} in the client's account",
        (
            f"Daypass applied the cut-off for {e.target} in the client's account.",
            not e.cut_offs and _DRILL,
            e.widened and f" {WIDENED}",
        ),
        failed=(
            f"Daypass could not apply the cut-off for {e.target} in the client's account.",
            not e.cut_offs and _DRILL,
        ),
        warning=_announce_problem(e),
    ),
    Action.CUT_OFF_SEE: lambda e: Event(
        f"confirm that the cut-off for {e.target} works",
        (
            f"Daypass confirmed the cut-off for {e.target}: AWS denied Daypass's test session.",
            not e.cut_offs and _DRILL,
        ),
        Notice(
            f"Live sessions of {e.target} are cut off",
            "The cut-off can take longer to reach other AWS Regions.",
        )
        if e.cut_offs
        else None,
        failed=(
            f"Daypass could not confirm that the cut-off for {e.target} works.",
            not e.cut_offs and _DRILL,
        ),
        warning=_announce_problem(e),
    ),
    Action.CUT_OFF_END: lambda e: Event(
        f"end the cut-off for {e.target}",
        f"The cut-offs for {e.target} have ended, because the sessions that they covered have"
        " expired.",
        failed=f"The cut-offs for {e.target} have ended, because the sessions that they covered"
        " have expired. Daypass did not confirm every cut-off.",
        # A client that lets Daypass end no sessions is no surprise.
        warning=Notice(f"Daypass could not confirm the cut-off for {e.target}")
        if e.reason != CutOffProblem.CLIENT_MUST_WRITE.value
        else None,
    ),
    Action.CUT_OFF_RELEASE: lambda e: Event(
        f"release the brake on {e.target}",
        f"Daypass released the brake on {e.target}, because the sessions that the brake denied have"
        " expired.",
        failed=(
            f"Daypass could not release the brake on {e.target}.",
            e.given_up and " Daypass has stopped trying.",
        ),
        warning=Notice(
            f"The brake on {e.target} has not been released",
            "The brake denies only sessions that have already expired.",
        )
        if e.given_up
        else None,
    ),
}
