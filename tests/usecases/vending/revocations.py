"""Every way to end a member's access, with its use case."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from chalicelib.domain.engagements.engagements import ChangeEngagement, ChangeGrant
from chalicelib.domain.engagements.roles import ChangeRole, CreateRole
from chalicelib.domain.people.members import ChangeMember, Kind
from chalicelib.usecases.engagements.engagements import (
    change_engagement,
    close_engagement,
    reopen_engagement,
    revoke_engagement,
)
from chalicelib.usecases.engagements.grants import change_grant, revoke_grant
from chalicelib.usecases.engagements.roles import change_role, create_role, end_role
from chalicelib.usecases.engagements.several import leave, revoke_client
from chalicelib.usecases.people.members import change_member, reinstate_member, revoke_member
from chalicelib.usecases.people.tokens import revoke_token, rotate_token
from chalicelib.usecases.vending.access_links import revoke_access_link
from chalicelib.usecases.vending.end_session import give_back_session, revoke_session
from chalicelib.usecases.verification.verify import verify_role
from tests.builders import (
    ROLE_ARN,
    Scene,
    a_binding,
    a_role,
    a_scene,
    a_token,
    an_access_link,
    doing,
)
from tests.fakes import NOON

End = Callable[[Scene], Any]
SOON = NOON + timedelta(minutes=10)
OTHER_ARN = "arn:aws:iam::987654321098:role/Other"


def change_of_grant(**changes: Any) -> End:
    return doing(change_grant, "acme-prod", "alice", ChangeGrant(**changes))


def change_of_role(**changes: Any) -> End:
    return doing(change_role, "acme-prod", "readonly", ChangeRole(**changes))


def role_loses_its_proof(scene: Scene) -> None:
    """Let the client open the role to everyone, and the lead's check find it."""
    scene.world.roles[ROLE_ARN].requires_external_id = False
    scene.do(verify_role, "acme-prod", "readonly")


# These list the sessions that may be active.
REVOCATIONS: dict[str, End] = {
    "member suspended": doing(revoke_member, "alice"),
    "token revoked": doing(revoke_token, "alice", a_token().id),
    "grant revoked": doing(revoke_grant, "acme-prod", "alice"),
    "engagement revoked": doing(revoke_engagement, "acme-prod"),
    "engagement closed": doing(close_engagement, "acme-prod"),
    "role ended": doing(end_role, "acme-prod", "readonly"),
}
# These undo them. A grant is created again by each test, on request or not.
UNDONE: dict[str, End] = {
    "member suspended": doing(reinstate_member, "alice"),
    **dict.fromkeys(
        ("engagement revoked", "engagement closed"), doing(reopen_engagement, "acme-prod")
    ),
    "role ended": doing(create_role, "acme-prod", CreateRole(name="readonly", arn=ROLE_ARN)),
}
# These revoke several items in one call.
SEVERAL: dict[str, End] = {
    "client revoked": doing(revoke_client, "acme"),
    "member leaves": doing(leave, "alice"),
}
FIRST_ACTORS_SESSION = (1000).to_bytes(8, "big").hex()
"""The ID of the session that the first actor of an interleaving vends."""
# These end the first actor's session, and nothing else of alice's.
SESSION_ENDS: dict[str, End] = {
    "session given back": doing(give_back_session, FIRST_ACTORS_SESSION, by="alice"),
    "session revoked": doing(revoke_session, "alice", FIRST_ACTORS_SESSION),
}
# These change a grant, role, engagement, token or member, and end access too.
CHANGES: dict[str, End] = {
    "grant cut short": change_of_grant(ends_at=SOON),
    "grant put off": change_of_grant(starts_at=SOON),
    "role taken from the grant": change_of_grant(roles=frozenset({"deploy"})),
    "role put on request": change_of_grant(on_request=frozenset({"readonly"})),
    "engagement cut short": doing(change_engagement, "acme-prod", ChangeEngagement(ends_at=SOON)),
    "role moved": change_of_role(arn=OTHER_ARN),
    "role unproven": role_loses_its_proof,
    "token rotated": doing(rotate_token, by="alice"),
    "member made auditor": doing(change_member, "alice", ChangeMember(kind=Kind.AUDITOR)),
}
# These end access by the link, and nothing else of alice's.
LINK_REVOCATIONS: dict[str, End] = {
    "link revoked by its member": doing(revoke_access_link, an_access_link().hash, by="alice"),
    "link revoked by a lead": doing(revoke_access_link, an_access_link().hash),
    "binding revoked": doing(revoke_token, "alice", a_binding().id),
}
LINK_CHANGES: dict[str, End] = {"role closed to links": change_of_role(allows_links=False)}
_OF_HER_OWN_TOKEN = ("token revoked", "token rotated")
ENDS_BY_LINK = LINK_REVOCATIONS | {
    name: end
    for name, end in (LINK_CHANGES | REVOCATIONS | CHANGES).items()
    if name not in _OF_HER_OWN_TOKEN
}
VEND_STEPS = ["access_facts", "record intended", "issue", "access_facts", "put_outcome issued"]
# Each step with its number among the steps of the same name.
VEND_MOMENTS = [(step, VEND_STEPS[: n + 1].count(step)) for n, step in enumerate(VEND_STEPS)]


def a_scene_with_two_roles() -> Scene:
    return a_scene(a_role("deploy"))
