"""Fixtures of the web console's tests: signed-in browsers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.entrypoints.driver import Api
from tests.entrypoints.web.browser import Browser
from tests.entrypoints.web.transcript import Transcript

SignIn = Callable[[str], Browser]


@pytest.fixture
def browser(api: Api) -> Browser:
    """Return a browser that is not signed in."""
    return Browser(api)


@pytest.fixture
def signed_in(api: Api) -> SignIn:
    """Return a function that returns a browser in which the member is signed in."""

    def sign_in(member: str) -> Browser:
        browser = Browser(api)
        browser.sign_in(member)
        return browser

    return sign_in


@pytest.fixture
def console(api: Api) -> Transcript:
    """Return a transcript of what people do in the console."""
    return Transcript(api)
