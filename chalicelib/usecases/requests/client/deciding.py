"""Carry out the buttons of the approver's page that decide a request. Only the function
ClientDecision does."""

from __future__ import annotations

from chalicelib.domain.errors import Conflict
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.client_decisions import MINUTE, ClientDecision, Decision
from chalicelib.domain.requests.requests import ApproveRequest
from chalicelib.usecases.ports import KickedFunction, Ports
from chalicelib.usecases.requests.client.links import open_approver_link
from chalicelib.usecases.requests.decide import approve_as_client, deny_as_client


def decide_on_page(ports: Ports, decision: ClientDecision) -> None:
    """Approve, shorten or deny the request as the approver of the decision's link. Raise the errors
    of `approve_on_page` and `deny_on_page`."""
    link, form, address = decision.link, decision.form, decision.address
    if form.decision is Decision.DENY:
        deny_on_page(ports, link, form.request, why=form.words, address=address)
        return
    approval = ApproveRequest(
        duration=form.minutes * MINUTE if form.minutes is not None else None,
        ends_at=form.end,
        reason=form.words,
    )
    approve_on_page(ports, link, form.request, approval, address=address)


def approve_on_page(
    ports: Ports, link_text: str, request: str, approval: ApproveRequest, *, address: str
) -> None:
    """Approve the request as the link's approver. A second press changes nothing.

    Raise NotFound if the link is not valid, and the errors of `approve_as_client`.
    """
    opened = open_approver_link(ports, link_text)
    try:
        approve_as_client(ports, opened.link, opened.approver, request, approval, address=address)
    except Conflict as error:
        if error.reason is not Reason.ALREADY_APPROVED_BY_YOU:
            raise
    ports.kick(KickedFunction.NOTIFY)  # the member waits for the decision


def deny_on_page(ports: Ports, link_text: str, request: str, *, why: str, address: str) -> None:
    """Deny the request as the link's approver. Raise NotFound if the link is not valid, and the
    errors of `deny_as_client`."""
    opened = open_approver_link(ports, link_text)
    deny_as_client(ports, opened.link, opened.approver, request, why=why, address=address)
    ports.kick(KickedFunction.NOTIFY)
