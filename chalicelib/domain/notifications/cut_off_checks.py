"""Build the messages about checks of a role's cut-off, which can end the role's live sessions."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.domain.notifications.message import Message, Rule
from chalicelib.domain.trail import Action, Entry
from chalicelib.domain.vending.cut_off.cut_offs import CutOffProblem
from chalicelib.domain.vending.cut_off.view import PROBLEM_TEXTS
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from chalicelib.domain.verification.cut_off_report import CUT_OFF_CHECKS


def _announce_cut_off_check(entry: Entry) -> Message | None:
    """Return a message if the check failed, and failed in another way than the last check. The
    message names the first failed part, and says that sessions are not affected."""
    if entry.detail("passed") != "false" or not entry.detail("changed"):
        return None
    failed_names, problem_name = entry.detail("failed").split(), entry.detail("problem")
    failed = next((check for check in CutOffCheck if check in failed_names), None)
    problem = next((problem for problem in CutOffProblem if problem == problem_name), None)
    sentences = ["{by} checked the cut-off of the role {role}. It failed."]
    if entry.detail("drifted"):
        sentences.append("It had passed before.")
    if failed is not None:
        sentences.append(CUT_OFF_CHECKS[failed].failed)
    if entry.detail("released"):
        sentences.append(RELEASED)
    elif problem is not None:
        sentences.append(PROBLEM_TEXTS[problem])
    sentences.append(
        "Daypass still gives sessions of this role. A revocation still blocks further sessions, but"
        " may not end the live ones."
    )
    return Message("The cut-off of the role {role} has failed its check", " ".join(sentences))


RELEASED = (
    "AWS denied the same session before, so someone in the client's account has released, replaced"
    " or removed the brake. Daypass writes it again."
)

TABLE: Mapping[Action, Rule] = {Action.CUT_OFF_CHECK: _announce_cut_off_check}
