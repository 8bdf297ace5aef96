"""The caching of a provider's keys: how long they are kept, and how often they are fetched."""

import json
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from chalicelib.adapters.people.identity_providers import keys as fetching
from chalicelib.adapters.people.identity_providers.keys import Keys, NotFetched, fetch
from tests.adapters.people.identity_providers.provider import send, trickle
from tests.fakes import NOON
from tests.rows import every

ISSUER = "https://login.example.com/firm"


class ScriptedProvider:
    """A provider with scripted keys, which can be down."""

    def __init__(self):
        self.kids = ["one"]
        self.is_down = False
        self.requests = 0
        self.seconds = 0.0

    def __call__(self, url):
        if url.endswith("/.well-known/openid-configuration"):
            self.requests += 1
            time.sleep(self.seconds)
            if self.is_down:
                raise NotFetched("down")
            return {"issuer": ISSUER, "jwks_uri": "https://keys.example.com"}
        return {"keys": [{"kid": kid, "kty": "RSA"} for kid in self.kids]}


def after(**later):
    return NOON + timedelta(**later)


def has_key(keys, kid, now):
    """Return whether the key exists, or None if the keys cannot be fetched."""
    try:
        return keys.find(kid, now) is not None
    except NotFetched:
        return None


def goes_down(provider):
    provider.is_down = True


def comes_back(provider):
    provider.is_down = False


def rotates(provider):
    provider.kids = ["two"]


# What happens to the provider, the key that is looked up and when, whether it exists (None if the
# keys cannot be fetched), and how often the provider was asked until then.
Step = tuple[Callable[[ScriptedProvider], None] | None, str, datetime, bool | None, int]
STORIES = {
    "keys are fetched once an hour": [
        (None, "one", NOON, True, 1),
        (None, "one", after(minutes=59, seconds=59), True, 1),
        (None, "one", after(minutes=60), True, 2),
    ],
    "a revoked key is accepted for an hour at most": [
        (None, "one", NOON, True, 1),
        (rotates, "one", after(minutes=59), True, 1),
        (None, "one", after(minutes=60), False, 2),
    ],
    "a new key is found at once and removes the old one": [
        (None, "one", NOON, True, 1),
        (rotates, "two", after(minutes=5), True, 2),
        (None, "one", after(minutes=5, seconds=1), False, 2),
    ],
    "unknown keys cause two fetches a minute at most": [
        (None, "one", NOON, True, 1),
        (None, "x", after(seconds=29), False, 1),
        (None, "x", after(seconds=30), False, 2),
        (None, "y", after(seconds=59), False, 2),
        (None, "one", after(seconds=59), True, 2),
        (None, "z", after(seconds=60), False, 3),
    ],
    "the last keys of a provider that is down are used for six hours": [
        (None, "one", NOON, True, 1),
        (goes_down, "one", after(hours=2), True, 2),
        (None, "one", after(hours=2, seconds=29), True, 2),
        (None, "two", after(hours=2, seconds=30), False, 3),
        (None, "one", after(hours=5, minutes=59, seconds=59), True, 4),
        (None, "one", after(hours=6), None, 4),
        (None, "one", after(hours=6, seconds=29), None, 5),
        (comes_back, "one", after(hours=6, seconds=58), None, 5),
        (None, "one", after(hours=6, seconds=59), True, 6),
    ],
    "a provider that was never reached is retried after half a minute": [
        (goes_down, "one", NOON, None, 1),
        (comes_back, "one", after(seconds=29), None, 1),
        (None, "one", after(seconds=30), True, 2),
    ],
}


@every("story", STORIES)
def test_how_long_keys_are_kept_and_how_often_they_are_fetched(story):
    scripted = ScriptedProvider()
    keys = Keys(ISSUER, scripted)
    for number, (before, kid, now, there, request) in enumerate(STORIES[story]):
        if before is not None:
            before(scripted)
        assert (has_key(keys, kid, now), scripted.requests) == (there, request), f"step {number}"


def test_the_error_says_why_keys_are_unavailable():
    scripted = ScriptedProvider()
    scripted.is_down = True
    keys = Keys(ISSUER, scripted)
    for now in (NOON, after(seconds=1)):
        with pytest.raises(NotFetched, match=r"^down$"):
            keys.find("one", now)


@every(
    "about, listed, message",
    [
        ({}, {}, "a configuration of another issuer"),
        ({"issuer": ISSUER}, {}, "a configuration without keys"),
        ({"issuer": ISSUER, "jwks_uri": "k"}, {"keys": {}}, "an invalid list of keys"),
    ],
)
def test_the_error_says_which_document_is_invalid(about, listed, message):
    keys = Keys(ISSUER, lambda url: about if "well-known" in url else listed)
    with pytest.raises(NotFetched, match=f"^{message}$"):
        keys.find("one", NOON)


def test_concurrent_lookups_fetch_once():
    scripted = ScriptedProvider()
    scripted.seconds = 0.05
    keys, there = Keys(ISSUER, scripted), []
    threads = [
        threading.Thread(target=lambda: there.append(has_key(keys, "one", NOON))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (there, scripted.requests) == ([True] * 8, 1)


def test_an_issuer_that_ends_with_a_slash_has_its_configuration_below_it():
    items = []

    def answers(url):
        items.append(url)
        return {"issuer": "https://firm.example.com/", "jwks_uri": "https://k", "keys": []}

    assert has_key(Keys("https://firm.example.com/", answers), "one", NOON) is False
    assert items == ["https://firm.example.com/.well-known/openid-configuration", "https://k"]


def fetch_from(provider, path="/one"):
    return fetch(provider.url + path, tls_context=provider.trusting)


def fetching_threads():
    """Return Daypass's threads that wait for a provider."""
    return [item for item in threading.enumerate() if item.name.startswith("provider")]


def test_a_response_that_trickles_times_out(provider, monkeypatch):
    """A silent server times out too. Neither keeps a thread of Daypass's for longer."""
    provider.answers |= {"/slow": trickle, "/mute": lambda _: time.sleep(10)}
    monkeypatch.setattr(fetching, "TIMEOUT_SECONDS", 0.2)
    began = time.monotonic()
    for path in ("/slow", "/mute"):
        with pytest.raises(
            NotFetched, match=r"TimeoutError|a response that is too long or too slow"
        ):
            fetch_from(provider, path)
    assert fetching_threads()
    while fetching_threads():
        time.sleep(0.05)
        assert time.monotonic() - began < 5


def test_headers_that_trickle_time_out(provider, monkeypatch):
    def headers(request):
        request.wfile.write(b"HTTP/1.0 200 OK\r\nX-Long: ")
        for _ in range(6):
            request.wfile.write(b"a")
            request.wfile.flush()
            time.sleep(0.1)

    provider.answers["/slow"] = headers
    monkeypatch.setattr(fetching, "TIMEOUT_SECONDS", 0.2)
    began = time.monotonic()
    with pytest.raises(NotFetched, match=r"^TimeoutError$"):
        fetch_from(provider, "/slow")
    assert time.monotonic() - began < 2


def test_a_response_longer_than_the_limit_is_refused(provider, monkeypatch):
    provider.pages["/one"] = {"some": "thing"}
    monkeypatch.setattr(fetching, "MAX_RESPONSE_BYTES", 17)
    assert fetch_from(provider) == {"some": "thing"}
    monkeypatch.setattr(fetching, "MAX_RESPONSE_BYTES", 16)
    with pytest.raises(NotFetched, match=r"^a response that is too long or too slow$"):
        fetch_from(provider)


@every(
    "body, status, message",
    [
        (b"{}", 404, "a response with the status 404"),
        (b"[]", 200, "a response that is not a JSON object"),
        (b"<html>", 200, "JSONDecodeError"),
        *((b"{}", status, f"a response with the status {status}") for status in (301, 302, 307)),
    ],
)
def test_the_error_says_why_a_response_is_invalid_and_no_redirect_is_followed(
    provider, body, status, message
):
    elsewhere = provider.url + "/elsewhere"
    provider.answers["/one"] = lambda request: send(request, body, status, Location=elsewhere)
    with pytest.raises(NotFetched, match=f"^{message}$"):
        fetch_from(provider)
    assert set(provider.requests) == {"/one"}


def test_the_request_accepts_json(provider):
    provider.answers["/one"] = lambda request: send(
        request, json.dumps({"accepts": request.headers["Accept"]}).encode()
    )
    assert fetch_from(provider) == {"accepts": "application/json"}


@every("url", ["http://127.0.0.1:1/", "file:///etc/passwd", "ftp://a/b", ""])
def test_only_https_addresses_are_fetched(url):
    with pytest.raises(NotFetched, match=r"^an address that is not https$"):
        fetch(url)


def test_a_refused_connection_or_an_untrusted_certificate_fetches_nothing(provider):
    for url in ("https://127.0.0.1:1/keys", f"{provider.url}/keys"):
        with pytest.raises(NotFetched):
            fetch(url)
    assert provider.requests == []
