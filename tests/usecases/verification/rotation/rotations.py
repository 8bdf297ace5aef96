"""The steps of a rotation for an engagement with two roles."""

from dataclasses import dataclass

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement, UsedExternalId
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import SCHEDULE
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.usecases.recording import SystemActor
from chalicelib.usecases.verification.verify import advance_rotation, begin_rotation, check_role
from tests.builders import (
    EXTERNAL_ID,
    ROLE_ARN,
    Scene,
    a_grant,
    a_role,
    a_scene,
    a_verification,
    an_override,
)
from tests.fakes import FakeRole, World

DEPLOY_ARN = "arn:aws:iam::987654321098:role/Deploy"
ARNS = {"readonly": ROLE_ARN, "deploy": DEPLOY_ARN}
BY = SystemActor(SCHEDULE)
BOTH = frozenset({"readonly", "deploy"})


@dataclass(frozen=True, slots=True)
class Rotation:
    """A rotation, with one method for each step."""

    scene: Scene

    @property
    def engagement(self) -> Engagement:
        return self.scene.engagement

    @property
    def world(self) -> World:
        return self.scene.world

    def advance(self) -> Engagement:
        return advance_rotation(self.scene.ports, BY, "acme-prod")

    @property
    def next(self) -> str:
        return self.engagement.next_external_id

    @property
    def tombstones(self) -> set[str]:
        kept = self.scene.find(UsedExternalId, where=lambda t: t.engagement == "acme-prod")
        return {tombstone.external_id for tombstone in kept}

    def begin(self) -> str:
        """Let the lead begin the rotation. Return the next external ID."""
        self.scene.do(begin_rotation, "acme-prod", why="once a year")
        return self.next

    def role(self, name: str = "readonly") -> Role:
        return self.scene.get(Role, "acme-prod", name)

    def trust(self, name: str = "readonly") -> FakeRole:
        return self.scene.world.roles[ARNS[name]]

    def client_adopts(self, *names: str) -> None:
        """Let the client give these roles, or all, the requested trust policy."""
        first, *rest = self.engagement.external_ids
        for name in names or ARNS:
            if ARNS[name] in self.scene.world.roles:
                self.trust(name).external_id = first
                self.trust(name).second_external_id = rest[0] if rest else ""

    def check(self, name: str = "readonly") -> None:
        self.scene.do(check_role, "acme-prod", name)

    def vends(self, name: str = "readonly") -> Reason | None:
        """Return the reason why alice gets no session, if she gets none."""
        try:
            self.scene.vend(request=SessionRequest(role=name))
        except DaypassError as refusal:
            return refusal.reason
        return None

    def all_are_vended_from(self) -> bool:
        return [self.vends(name) for name in ARNS] == [None, None]


def a_rotation() -> Rotation:
    """Return two verified roles, and no rotation begun."""
    scene = a_scene(
        a_role("deploy", arn=DEPLOY_ARN, verification=a_verification(role_arn=DEPLOY_ARN)),
        a_grant("alice", roles=BOTH),
        UsedExternalId(external_id=EXTERNAL_ID, engagement="acme-prod"),
    )
    scene.world.roles[DEPLOY_ARN] = FakeRole(EXTERNAL_ID)
    return Rotation(scene)


def adopted_rotation() -> Rotation:
    """Return a rotation whose roles accept both external IDs."""
    rotation = a_rotation()
    rotation.begin()
    rotation.client_adopts()
    return rotation


def promoted_rotation() -> Rotation:
    """Return a rotation with the next ID promoted; the roles still accept both."""
    rotation = adopted_rotation()
    rotation.check()
    return rotation


def unproven(rotation: Rotation, name: str = "deploy") -> Role:
    role = rotation.role(name)
    new = replace(role, verification=None, version=role.version + 1)
    rotation.world.add(new)
    return new


def overridden(rotation: Rotation) -> None:
    override = an_override(role_arn=DEPLOY_ARN)
    rotation.world.add(replace(unproven(rotation), override=override))


def begun_rotation() -> Rotation:
    rotation = a_rotation()
    rotation.begin()
    return rotation


def readopted_rotation() -> Rotation:
    """Return a promoted rotation whose roles accept only the current ID."""
    rotation = promoted_rotation()
    rotation.client_adopts()
    return rotation
