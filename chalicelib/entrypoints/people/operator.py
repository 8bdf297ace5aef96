"""Define the Lambda functions with which the operator creates or recovers a lead.

They are not routes of the API. Only IAM permissions in the deployment's AWS account decide who can
invoke them. `docs/operations.md` has the commands.
"""

from __future__ import annotations

from typing import Any

from chalicelib import bootstrap
from chalicelib.domain.identifiers import MemberId
from chalicelib.domain.text import PersonName
from chalicelib.domain.values import Request, sent_fields
from chalicelib.entrypoints.http.framework import Blueprint
from chalicelib.entrypoints.http.jobs import run_operation
from chalicelib.usecases.people import operator

blueprint = Blueprint(__name__)


class LeadRequest(Request):
    """An operator's request about the lead with this ID."""

    id: MemberId


class LostLead(LeadRequest):
    """A request to recover a lead."""

    lost: bool = False
    """True if the leads have lost all their tokens. Daypass then revokes every lead's tokens."""
    others: operator.OtherLeads = operator.OtherLeads.KEEP
    """Keep or suspend every other lead."""


class NewLead(LeadRequest):
    """A request to create the first lead."""

    name: PersonName


@blueprint.lambda_function(name="first_lead")
def first_lead(event: Any, context: Any) -> dict[str, Any]:
    """Create the first lead, and return their enrolment code.

    Refuse if Daypass has a lead or ever had one.
    """

    def create_lead(request: NewLead) -> dict[str, Any]:
        new = operator.create_first_lead(bootstrap.ports(), **sent_fields(request))
        return {"member": new.enrolment.member, "code": new.code}

    return run_operation(NewLead, event, context, create_lead)


@blueprint.lambda_function(name="recover_lead")
def recover_lead(event: Any, context: Any) -> dict[str, Any]:
    """Make a member who is or was a lead an active lead again, and return an enrolment code for
    them.

    Refuse while an active lead has a working token, unless the event sets `lost` or suspends the
    other leads.
    """

    def reinstate_lead(request: LostLead) -> dict[str, Any]:
        lead = operator.recover_lead(bootstrap.ports(), **sent_fields(request))
        changes = {"reinstated": lead.reinstated, "suspended": list(lead.suspended)}
        return {"member": lead.enrolment.member, "code": lead.code} | changes

    return run_operation(LostLead, event, context, reinstate_lead)
