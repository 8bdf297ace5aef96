"""A scene in which acme-prod has a role with the trust policy that Daypass asked for."""

import json
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import ChangeEngagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.requests import GrantsToRenew, Renewal, RenewEngagement
from chalicelib.domain.onboarding.role_setup import TemplateFormat
from chalicelib.domain.verification.proof import Result
from chalicelib.domain.verification.report import Report
from chalicelib.usecases.engagements.engagements import change_engagement
from chalicelib.usecases.onboarding.client_setup import build_client_setup, build_last_report
from chalicelib.usecases.onboarding.renew import renew_engagement
from chalicelib.usecases.verification.verify import verify_role
from tests.builders import AFTER, ROLE_ARN, Scene, a_link, a_scene

DAY = timedelta(days=1)
LATER = AFTER + 30 * DAY
LATEST = AFTER + 60 * DAY


def a_set_up_scene(**role: Any) -> Scene:
    """Return a scene after the client has created the role, and a check has passed."""
    scene = a_scene(a_link(expires_at=LATEST))
    scene.add(replace(the_role(scene), **({"requested_ends": (AFTER,)} | role)))
    client_updates(scene)
    scene.do(verify_role, "acme-prod", "readonly")
    return scene


def the_role(scene: Scene) -> Role:
    return scene.get(Role, "acme-prod", "readonly")


def client_updates(scene: Scene) -> None:
    """The client applies the trust policy that Daypass asks for now."""
    setup = build_client_setup(scene.ports, "acme-prod", "readonly", format=TemplateFormat.JSON)
    scene.world.roles[ROLE_ARN].trust = json.loads(setup.files[0].text)


def renew(
    scene: Scene,
    ends_at: datetime = LATER,
    grants: GrantsToRenew = GrantsToRenew.ENDED_WITH_IT,
    **more: Any,
) -> Renewal:
    request = RenewEngagement(ends_at=ends_at, grants=grants, why="six weeks more", **more)
    return scene.do(renew_engagement, "acme-prod", request)


def change_end(scene: Scene, ends_at: datetime) -> None:
    scene.do(change_engagement, "acme-prod", ChangeEngagement(ends_at=ends_at))


def check(scene: Scene) -> Report:
    """Check the role as a lead, and return the report."""
    scene.do(verify_role, "acme-prod", "readonly")
    return build_last_report(scene.ports, "acme-prod", "readonly")


def failed(report: Report) -> list[str]:
    return [line.check.value for line in report.lines if line.result is Result.FAILED]
