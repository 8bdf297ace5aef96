"""Plain Lambda functions, not routes, for whoever operates the deployment: who may invoke them is
the AWS account's own business. `docs/operations.md` has the commands.
"""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint

from chalicelib import bootstrap
from chalicelib.domain.identifiers import MemberId
from chalicelib.domain.text import PersonName
from chalicelib.domain.values import Request, sent_fields
from chalicelib.entrypoints.http.jobs import run_operation
from chalicelib.usecases.people import operator

blueprint = Blueprint(__name__)


class OneLead(Request, frozen=True, kw_only=True):
    id: MemberId


class LostLead(OneLead, frozen=True, kw_only=True):
    lost: bool = False
    """Every token that a lead has is lost: revoke them all."""
    others: operator.Others = operator.Others.KEEP
    """Whether to suspend every other lead."""


class NewLead(OneLead, frozen=True, kw_only=True):
    name: PersonName


@blueprint.lambda_function(name="first_lead")
def first_lead(event: Any, context: Any) -> dict[str, Any]:
    """Answers with the first lead's enrolment code, once. Refused once there is or was a lead."""

    def make(asked: NewLead) -> dict[str, Any]:
        new = operator.make_first_lead(bootstrap.ports(), **sent_fields(asked))
        return {"member": new.enrolment.member, "code": new.code}

    return run_operation(NewLead, event, context, make)


@blueprint.lambda_function(name="recover_lead")
def recover_lead(event: Any, context: Any) -> dict[str, Any]:
    """Return an enrolment code for someone who leads or has led, and make them a lead again.
    Refuse while another lead has a token that works, unless `lost` or `others` says otherwise."""

    def recover(asked: LostLead) -> dict[str, Any]:
        lead = operator.recover_lead(bootstrap.ports(), **sent_fields(asked))
        done = {"reinstated": lead.reinstated, "suspended": list(lead.suspended)}
        return {"member": lead.enrolment.member, "code": lead.code} | done

    return run_operation(LostLead, event, context, recover)
