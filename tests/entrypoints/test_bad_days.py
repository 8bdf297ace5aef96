"""When something does not answer, or breaks: no credentials, and an answer that says so."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import AwsRefused, FactsChanged, Unavailable
from chalicelib.domain.reasons import Reason
from tests.builders import Scene, a_scene
from tests.entrypoints.driver import Api, Response, served
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import ask, routes, served_by
from tests.entrypoints.valid import VEND
from tests.fakes.roles import CANARY_SECRET_KEY, CANARY_SESSION_TOKEN
from tests.rows import every

SECRET = "a secret in the text of a bug"
LIFT_PAUSE = "POST /v1/engagements/{engagement}/lift-pause"
RENEW = "POST /v1/engagements/{engagement}/renew"
# The calls that may raise FactsChanged, as the ports declare.
MAY_CHANGE = {"change", "save", "apply"}


class Bug(OSError, KeyError, ValueError, RuntimeError):
    """A bug in a port. Code that catches one of these for another purpose catches it too."""


@dataclass(slots=True)
class Spied:
    """A port that counts its calls, and fails one of them, or all from that one on."""

    port: Any
    calls: list[str]
    failing: int | None
    error: Exception | None
    lasts: bool

    def __getattr__(self, name):
        def call(*args, **kwargs):
            self.calls.append(name)
            number = len(self.calls) - 1
            fails = self.failing is not None and (
                number == self.failing or (self.lasts and number > self.failing)
            )
            if isinstance(self.error, FactsChanged):  # no read ever says so
                fails = fails and name in MAY_CHANGE
            if self.error is not None and fails:
                raise self.error
            return getattr(self.port, name)(*args, **kwargs)

        return call


def ask_validly(api, route):
    return ask(api, route, served_by(route))


@dataclass(slots=True)
class Run:
    """One request in a fresh scene, of whose calls to the ports one fails."""

    route: str
    """The route, or what else `visit` takes."""
    failing: int | None = None
    error: Exception | None = None
    lasts: bool = False
    visit: Callable[[Api, str], Response] = ask_validly
    calls: list[str] = field(default_factory=list)
    scene: Scene = field(default_factory=a_scene)

    def answer(self):
        with served(replace(self.scene, ports=self._spied(self.scene.ports))) as api:
            return self.visit(api, self.route)

    def _spied(self, ports):
        def spied(port):
            return Spied(port, self.calls, self.failing, self.error, self.lasts)

        return replace(
            ports, state=spied(ports.state), trail=spied(ports.trail), sts=spied(ports.sts)
        )


@cache
def calls_of(route, visit=ask_validly):
    """The calls that a request makes when all is well."""
    run = Run(route, visit=visit)
    assert run.answer().status < 400
    return run.calls


REVOKE_SESSION = "POST /v1/members/{member}/sessions/{session}/revoke"
LISTS_OF_PARTS = (
    "GET /v1/engagements", "GET /v1/engagements/{engagement}", "GET /v1/members", "GET /v1/review",
)  # fmt: skip
PARTS_UNREAD = re.compile('"state":"unknown"|"has_open_code":null|"last_use":"unknown"')
"""Answers that say which part of them could not be read."""
BUG_ROUTES = (VEND, "GET /v1/members", "POST /v1/engagements", REVOKE_SESSION)
"""A vend, a list, a change and a revocation. One function answers for a bug in any route."""


def steps(names, visit=ask_validly):
    """Yield the route with the number of each call that its request makes."""
    for route in names:
        for number in range(len(calls_of(route, visit))):
            yield route, number


def test_a_vend_makes_five_calls():
    assert calls_of(VEND) == ["access_facts", "record", "issue", "access_facts", "put_outcome"]


def requests_a_cut_off(route, number):
    """Return whether this call requests the cut-off of the one session that the scene has.

    The session is revoked by then. Whatever goes wrong, the response says so, and that a cut-off is
    missing.
    """
    return route == REVOKE_SESSION and number > calls_of(route).index("put_end")


def holds_already(route, number):
    """Return whether this call comes after the stop is stored, applied to the item or not. Or after
    a freeze, or a change of it, is stored and on the trail."""
    calls = calls_of(route)
    if route in ("POST /v1/freeze", "POST /v1/thaw", LIFT_PAUSE):
        return number > calls.index("record")
    if requests_a_cut_off(route, number):
        return True
    return "apply" in calls and number >= calls.index("apply")


PREVIEW = "POST /v1/previews/{name}"


def is_acknowledged(route, number):
    """Return whether the revocation is acknowledged although the call fails.

    It is, even if Daypass cannot read the changes of a suspended lead. A token's revocation is not,
    because its Slack bindings are revoked after it, and that is stored last. A preview names the
    parts that it could not read.
    """
    if route == PREVIEW:
        return number > 0
    is_last = number == len(calls_of(route)) - 1
    return holds_already(route, number) and ("tokens" not in route or is_last)


@every("route, number", lambda: (s for s in steps(routes()) if not is_acknowledged(*s)))
def test_an_unavailable_port_yields_no_credentials(route, number):
    run = Run(route, number, Unavailable(Reason.RECORDS_UNAVAILABLE), lasts=True)
    answer = run.answer()

    check(route, answer)
    if route in LISTS_OF_PARTS and answer.status == 200:
        assert PARTS_UNREAD.search(answer.text)
        return
    assert (answer.status, answer.reason) == (503, "records-unavailable")
    assert answer.headers["Retry-After"] == "2"
    assert not _holds_credentials(answer)


@pytest.mark.parametrize("route", BUG_ROUTES)
def test_a_bug_reveals_nothing_in_the_response(route, output):
    for _, number in steps([route]):
        if not requests_a_cut_off(route, number):
            output.clear()
            _check_bug(route, number, output)


def _check_bug(route, number, output):
    answer = Run(route, number, Bug(SECRET)).answer()

    check(route, answer)
    assert (answer.status, answer.reason) == (500, "internal-error")
    assert not _holds_credentials(answer)
    said = [line for line in output.lines() if "message" in line]
    assert [line["message"] for line in said] == ["bug", "request"]
    assert {line["correlation_id"] for line in said} == {answer.headers["X-Request-Id"]}
    assert said[1]["reason"] == "internal-error"
    assert said[0]["error"] == "Bug"
    assert "test_bad_days.py" in said[0]["lines"][-1]
    assert SECRET not in answer.text + output.text
    assert not [line for line in output.metrics() if "Vends" in line]


def changes():
    """Yield the calls that may report changed facts before the change holds."""
    for route, number in steps(routes()):
        if calls_of(route)[number] in MAY_CHANGE and not holds_already(route, number):
            yield route, number


@every("route, number", changes)
def test_facts_that_keep_changing_are_reported_as_such(route, number):
    answer = Run(route, number, FactsChanged(), lasts=True).answer()

    check(route, answer)
    if route == RENEW and "change" in calls_of(route)[:number]:
        # The engagement is renewed by then, and each grant by a change of its own.
        assert [item["member"] for item in answer.json["not_renewed"]] == ["alice"]
        return
    # An import names nothing that a concurrent change can touch but the external ID.
    importing = route == "POST /v1/imports"
    assert answer.status == 409
    assert answer.reason == ("external-id-taken" if importing else "changed-meanwhile")


def test_the_sdks_message_is_in_the_log_and_not_in_the_response(output):
    error = AwsRefused(Reason.ROLE_REFUSED_DAYPASS)
    error.__cause__ = OSError("An error occurred (AccessDenied)\n" + "x" * 5000)
    answer = Run(VEND, 2, error).answer()

    assert "AccessDenied" not in answer.text
    upstream, request = (line for line in output.lines() if "message" in line)
    assert upstream["cause"].startswith("OSError: An error occurred (AccessDenied)\n")
    assert len(upstream["cause"]) == 500
    assert upstream["correlation_id"] == request["correlation_id"] == "request-1"


def _holds_credentials(answer):
    return any(
        secret in answer.text for secret in (CANARY_SECRET_KEY, CANARY_SESSION_TOKEN, "ASIAFAKE")
    )
