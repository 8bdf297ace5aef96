"""The client's next step, in words for the firm's leads."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.domain.onboarding.next_step import NextStep, StepKind
from chalicelib.domain.requests.decisions import CLIENT
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.text import join_words

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


def describe_client_step(
    step: NextStep, requests: Sequence[RequestView] = (), approvers: Sequence[str] = ()
) -> str:
    """Return the client's next step as a sentence. The client's page shows how to take it.

    `approvers` are the names of the people at the client who may answer those of the requests that
    wait for the client, as far as they were read.
    """
    sentence = _SENTENCES[step.kind].format(roles=join_words(step.roles or ("the roles",)))
    answer = _describe_answer([each for each in requests if CLIENT in each.waiting_for], approvers)
    if not answer:
        return sentence
    return answer if step.kind is StepKind.DONE else f"{sentence} {answer}"


def _describe_answer(requests: Sequence[RequestView], approvers: Sequence[str]) -> str:
    """Return a sentence on the requests that the client has to answer. Empty if there is none."""
    if not requests:
        return ""
    names = [f"the request of {each.member} for {each.role}" for each in requests]
    people = f" {' or '.join(approvers)} can do that." if approvers else ""
    return f"Answer {join_words(names)}.{people}"


def waits_for_client(step: NextStep) -> bool:
    """Return whether the client has something to do."""
    return step.kind not in _DONE
