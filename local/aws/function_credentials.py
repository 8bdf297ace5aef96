"""Stands in for the Lambda service, which hands a function the credentials of its role."""

from __future__ import annotations

from ministack.core.iam_evaluator import EvalContext
from ministack.services import iam

from local.aws.mends.policies import request_context
from local.aws.mends.roles import sessions, trust

_LAMBDA = "lambda.amazonaws.com"


def issue(account: str, role_name: str) -> dict[str, str] | None:
    """Give an hour of the role's credentials, as a container-credentials document.

    None if there is no such role, or if it does not trust Lambda.
    """
    role = iam._roles.get_scoped(account, None, role_name)
    if role is None:
        return None
    context = EvalContext(
        principal_arn=_LAMBDA,
        principal_type=request_context.SERVICE,
        principal_account="",
        action="sts:AssumeRole",
        resource_arn=role["Arn"],
        region="us-east-1",
        secure_transport=True,
    )
    if trust.read(role["AssumeRolePolicyDocument"], context) is not trust.Answer.NAMED:
        return None
    session = sessions.issue(role, name="local-function", seconds=3600)
    return {
        "RoleArn": role["Arn"],
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "Token": session.session_token,
        "Expiration": session.expiration,
    }
