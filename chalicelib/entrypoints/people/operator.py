"""Plain Lambda functions, not routes, for whoever operates the deployment: who may invoke them is
the AWS account's own business. `docs/operations.md` has the commands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalice.app import Blueprint

from chalicelib import bootstrap
from chalicelib.domain.identifiers import MemberId
from chalicelib.domain.text import PersonName
from chalicelib.domain.things import Request, sent
from chalicelib.entrypoints.http.operations import run_operation
from chalicelib.usecases.people import operator
from chalicelib.usecases.people.codes import NewEnrolment

blueprint = Blueprint(__name__)


class OneLead(Request, frozen=True, kw_only=True):
    id: MemberId


class LostLead(OneLead, frozen=True, kw_only=True):
    lost: bool = False
    """Every token that a lead has is lost: revoke them all."""


class NewLead(OneLead, frozen=True, kw_only=True):
    name: PersonName


@blueprint.lambda_function(name="first_lead")
def first_lead(event: Any, context: Any) -> dict[str, Any]:
    """Answers with the first lead's enrolment code, once. Refused once there is or was a lead."""
    return _answer(operator.make_first_lead, NewLead, event, context)


@blueprint.lambda_function(name="recover_lead")
def recover_lead(event: Any, context: Any) -> dict[str, Any]:
    """Answers with an enrolment code for an active lead, when no lead has a token that works."""
    return _answer(operator.recover_lead, LostLead, event, context)


def _answer(
    action: Callable[..., NewEnrolment], kind: type[Request], event: Any, context: Any
) -> dict[str, Any]:
    def make(asked: Request) -> dict[str, Any]:
        made = action(bootstrap.ports(), **sent(asked))
        return {"member": made.enrolment.member, "code": made.code}

    return run_operation(kind, event, context, make)
