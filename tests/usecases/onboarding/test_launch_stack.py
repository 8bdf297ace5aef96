"""One click leads to the client's console, with the template of the role filled in."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import NotFound
from chalicelib.domain.onboarding.role_setup import ChangeSetup, PermissionSet
from chalicelib.domain.onboarding.setup.formats.cloudformation import template
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.onboarding.client_page import launch_url
from chalicelib.usecases.onboarding.links import create_link
from chalicelib.usecases.onboarding.role_setup import change_setup, spec_of
from chalicelib.usecases.ports import Ports
from tests.builders import NOON, Scene, a_role, a_scene, an_asked_for, an_engagement
from tests.fakes.templates import FakeTemplates


def launched(scene: Scene) -> tuple[Ports, FakeTemplates, str]:
    bucket = FakeTemplates()
    ports = replace(scene.ports, templates=bucket)
    return ports, bucket, create_link(ports, scene.caller(), "acme-prod").text


def test_the_console_is_given_the_very_template_of_the_role() -> None:
    scene = a_scene()
    ports, bucket, link = launched(scene)
    url = urlsplit(launch_url(ports, link, "readonly"))
    place = ports.state.get(Engagement, "acme-prod")
    assert place is not None
    assert url.netloc == "eu-central-1.console.aws.amazon.com"
    ((name, text),) = bucket.laid.items()
    assert text == template(spec_of(ports, place, a_role()))
    filled_in = parse_qs(url.fragment.partition("?")[2])
    assert filled_in["stackName"] == ["daypass-ContractorRole"]
    assert urlsplit(filled_in["templateURL"][0]).path == f"/{name}"


def test_another_template_lies_elsewhere_and_the_same_one_where_it_was() -> None:
    scene = a_scene()
    ports, bucket, link = launched(scene)
    launch_url(ports, link, "readonly")
    launch_url(ports, link, "readonly")
    assert len(bucket.laid) == 1
    change_setup(
        ports, scene.caller(), "acme-prod", "readonly", ChangeSetup(max_session_duration=7200)
    )
    launch_url(ports, link, "readonly")
    assert len(bucket.laid) == 2


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("role", Reason.NO_SUCH_FILE),
        ("ended", Reason.NO_SUCH_FILE),
        ("there already", Reason.NO_SUCH_FILE),
        ("over", Reason.NO_SUCH_FILE),
        ("link", Reason.NO_SUCH_PAGE),
        ("no bucket", Reason.LAUNCH_NOT_SET_UP),
    ],
)
def test_what_is_not_there_is_not_launched(wrong: str, reason: Reason) -> None:
    scene = a_scene()
    ports, bucket, link = launched(scene)
    role = "readonly"
    match wrong:
        case "role":
            role = "deploy"
        case "ended":
            scene.world.add(a_role(ended_at=NOON))
        case "there already":
            scene.world.add(an_asked_for(permissions=PermissionSet.AS_THEY_ARE))
        case "over":
            scene.world.add(an_engagement(revoked_at=NOON))
        case "link":
            link = "b" * 52
        case "no bucket":
            ports = replace(ports, templates=None)
    with pytest.raises(NotFound) as refused:
        launch_url(ports, link, role)
    assert refused.value.reason is reason
    assert not bucket.laid
