"""Stands in for the Lambda service, which hands a function the credentials of its role."""

from __future__ import annotations

from ministack.core.iam_evaluator import EvalContext
from ministack.services import iam

from local.aws.fixes import source_functions
from local.aws.fixes.policies import request_context
from local.aws.fixes.roles import sessions, trust

_LAMBDA = "lambda.amazonaws.com"
_REGION = "us-east-1"


def issue(account: str, role_name: str, function: str) -> dict[str, str] | None:
    """Give an hour of the role's credentials to this function, as a container-credentials document.

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
        region=_REGION,
        secure_transport=True,
        # "Lambda execution role" (AWS Lambda Developer Guide): the account that has the function.
        service_context={"aws:sourceaccount": account},
    )
    if trust.read(role["AssumeRolePolicyDocument"], context) is not trust.Answer.NAMED:
        return None
    source = {source_functions.KEPT_AS: f"arn:aws:lambda:{_REGION}:{account}:function:{function}"}
    session = sessions.issue(role, name=function, seconds=3600, **source)
    return {
        "RoleArn": role["Arn"],
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "Token": session.session_token,
        "Expiration": session.expiration,
    }
