"""Access-denied messages: the type of the policy that denied a request, and a boundary's ARN.

"Troubleshoot access denied error messages" (IAM User Guide): an explicit deny is "in a permissions
boundary", "in a session policy" or "in an identity-based policy", and otherwise no policy of such a
type allows the action. If several types deny a request, AWS names one of them, and does not
document which. ministack names identity-based policies, whatever denied.
"""

from __future__ import annotations

from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.core.iam_evaluator import EvalContext, EvalResult

_IDENTITY, _BOUNDARY, _SESSION = "identity-based policy", "permissions boundary", "session policy"


class _Limit(list[Any]):
    """The policies of one limit: a permissions boundary, or the session policies."""

    policy_type: str
    arn: str = ""


class _DeniedPrincipal(str):
    """The ARN of a principal whose request was denied, with the end of the message."""

    ending: str


def apply() -> None:
    """Name the policy type in the message of each denial by the caller's own policies."""
    evaluate, enforce = iam_evaluator.evaluate, iam_evaluator.enforce
    find_boundary = iam_evaluator._permissions_boundary
    find_session_policies = iam_evaluator._session_policy_limits
    respond, build_message = (
        iam_actions.access_denied_response,
        iam_actions.identity_denial_message,
    )

    def find_named_boundary(store: Any, name: str, account: str) -> list[_Limit]:
        arn = (store.get_scoped(account, None, name) or {}).get("PermissionsBoundary") or ""
        return [_name_limit(limit, _BOUNDARY, arn) for limit in find_boundary(store, name, account)]

    def find_named_session_policies(session: Any, account: str) -> list[_Limit]:
        limits = find_session_policies(session, account)
        return [_name_limit(limit, _SESSION) for limit in limits]

    def evaluate_and_explain(context: EvalContext, policies: Any, *limits: Any) -> EvalResult:
        result: EvalResult = evaluate(context, policies, *limits)
        if result.decision != "Allow":
            is_explicit = result.decision == "Deny"
            result.ending = _build_ending(context, [policies, *limits], is_explicit=is_explicit)
        return result

    def enforce_and_explain(*args: Any, **more: Any) -> Any:
        result = enforce(*args, **more)
        if getattr(result, "ending", ""):
            denied = _DeniedPrincipal(result.principal_arn)
            denied.ending = result.ending
            result.principal_arn = denied
        return result

    def build_explained_message(
        action: str, principal: str, resource: str, explicit_deny: Any
    ) -> str:
        message: str = build_message(action, principal, resource, explicit_deny)
        return _replace_ending(message, principal)

    def respond_with_reason(
        service: str, action: str, principal: str, request_id: str, **more: Any
    ) -> Any:
        is_by_resource = more.get("explicit_deny") and more.get("resource_policy_arn")
        if not (more.get("message") or more.get("error_code") or is_by_resource):
            resource, explicit_deny = more.get("resource_arn") or "*", more.get("explicit_deny")
            more["message"] = build_explained_message(action, principal, resource, explicit_deny)
        return respond(service, action, principal, request_id, **more)

    iam_evaluator.evaluate, iam_evaluator.enforce = evaluate_and_explain, enforce_and_explain
    iam_evaluator._permissions_boundary = find_named_boundary
    iam_evaluator._session_policy_limits = find_named_session_policies
    iam_actions.identity_denial_message = build_explained_message
    iam_actions.access_denied_response = respond_with_reason


def _name_limit(policies: list[Any], policy_type: str, arn: str = "") -> _Limit:
    limit = _Limit(policies)
    limit.policy_type, limit.arn = policy_type, arn
    return limit


def _build_ending(context: EvalContext, layers: list[Any], *, is_explicit: bool) -> str:
    """Return the end of the message, for the first type of policy that denies."""
    for layer in layers:
        statements = [statement for policy in layer for statement in policy]
        match = iam_evaluator._first_match(context, statements, "Deny" if is_explicit else "Allow")
        if (match is not None) != is_explicit:
            continue
        policy_type = layer.policy_type if isinstance(layer, _Limit) else _IDENTITY
        if not is_explicit:
            return f"because no {policy_type} allows the {context.action} action"
        article = "an" if policy_type == _IDENTITY else "a"
        arn = f": {layer.arn}" if isinstance(layer, _Limit) and layer.arn else ""
        return f"with an explicit deny in {article} {policy_type}{arn}"
    return ""


def _replace_ending(message: str, principal: str) -> str:
    """Replace ministack's end of the message."""
    if isinstance(principal, _DeniedPrincipal):
        for beginning in (" with an explicit deny in an ", " because no "):
            if beginning in message:
                return f"{message.partition(beginning)[0]} {principal.ending}"
    return message
