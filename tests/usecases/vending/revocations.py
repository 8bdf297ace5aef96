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
from tests.builders import ROLE_ARN, Scene, a_binding, a_role, a_scene, a_token, an_access_link
from tests.fakes import NOON

End = Callable[[Scene], Any]
SOON = NOON + timedelta(minutes=10)
OTHER_ARN = "arn:aws:iam::987654321098:role/Other"


def role_loses_its_proof(scene: Scene) -> None:
    """Let the client open the role to everyone, and the lead's check find it."""
    scene.world.roles[ROLE_ARN].requires_external_id = False
    scene.do(verify_role, "acme-prod", "readonly")


# These list the sessions that may be active.
REVOCATIONS: dict[str, End] = {
    "member suspended": lambda s: s.do(revoke_member, "alice"),
    "token revoked": lambda s: s.do(revoke_token, "alice", a_token("alice").id),
    "grant revoked": lambda s: s.do(revoke_grant, "acme-prod", "alice"),
    "engagement revoked": lambda s: s.do(revoke_engagement, "acme-prod"),
    "engagement closed": lambda s: s.do(close_engagement, "acme-prod"),
    "role ended": lambda s: s.do(end_role, "acme-prod", "readonly"),
}
# These undo them. A grant is created again by each test, on request or not.
UNDONE: dict[str, End] = {
    "member suspended": lambda s: s.do(reinstate_member, "alice"),
    "engagement revoked": lambda s: s.do(reopen_engagement, "acme-prod"),
    "engagement closed": lambda s: s.do(reopen_engagement, "acme-prod"),
    "role ended": lambda s: s.do(
        create_role, "acme-prod", CreateRole(name="readonly", arn=ROLE_ARN)
    ),
}
# These revoke several items in one call.
SEVERAL: dict[str, End] = {
    "client revoked": lambda s: s.do(revoke_client, "acme"),
    "member leaves": lambda s: s.do(leave, "alice"),
}
FIRST_ACTORS_SESSION = (1000).to_bytes(8, "big").hex()
"""The ID of the session that the first actor of an interleaving vends."""
# These end the first actor's session, and nothing else of alice's.
SESSION_ENDS: dict[str, End] = {
    "session given back": lambda s: s.do(give_back_session, FIRST_ACTORS_SESSION, by="alice"),
    "session revoked": lambda s: s.do(revoke_session, "alice", FIRST_ACTORS_SESSION),
}
# These change a grant, role, engagement, token or member, and end access too.
CHANGES: dict[str, End] = {
    "grant cut short": lambda s: s.do(
        change_grant, "acme-prod", "alice", ChangeGrant(ends_at=SOON)
    ),
    "grant put off": lambda s: s.do(
        change_grant, "acme-prod", "alice", ChangeGrant(starts_at=SOON)
    ),
    "role taken from the grant": lambda s: s.do(
        change_grant, "acme-prod", "alice", ChangeGrant(roles=frozenset({"deploy"}))
    ),
    "role put on request": lambda s: s.do(
        change_grant, "acme-prod", "alice", ChangeGrant(on_request=frozenset({"readonly"}))
    ),
    "engagement cut short": lambda s: s.do(
        change_engagement, "acme-prod", ChangeEngagement(ends_at=SOON)
    ),
    "role moved": lambda s: s.do(change_role, "acme-prod", "readonly", ChangeRole(arn=OTHER_ARN)),
    "role unproven": role_loses_its_proof,
    "token rotated": lambda s: s.do(rotate_token, by="alice"),
    "member made auditor": lambda s: s.do(change_member, "alice", ChangeMember(kind=Kind.AUDITOR)),
}
# These end access by the link, and nothing else of alice's.
LINK_REVOCATIONS: dict[str, End] = {
    "link revoked by its member": lambda s: s.do(
        revoke_access_link, an_access_link().hash, by="alice"
    ),
    "link revoked by a lead": lambda s: s.do(revoke_access_link, an_access_link().hash),
    "binding revoked": lambda s: s.do(revoke_token, "alice", a_binding("alice").id),
}
LINK_CHANGES: dict[str, End] = {
    "role closed to links": lambda s: s.do(
        change_role, "acme-prod", "readonly", ChangeRole(allows_links=False)
    ),
}
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
