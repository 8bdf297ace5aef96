"""sts:AssumeRole, authorized by the caller's policies and by the role's trust policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import AuthError, EvalContext, PrincipalInfo
from ministack.core.responses import get_account_id, get_region
from ministack.core.router import extract_access_key_id
from ministack.services import iam, sts

from local.aws.fixes.roles import action_keys, constraints, sessions, trust

Response = tuple[int, dict[str, str], bytes]

_CHAINED_SECONDS = 3600
_ALLOW_ALL = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


class Refused(Exception):
    """An STS error."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


@dataclass(frozen=True, slots=True)
class _Request:
    """An AssumeRole request with valid parameters."""

    caller: PrincipalInfo
    caller_session: Mapping[str, Any]
    role_arn: str
    parameters: Mapping[str, str]
    tags: list[dict[str, str]]
    policies: dict[str, Any]

    @property
    def source_identity(self) -> str | None:
        """The source identity. A chained session keeps that of the calling session."""
        return self.caller_session.get("SourceIdentity") or self.parameters.get("SourceIdentity")


def apply() -> None:
    """Handle AssumeRole here. ministack handles the other actions of STS."""
    handle_request = sts.handle_request
    enforce = iam_evaluator.enforce

    async def handle_with_assume_role(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        parameters = dict(query)
        if method == "POST":
            parameters |= parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
        if headers.get("x-amz-target", "").endswith(".AssumeRole"):
            return _build_error(Refused("InvalidAction", "STS supports only the query protocol."))
        if parameters.get("Action") != ["AssumeRole"]:
            response: Response = await handle_request(method, path, headers, body, query)
            return response
        try:
            return _assume_role(extract_access_key_id(headers, query), parameters)
        except Refused as refused:
            return _build_error(refused)

    def enforce_elsewhere(access_key: str, iam_action: str, *args: Any, **keywords: Any) -> Any:
        # Check only the signature: GetCallerIdentity needs no permission. `_issue_session` later
        # authorizes the request, for all three actions and with their condition keys.
        checked = "sts:GetCallerIdentity" if iam_action == "sts:AssumeRole" else iam_action
        return enforce(access_key, checked, *args, **keywords)

    sts.handle_request = handle_with_assume_role
    iam_evaluator.enforce = enforce_elsewhere


def _build_error(refused: Refused) -> Response:
    """Return the response for an STS error."""
    response: Response = sts._error(refused.status, refused.code, escape(refused.message), ns="sts")
    return response


def _assume_role(access_key: str, parameters: dict[str, list[str]]) -> Response:
    """Return the response to an AssumeRole request. Raise Refused as AWS refuses the request."""
    single = {name: values[0] for name, values in parameters.items()}
    complaint = constraints.find_complaint(single)
    if complaint:
        raise Refused("ValidationError", complaint)
    role_arn = single["RoleArn"]
    refusal: Response | None
    _, refusal = sts._assumed_role_arn(role_arn, single["RoleSessionName"])
    if refusal:
        return refusal
    tags, refusal = sts._session_tags(parameters)
    if refusal:
        return refusal
    policies, refusal = sts._session_policies(parameters, role_arn.split(":")[4])
    if refusal:
        return refusal
    request = _Request(
        caller=_find_caller(access_key),
        caller_session=sts._sessions.get(access_key) or {},
        role_arn=role_arn,
        parameters=single,
        tags=tags,
        policies=policies,
    )
    return _render(_issue_session(request), request.source_identity)


def _find_caller(access_key: str) -> PrincipalInfo:
    """Return the principal whose access key signed the request. Refuse an account's root."""
    caller = iam_evaluator.resolve_principal(access_key, get_account_id())
    if isinstance(caller, AuthError):
        code = "ExpiredToken" if caller.code.startswith("ExpiredToken") else "InvalidClientTokenId"
        raise Refused(code, caller.message, status=403)
    if caller.policies is None:
        raise Refused("AccessDenied", "Roles may not be assumed by root accounts.", status=403)
    return caller


def _issue_session(request: _Request) -> sessions.Session:
    """Return a session, or refuse as AWS does."""
    role = _find_role(request)
    _authorize(request, role, "sts:AssumeRole")
    if request.source_identity:
        if (
            request.parameters.get("SourceIdentity", request.source_identity)
            != request.source_identity
        ):
            raise _build_refusal(request, "sts:SetSourceIdentity")
        _authorize(request, role, "sts:SetSourceIdentity")
    if request.tags:
        _authorize(request, role, "sts:TagSession")
    return sessions.issue(
        role,
        name=request.parameters["RoleSessionName"],
        seconds=_find_duration(request, role),
        SourceIdentity=request.source_identity,
        SessionTags=request.tags,
        SessionPolicies=request.policies if any(request.policies.values()) else None,
    )


def _find_role(request: _Request) -> dict[str, Any]:
    """Return the role with the requested ARN. Raise Refused if it does not exist."""
    account, resource = request.role_arn.split(":")[4:6]
    role: dict[str, Any] | None = iam._roles.get_scoped(account, None, resource.split("/")[-1])
    # The path has to match too. AWS returns the same error for a missing role as for a refusal.
    if role is None or role["Arn"] != request.role_arn:
        raise _build_refusal(request, "sts:AssumeRole")
    return role


def _authorize(request: _Request, role: dict[str, Any], action: str) -> None:
    """Raise Refused unless the caller's policies and the trust policy allow the action."""
    context = _build_context(request, role, action)
    trusted = trust.evaluate(role["AssumeRolePolicyDocument"], context)
    caller = request.caller
    policies = list(caller.policies)
    same_account = caller.account == request.role_arn.split(":")[4]
    if same_account and trusted is trust.Result.PRINCIPAL:
        # Within one account, a trust policy that names the caller is permission enough.
        policies.append(iam_evaluator.parse_policy_document(_ALLOW_ALL))
    decision = iam_evaluator.evaluate(context, policies, *caller.limits).decision
    if decision == "Deny":
        raise _build_refusal(request, action, because=_describe_deny(caller, context))
    if decision != "Allow" or trusted not in (trust.Result.PRINCIPAL, trust.Result.ACCOUNT):
        raise _build_refusal(request, action)


def _describe_deny(caller: PrincipalInfo, context: EvalContext) -> str:
    """Return the part of AWS's message that names the kind of policy with the deny."""
    by_identity = iam_evaluator.evaluate(context, caller.policies).decision == "Deny"
    kind = "an identity-based policy" if by_identity else "a session policy"
    return f" with an explicit deny in {kind}"


def _build_refusal(request: _Request, action: str, *, because: str = "") -> Refused:
    """Return the error with which AWS refuses the action."""
    message = (
        f"User: {request.caller.arn} is not authorized to perform: {action} "
        f"on resource: {request.role_arn}{because}"
    )
    return Refused("AccessDenied", message, status=403)


def _build_context(request: _Request, role: dict[str, Any], action: str) -> EvalContext:
    """Return what policies can test about this request: the caller, the action and its keys."""
    return EvalContext(
        principal_arn=request.caller.arn,
        principal_type=request.caller.type,
        principal_account=request.caller.account,
        principal_keys=request.caller.keys,
        action=action,
        resource_arn=request.role_arn,
        region=get_region(),
        # SDKs use TLS with AWS. The local AWS uses plain HTTP.
        secure_transport=True,
        service_context=action_keys.of(
            action,
            parameters=request.parameters,
            tags=request.tags,
            source_identity=request.source_identity,
            role_tags=role.get("Tags") or [],
        ),
    )


def _find_duration(request: _Request, role: dict[str, Any]) -> int:
    """Return the session's duration in seconds. Raise Refused if AWS would not allow it."""
    seconds = int(request.parameters.get("DurationSeconds", "3600"))
    if request.caller.type == "AssumedRole" and seconds > _CHAINED_SECONDS:
        raise Refused(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit "
            "for roles assumed by role chaining.",
        )
    if seconds > role.get("MaxSessionDuration", 3600):
        raise Refused(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )
    return seconds


def _render(session: sessions.Session, source_identity: str | None) -> Response:
    """Return the response with the session's credentials, as XML."""
    echo = f"<SourceIdentity>{escape(source_identity)}</SourceIdentity>" if source_identity else ""
    response: Response = sts._xml(
        200,
        "AssumeRoleResponse",
        "<AssumeRoleResult>"
        "<Credentials>"
        f"<AccessKeyId>{session.access_key_id}</AccessKeyId>"
        f"<SecretAccessKey>{session.secret_access_key}</SecretAccessKey>"
        f"<SessionToken>{session.session_token}</SessionToken>"
        f"<Expiration>{session.expiration}</Expiration>"
        "</Credentials>"
        "<AssumedRoleUser>"
        f"<AssumedRoleId>{session.user_id}</AssumedRoleId>"
        f"<Arn>{session.arn}</Arn>"
        "</AssumedRoleUser>"
        f"{echo}"
        "</AssumeRoleResult>",
        ns="sts",
    )
    return response
