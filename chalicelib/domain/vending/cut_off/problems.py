"""The sentences for the problems that a check of a cut-off, or a drill, finds."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.domain.vending.cut_offs import CutOffProblem

CHECK_PROBLEMS: Mapping[CutOffProblem, str] = {
    CutOffProblem.CUT_OFF_ROLE_REFUSED: "AWS refused to let Daypass assume the cut-off role. It may"
    " be missing, or its trust policy may differ.",
    CutOffProblem.NOT_PERMITTED: "The cut-off role is not allowed to write the brake.",
    CutOffProblem.BRAKE_MISSING: "The brake, a policy in the client's account, does not exist.",
    CutOffProblem.TOO_MANY_VERSIONS: "The brake has five versions, and Daypass could not delete"
    " one. The client has to delete a version that is not the default.",
    CutOffProblem.AWS_UNREACHABLE: "AWS did not answer, or throttled Daypass.",
    CutOffProblem.NOT_IN_FORCE: "The brake is written, but AWS does not deny Daypass's own session"
    " because of it. It may not be the role's permissions boundary.",
    CutOffProblem.CANARY_REFUSED: "The client's role refused Daypass, so Daypass could not look.",
}
