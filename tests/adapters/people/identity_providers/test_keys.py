"""How long a provider's keys are kept, and how often it is asked for them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from chalicelib.adapters.people.identity_providers import keys as fetching
from chalicelib.adapters.people.identity_providers.keys import Keys, NotFetched, fetch
from tests.adapters.people.identity_providers.provider import IdentityProvider, send, trickle
from tests.fakes import NOON

ISSUER = "https://login.example.com/firm"


class Place:
    """A provider that lists what it is told to, and can be down."""

    def __init__(self) -> None:
        self.kids = ["one"]
        self.is_down = False
        self.asked = 0
        self.takes = 0.0

    def __call__(self, url: str) -> dict[str, Any]:
        if url.endswith("/.well-known/openid-configuration"):
            self.asked += 1
            time.sleep(self.takes)
            if self.is_down:
                raise NotFetched("down")
            return {"issuer": ISSUER, "jwks_uri": "https://keys.example.com"}
        return {"keys": [{"kid": kid, "kty": "RSA"} for kid in self.kids]}


def after(**later: float) -> datetime:
    return NOON + timedelta(**later)


def found(keys: Keys, kid: str, now: datetime) -> bool | None:
    """Whether there is such a key; None where that cannot be known."""
    try:
        return keys.find(kid, now) is not None
    except NotFetched:
        return None


def story(*steps: tuple[Callable[[Place], None] | None, str, datetime, bool | None, int]) -> None:
    value = Place()
    keys = Keys(ISSUER, value)
    for number, (before, kid, now, there, request) in enumerate(steps):
        if before is not None:
            before(value)
        assert (found(keys, kid, now), value.asked) == (there, request), f"step {number}"


def goes_down(place: Place) -> None:
    place.is_down = True


def comes_back(place: Place) -> None:
    place.is_down = False


def rotates(place: Place) -> None:
    place.kids = ["two"]


def test_a_provider_is_asked_once_an_hour() -> None:
    story(
        (None, "one", NOON, True, 1),
        (None, "one", after(minutes=59, seconds=59), True, 1),
        (None, "one", after(minutes=60), True, 2),
    )


def test_a_key_that_was_withdrawn_is_good_for_an_hour_at_most() -> None:
    story(
        (None, "one", NOON, True, 1),
        (rotates, "one", after(minutes=59), True, 1),
        (None, "one", after(minutes=60), False, 2),
    )


def test_a_new_key_is_found_at_once_and_the_old_one_is_gone_then() -> None:
    story(
        (None, "one", NOON, True, 1),
        (rotates, "two", after(minutes=5), True, 2),
        (None, "one", after(minutes=5, seconds=1), False, 2),
    )


def test_made_up_keys_ask_a_provider_twice_a_minute_at_most() -> None:
    story(
        (None, "one", NOON, True, 1),
        (None, "x", after(seconds=29), False, 1),
        (None, "x", after(seconds=30), False, 2),
        (None, "y", after(seconds=59), False, 2),
        (None, "one", after(seconds=59), True, 2),
        (None, "z", after(seconds=60), False, 3),
    )


def test_a_provider_that_is_down_is_believed_by_its_last_keys_for_six_hours() -> None:
    story(
        (None, "one", NOON, True, 1),
        (goes_down, "one", after(hours=2), True, 2),
        (None, "one", after(hours=2, seconds=29), True, 2),
        (None, "two", after(hours=2, seconds=30), False, 3),
        (None, "one", after(hours=5, minutes=59, seconds=59), True, 4),
        (None, "one", after(hours=6), None, 4),
        (None, "one", after(hours=6, seconds=29), None, 5),
        (comes_back, "one", after(hours=6, seconds=58), None, 5),
        (None, "one", after(hours=6, seconds=59), True, 6),
    )


def test_one_that_was_never_reached_is_asked_again_in_half_a_minute() -> None:
    story(
        (goes_down, "one", NOON, None, 1),
        (comes_back, "one", after(seconds=29), None, 1),
        (None, "one", after(seconds=30), True, 2),
    )


def test_why_a_providers_keys_are_not_known_is_said() -> None:
    value = Place()
    value.is_down = True
    keys = Keys(ISSUER, value)
    for now in (NOON, after(seconds=1)):
        with pytest.raises(NotFetched, match=r"^down$"):
            keys.find("one", now)


@pytest.mark.parametrize(
    ("about", "listed", "says"),
    [
        ({}, {}, "a configuration of another issuer"),
        ({"issuer": ISSUER}, {}, "a configuration of another issuer"),
        ({"issuer": ISSUER, "jwks_uri": "k"}, {"keys": {}}, "an invalid list of keys"),
    ],
)
def test_what_is_wrong_with_what_it_publishes_is_said(
    about: dict[str, Any], listed: dict[str, Any], says: str
) -> None:
    keys = Keys(ISSUER, lambda url: about if "well-known" in url else listed)
    with pytest.raises(NotFetched, match=f"^{says}$"):
        keys.find("one", NOON)


def test_of_many_at_once_one_asks() -> None:
    value = Place()
    value.takes = 0.05
    keys, there = Keys(ISSUER, value), []
    threads = [
        threading.Thread(target=lambda: there.append(found(keys, "one", NOON))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (there, value.asked) == ([True] * 8, 1)


def test_an_issuer_that_ends_with_a_slash_has_its_configuration_below_it() -> None:
    items = []

    def answers(url: str) -> dict[str, Any]:
        items.append(url)
        return {"issuer": "https://firm.example.com/", "jwks_uri": "https://k", "keys": []}

    assert found(Keys("https://firm.example.com/", answers), "one", NOON) is False
    assert items == ["https://firm.example.com/.well-known/openid-configuration", "https://k"]


def asking() -> list[threading.Thread]:
    """Our threads that wait for a provider."""
    return [item for item in threading.enumerate() if item.name.startswith("provider")]


def test_whoever_trickles_is_not_waited_for(
    provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is whoever says nothing; and neither keeps a thread of ours for longer."""
    provider.answers |= {"/slow": trickle, "/mute": lambda _: time.sleep(10)}
    monkeypatch.setattr(fetching, "SECONDS", 0.5)
    began = time.monotonic()
    for path in ("/slow", "/mute"):
        with pytest.raises(
            NotFetched, match=r"TimeoutError|a response that is too long or too slow"
        ):
            fetch(provider.url + path, provider.trusting)
    assert asking()
    while asking():
        time.sleep(0.05)
        assert time.monotonic() - began < 5


def test_nor_is_whoever_trickles_before_there_is_an_answer(
    provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def headers(asked: BaseHTTPRequestHandler) -> None:
        asked.wfile.write(b"HTTP/1.0 200 OK\r\nX-Long: ")
        for _ in range(30):
            asked.wfile.write(b"a")
            asked.wfile.flush()
            time.sleep(0.1)

    provider.answers["/slow"] = headers
    monkeypatch.setattr(fetching, "SECONDS", 0.5)
    began = time.monotonic()
    with pytest.raises(NotFetched, match=r"^TimeoutError$"):
        fetch(provider.url + "/slow", provider.trusting)
    assert time.monotonic() - began < 2


def test_an_answer_is_as_long_as_it_may_be_and_no_longer(
    provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.pages["/one"] = {"some": "thing"}
    for most, fits in ((17, True), (16, False)):
        monkeypatch.setattr(fetching, "LARGEST", most)
        if fits:
            assert fetch(provider.url + "/one", provider.trusting) == {"some": "thing"}
        else:
            with pytest.raises(NotFetched, match=r"^a response that is too long or too slow$"):
                fetch(provider.url + "/one", provider.trusting)


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"{}", 404, "a response with the status 404"),
        (b"[]", 200, "a response that is not a JSON object"),
        (b"<html>", 200, "JSONDecodeError"),
    ],
)
def test_what_is_wrong_with_an_answer_is_said(
    provider: IdentityProvider, body: bytes, status: int, says: str
) -> None:
    provider.answers["/one"] = lambda asked: send(asked, body, status)
    with pytest.raises(NotFetched, match=f"^{says}$"):
        fetch(provider.url + "/one", provider.trusting)


def test_json_is_asked_for(provider: IdentityProvider) -> None:
    provider.answers["/one"] = lambda asked: send(
        asked, json.dumps({"accepts": asked.headers["Accept"]}).encode()
    )
    assert fetch(provider.url + "/one", provider.trusting) == {"accepts": "application/json"}


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "file:///etc/passwd", "ftp://a/b", ""])
def test_nothing_is_fetched_but_over_tls(url: str) -> None:
    with pytest.raises(NotFetched, match=r"^an address that is not https$"):
        fetch(url)


def test_nobody_listening_is_an_answer_too() -> None:
    with pytest.raises(NotFetched):
        fetch("https://127.0.0.1:1/keys")
