"""A firm whose members sign in to the console at their identity provider."""

import pytest
from msgspec.structs import replace

from tests.builders import Scene, a_scene
from tests.entrypoints.driver import Api
from tests.entrypoints.matrix import ask
from tests.entrypoints.valid import BIND, BODIES
from tests.entrypoints.web.browser import Browser
from tests.fakes.providers import PROVIDER, FakeProviders


@pytest.fixture
def providers() -> FakeProviders:
    return FakeProviders(web_issuers=(PROVIDER.issuer,))


@pytest.fixture
def scene(providers: FakeProviders) -> Scene:
    """Return a scene whose firm has a client for the console at its provider."""
    scene = a_scene()
    return replace(scene, ports=replace(scene.ports, identity_providers=providers))


@pytest.fixture
def alice(api: Api) -> Browser:
    """Return Alice's browser. She has registered her identity."""
    assert ask(api, BIND, "nobody", body=BODIES[BIND]).status == 201
    return Browser(api)
