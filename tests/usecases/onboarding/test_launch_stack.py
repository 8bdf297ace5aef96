"""The launch button opens the client's console with the role's template filled in."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import NotFound
from chalicelib.domain.onboarding.role_setup import ChangeSetup, PermissionSet
from chalicelib.domain.onboarding.setup.formats.cloudformation import build_role_template
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.onboarding.client_page import create_launch_url
from chalicelib.usecases.onboarding.links import create_link
from chalicelib.usecases.onboarding.role_setup import build_spec_for_role, change_setup
from chalicelib.usecases.ports import Ports
from tests.builders import NOON, Scene, a_role, a_scene, an_asked_for, an_engagement
from tests.fakes.templates import FakeTemplates
from tests.rows import every


def with_bucket(scene: Scene) -> tuple[Ports, FakeTemplates, str]:
    bucket = FakeTemplates()
    ports = replace(scene.ports, templates=bucket)
    return ports, bucket, create_link(ports, scene.caller(), "acme-prod").text


def test_the_console_gets_the_roles_template() -> None:
    scene = a_scene()
    ports, bucket, link = with_bucket(scene)
    url = urlsplit(create_launch_url(ports, link, "readonly"))
    engagement = ports.state.get(Engagement, "acme-prod")
    assert engagement is not None
    assert url.netloc == "eu-central-1.console.aws.amazon.com"
    ((name, text),) = bucket.published.items()
    assert text == build_role_template(build_spec_for_role(ports, engagement, a_role()))
    filled_in = parse_qs(url.fragment.partition("?")[2])
    assert filled_in["stackName"] == ["daypass-ContractorRole"]
    assert urlsplit(filled_in["templateURL"][0]).path == f"/{name}"


def test_each_template_has_its_own_name() -> None:
    scene = a_scene()
    ports, bucket, link = with_bucket(scene)
    create_launch_url(ports, link, "readonly")
    create_launch_url(ports, link, "readonly")
    assert len(bucket.published) == 1
    change_setup(
        ports, scene.caller(), "acme-prod", "readonly", ChangeSetup(max_session_duration=7200)
    )
    create_launch_url(ports, link, "readonly")
    assert len(bucket.published) == 2


@every(
    "wrong, reason",
    [
        ("role", Reason.NO_SUCH_FILE),
        ("ended role", Reason.NO_SUCH_FILE),
        ("existing", Reason.NO_SUCH_FILE),
        ("ended engagement", Reason.NO_SUCH_FILE),
        ("link", Reason.NO_SUCH_PAGE),
        ("no bucket", Reason.LAUNCH_NOT_SET_UP),
    ],
)
def test_an_invalid_launch_is_refused(wrong: str, reason: Reason) -> None:
    scene = a_scene()
    ports, bucket, link = with_bucket(scene)
    role = "readonly"
    match wrong:
        case "role":
            role = "deploy"
        case "ended role":
            scene.world.add(a_role(ended_at=NOON))
        case "existing":
            scene.world.add(an_asked_for(permissions=PermissionSet.AS_THEY_ARE))
        case "ended engagement":
            scene.world.add(an_engagement(revoked_at=NOON))
        case "link":
            link = "b" * 52
        case "no bucket":
            ports = replace(ports, templates=None)
    with pytest.raises(NotFound) as refused:
        create_launch_url(ports, link, role)
    assert refused.value.reason is reason
    assert not bucket.published
