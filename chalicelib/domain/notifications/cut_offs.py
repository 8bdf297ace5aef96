"""Build the messages about trail entries on cut-offs, which end live sessions from within a
client's account."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.domain.notifications.message import ROUTINE, Message, Rule
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.vending.cut_off.cut_offs import CutOffProblem
from chalicelib.domain.vending.cut_off.view import PROBLEM_TEXTS


def _announce_problem(entry: Entry) -> Message | None:
    """Return a message that the cut-off does not work yet, and why. None if the previous attempt
    failed for the same reason. Without a cut-off, the attempt was a drill."""
    if entry.detail("again"):
        return None
    if not entry.detail("cut_offs"):
        return Message(
            "The brake of {role} does not work",
            "Daypass tried the brake of the role {role}, as it does after a check."
            f" {_find_cause(entry)} Daypass still gives sessions of this role. A revocation still"
            " blocks further sessions, but may not end the live ones.",
        )
    return Message(
        "Live sessions of {role} are not cut off",
        f"Daypass could not end live sessions of the role {{role}}. {_find_cause(entry)} Daypass"
        " keeps trying. Daypass's list of cut-offs has the policy with which the client's"
        " administrator can end the sessions now.",
    )


def _announce_seen(entry: Entry) -> Message | None:
    """Return a message that the cut-off works. None after a drill, which no session is cut off
    by."""
    if not entry.detail("cut_offs"):
        return None
    return Message(
        "Live sessions of {role} are cut off",
        "Daypass saw AWS refuse a session of its own in the role {role} because of the cut-off. In"
        " other AWS Regions that can take longer.",
    )


def _announce_unseen_end(entry: Entry) -> Message | None:
    """Return a message that the sessions expired before Daypass saw the cut-off work. None if the
    client lets Daypass end no sessions."""
    if entry.reason == CutOffProblem.CLIENT_MUST_WRITE:
        return None
    return Message(
        "The cut-off of {role} was not seen to work",
        "The sessions of the role {role} have expired by now. Until then Daypass did not see that"
        f" the cut-off ended them. {_find_cause(entry)}",
    )


def _announce_remaining_denials(entry: Entry) -> Message | None:
    """Return a message that Daypass gave up releasing the brake. None if it keeps trying."""
    if not entry.detail("given_up"):
        return None
    return Message(
        "The brake of {role} is not released",
        f"Daypass could not release the brake of the role {{role}}. {_find_cause(entry)} Daypass no"
        " longer tries. The brake denies only sessions that have expired.",
    )


def _find_cause(entry: Entry) -> str:
    """Return the sentence for the entry's reason; empty if this version does not know it."""
    return next((PROBLEM_TEXTS[each] for each in CutOffProblem if each == entry.reason), "")


TABLE: Mapping[Action, Rule] = {
    Action.CUT_OFF_REQUEST: ROUTINE,
    Action.CUT_OFF_WRITE: ROUTINE,
    Action.CUT_OFF_SEE: _announce_seen,
    Action.CUT_OFF_END: ROUTINE,
    Action.CUT_OFF_RELEASE: ROUTINE,
}

NOT_DONE: Mapping[tuple[Action, Outcome], Rule] = {
    (Action.CUT_OFF_WRITE, Outcome.FAILED): _announce_problem,
    (Action.CUT_OFF_SEE, Outcome.FAILED): _announce_problem,
    (Action.CUT_OFF_END, Outcome.FAILED): _announce_unseen_end,
    (Action.CUT_OFF_RELEASE, Outcome.FAILED): _announce_remaining_denials,
}
