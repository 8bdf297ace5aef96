"""A firm whose members sign in to the console at their identity provider."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import Scene, a_scene
from tests.entrypoints.driver import Api, Response
from tests.entrypoints.matrix import ask
from tests.entrypoints.valid import BIND, BODIES
from tests.entrypoints.web.browser import Browser
from tests.entrypoints.web.provider.returning import begin, come_back, state_of
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


@pytest.fixture
def sign_in(providers: FakeProviders) -> Callable[..., Response]:
    """Return a function that signs in at the provider, which then claims this."""

    def sign_in(browser: Browser, claimed: dict[str, Any] | None = None, **more: str) -> Response:
        state = state_of(begin(browser, **more))
        providers.codes["the-code"] = claimed or {}
        return come_back(browser, state)

    return sign_in
