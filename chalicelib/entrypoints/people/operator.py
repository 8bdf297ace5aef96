"""Define Lambda functions (not routes) for the operator of the deployment. IAM permissions of the
AWS account decide who can invoke them. `docs/operations.md` has the commands."""

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


class LeadRequest(Request, frozen=True, kw_only=True):
    id: MemberId


class LostLead(LeadRequest, frozen=True, kw_only=True):
    lost: bool = False
    """True if every token of every lead is lost, so that all of them must be revoked."""
    others: operator.OtherLeads = operator.OtherLeads.KEEP
    """Keep or suspend every other lead."""


class NewLead(LeadRequest, frozen=True, kw_only=True):
    name: PersonName


@blueprint.lambda_function(name="first_lead")
def first_lead(event: Any, context: Any) -> dict[str, Any]:
    """Return the first lead's enrolment code. Refuse if Daypass has or had a lead."""

    def make(request: NewLead) -> dict[str, Any]:
        new = operator.make_first_lead(bootstrap.ports(), **sent_fields(request))
        return {"member": new.enrolment.member, "code": new.code}

    return run_operation(NewLead, event, context, make)


@blueprint.lambda_function(name="recover_lead")
def recover_lead(event: Any, context: Any) -> dict[str, Any]:
    """Return an enrolment code for someone who is or was a lead, and make them a lead again. Refuse
    while another lead has a working token, unless `lost` or `others` says otherwise."""

    def recover(request: LostLead) -> dict[str, Any]:
        lead = operator.recover_lead(bootstrap.ports(), **sent_fields(request))
        done = {"reinstated": lead.reinstated, "suspended": list(lead.suspended)}
        return {"member": lead.enrolment.member, "code": lead.code} | done

    return run_operation(LostLead, event, context, recover)
