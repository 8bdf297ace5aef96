"""End the access that a request opened: by a lead, or by its member."""

from __future__ import annotations

from chalicelib.domain.errors import Conflict
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.refusing import require_request
from chalicelib.usecases.vending.approved_grants import revoke_approved_grant


def revoke_request(ports: Ports, by: Caller, request: str, *, why: str) -> Revocation:
    """Revoke the access that the request opened, and return its sessions that may be alive. If it
    was revoked before, return its sessions again. Cut off these sessions, and no others of the
    member.

    Raise NotFound if there is no such request. Raise Conflict if it opened no access, or the access
    is over.
    """
    stored = require_request(ports, by, Action.REQUEST_REVOKE, request)
    return _revoke(ports, by, stored, {"said": why})


def end_own_access(ports: Ports, caller: Caller, request_id: str) -> Revocation:
    """Give back the access that the caller's own request opened, and return its sessions that may
    be alive. Do the same, and raise the same errors, as `revoke_request`."""
    action, member = Action.REQUEST_REVOKE, caller.member.id
    request = require_request(ports, caller, action, request_id, member=member)
    return _revoke(ports, caller, request, {})


def _revoke(
    ports: Ports, by: Caller, request: AccessRequest, details: dict[str, str]
) -> Revocation:
    if not request.number:
        raise Conflict(Reason.NO_OPEN_ACCESS)
    return revoke_approved_grant(ports, by, request.grant_key, request.id, details)
