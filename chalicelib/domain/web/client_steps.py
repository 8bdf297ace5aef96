"""The client's next step, in words for the firm's leads."""

from __future__ import annotations

from chalicelib.domain.onboarding.next_step import NextStep, StepKind

_SENTENCES = {
    StepKind.NO_ROLES: "Nothing: the engagement has no role.",
    StepKind.SET_UP: "Create {roles} in their account, and check the connection.",
    StepKind.FIX: "Fix what the last check found in {roles}, and check again.",
    StepKind.RENEW: "Replace the trust policy of {roles}: it ends before the engagement does.",
    StepKind.ROTATE: "Update the trust policy of {roles}, because the external ID is being"
    " replaced.",
    StepKind.CHECK_AGAIN: "Check {roles} again: its ARN or the external ID has changed.",
    StepKind.IMPROVE: "Nothing is required. The last check found something to improve in {roles}.",
    StepKind.DONE: "Nothing: every role passed its last check.",
    StepKind.REMOVE: "Remove the access through {roles}, and check that it is gone.",
    StepKind.REMOVE_AGAIN: "Remove the access through {roles}: the last check did not confirm it.",
    StepKind.REMOVED: "Nothing: every role refused Daypass.",
}
_DONE = {StepKind.NO_ROLES, StepKind.IMPROVE, StepKind.DONE, StepKind.REMOVED}


def describe_client_step(step: NextStep) -> str:
    """Return the client's next step as a sentence. The client's page shows how to take it."""
    return _SENTENCES[step.kind].format(roles=_join(step.roles))


def waits_for_client(step: NextStep) -> bool:
    """Return whether the client has something to do."""
    return step.kind not in _DONE


def _join(names: tuple[str, ...]) -> str:
    """Return the names as a list in a sentence, such as "a, b and c"."""
    *others, last = names or ("the roles",)
    return f"{', '.join(others)} and {last}" if others else last
