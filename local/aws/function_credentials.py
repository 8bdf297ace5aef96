"""Issue the credentials of a function's role, in place of AWS Lambda."""

from __future__ import annotations

from ministack.core.iam_evaluator import EvalContext
from ministack.services import iam

from local.aws.fixes import source_functions
from local.aws.fixes.policies import request_context
from local.aws.fixes.roles import sessions, trust

_LAMBDA = "lambda.amazonaws.com"
_REGION = "us-east-1"


def issue(account: str, role_name: str, function: str) -> dict[str, str] | None:
    """Return credentials of the role for an hour, in the container credentials' JSON format.

    None if the role does not exist, or does not trust Lambda.
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
        # "Lambda execution role" (AWS Lambda Developer Guide): the account of the function.
        service_context={"aws:sourceaccount": account},
    )
    if trust.evaluate(role["AssumeRolePolicyDocument"], context) is not trust.Result.PRINCIPAL:
        return None
    source = {
        source_functions.SESSION_FIELD: f"arn:aws:lambda:{_REGION}:{account}:function:{function}"
    }
    session = sessions.issue(role, name=function, seconds=3600, **source)
    return {
        "RoleArn": role["Arn"],
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "Token": session.session_token,
        "Expiration": session.expiration,
    }
