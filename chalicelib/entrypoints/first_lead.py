"""A plain Lambda function, not a route: makes the first lead. Whoever may invoke it is the
operator, by the AWS account's own permissions.

    aws lambda invoke --function-name <stack>-first_lead --cli-binary-format raw-in-base64-out \\
        --payload '{"id": "lena", "name": "Lena Lead"}' /dev/stdout
"""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint

from chalicelib import bootstrap
from chalicelib.domain.errors import DaypassError, InvalidRequest
from chalicelib.domain.reasons import SENTENCES, Reason
from chalicelib.entrypoints.fields import MEMBER_ID, Fields, Line
from chalicelib.entrypoints.records import report, warn
from chalicelib.usecases.first_lead import make_first_lead

blueprint = Blueprint(__name__)

INPUT = Fields({"id": MEMBER_ID, "name": Line(80, "The lead's name.")}, required=("id", "name"))


@blueprint.lambda_function(name="first_lead")
def first_lead(event: Any, context: Any) -> dict[str, Any]:
    """Answers with the token, once. Refused when a lead exists, or ever did."""
    try:
        if not isinstance(event, dict):
            raise InvalidRequest(Reason.MALFORMED_BODY)
        made = make_first_lead(bootstrap.ports(), **INPUT.parse(event))
    except DaypassError as error:
        if error.__cause__ is not None:
            warn(getattr(context, "aws_request_id", ""), error.__cause__)
        return {"reason": error.reason.value, "detail": error.detail}
    except Exception as bug:  # noqa: BLE001 - Lambda would answer with the bug's text
        report(getattr(context, "aws_request_id", ""), bug)
        return {"reason": Reason.BUG.value, "detail": SENTENCES[Reason.BUG]}
    return {"member": made.token.member, "token": made.text}
