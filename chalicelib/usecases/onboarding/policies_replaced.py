"""Record the client's statement that new trust policies are in place, and check the roles."""

from __future__ import annotations

from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import CLIENT, Action, Operation
from chalicelib.usecases.engagements.engagements import roles_in_use
from chalicelib.usecases.onboarding.client_page import check_by_client
from chalicelib.usecases.onboarding.links import open_link
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Unattended, change


def policies_replaced(ports: Ports, link: str, until: str, *, address: str) -> None:
    """Record the client's statement that the trust policies end then, which no check can see before
    the former end has passed. Then check every role.

    `until` is the end that the page showed, in seconds since 1970: the engagement may have been
    renewed again since. Raises what `check_by_client` raises, but for a check just before.
    """
    found, place = open_link(ports, link)
    if not until:
        raise NotFound(Reason.NO_SUCH_PAGE)
    by = Unattended(CLIENT, standing=(found,), token_id=found.id, address=address)
    roles = [role for role in roles_in_use(ports, place.id) if role.needs_policy_update]
    ends = {str(int(end.timestamp())): end for role in roles for end in role.asked_ends}
    end = ends.get(until)
    replaced = [] if end is None else [role.policy_replaced(end) for role in roles]
    replaced = [new for new, old in zip(replaced, roles, strict=False) if new is not old]
    if end is not None and replaced:
        names = " ".join(role.name for role in replaced)
        operation = Operation(
            action=Action.ROLE_POLICY_REPLACED,
            engagement=place.id,
            details={"roles": names, "until": rfc3339(end)},
        )
        change(ports, by, operation, replaced)
    try:
        check_by_client(ports, link, address=address)
    except Conflict as error:
        if not replaced or error.reason is not Reason.CHECKED_JUST_NOW:
            raise
