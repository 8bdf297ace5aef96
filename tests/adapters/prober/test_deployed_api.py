"""Asking the deployed API: what is sent, what is made of the answer, and what never leaves it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.adapters.prober import deployed_api
from chalicelib.adapters.prober.deployed_api import DeployedApi
from chalicelib.domain.errors import AccessDenied, Unavailable
from chalicelib.domain.prober.checks import ITSELF, MUST_BE_GIVEN, NOT_MINE, ApiCheck, ApiResponse
from chalicelib.domain.reasons import Reason
from tests.adapters.site import Site
from tests.fakes.roles import CANARY_SECRET_KEY, CANARY_SESSION_TOKEN

TOKEN = "daypass_prober_of_the_prober"


def ask(site: Site, trial: ApiCheck = NOT_MINE, token: str = TOKEN) -> ApiResponse:
    return DeployedApi(site.url + "/api/").ask(trial, token)


def test_a_trial_is_sent_as_it_stands_with_the_token_in_its_header(site: Site) -> None:
    ask(site)
    ((method, path, headers, body),) = site.asked
    assert (method, path) == ("POST", "/api/v1/engagements/prober-other/sessions")
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert headers["content-type"] == headers["accept"] == "application/json"
    assert headers["user-agent"] == "daypass-prober"
    assert json.loads(body) == {"role": "unproven"}
    ask(site, replace(NOT_MINE, method="PATCH"))
    assert site.asked[1][0] == "PATCH"


def test_who_is_nobody_sends_no_token_and_who_reads_no_body(site: Site) -> None:
    ask(site, ITSELF, "")
    ((method, path, headers, body),) = site.asked
    assert (method, path, body) == ("GET", "/api/v1/me", b"")
    assert not headers.keys() & {"authorization", "content-type"}


ARN = "arn:aws:sts::444455556666:assumed-role/Canary/prober.1"
GIVEN = {
    "assumed_role_arn": ARN,
    "credentials": {"secret_access_key": CANARY_SECRET_KEY, "session_token": CANARY_SESSION_TOKEN},
}


def test_of_what_is_given_nothing_is_kept_but_what_is_asked_for_by_name(site: Site) -> None:
    site.says(201, GIVEN, X_Request_Id="request-7")
    told = ask(site, MUST_BE_GIVEN)
    assert told == ApiResponse(status=201, request_id="request-7", kept={"assumed_role_arn": ARN})
    assert ask(site, NOT_MINE) == ApiResponse(status=201, request_id="request-7")
    for secret in (CANARY_SECRET_KEY, CANARY_SESSION_TOKEN):
        assert secret not in repr(told)


AT = {"created_at": "2026-11-24T12:00:00Z"}


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (
            {"member": {"kind": "member"}, "token": AT},
            {"member.kind": "member", "token.created_at": AT["created_at"]},
        ),
        *((told, {}) for told in ([], "text", {"member": "alice"}, {"member": {"kind": 7}})),
    ],
)
def test_a_name_may_be_one_within_another_and_what_is_not_there_is_not_kept(
    site: Site, told: Any, kept: Any
) -> None:
    site.says(200, told)
    assert ask(site, ITSELF).kept == kept


OF_ONE_REQUEST = [
    *("connection", "date", "via", "x-amz-apigw-id", "x-amz-cf-id", "x-amz-cf-pop"),
    *("x-amzn-requestid", "x-amzn-trace-id", "x-cache", "x-request-id"),
]
REFUSAL = {"reason": "not-a-member", "detail": "No.", "status": 403, "request_id": "request-1"}


def test_a_refusal_is_known_by_its_reason_and_its_request(site: Site) -> None:
    site.says(403, REFUSAL, X_Request_Id="another")
    told = ask(site)
    assert (told.status, told.reason, told.request_id) == (403, "not-a-member", "request-1")
    assert told.kept == {}
    site.says(403, {"reason": "not-a-member"}, X_Request_Id="request-2")
    assert ask(site).request_id == "request-2"  # by the header


@pytest.mark.parametrize(("status", "is_refusal"), [(399, False), (400, True)])
def test_a_refusal_is_anything_from_400_on(site: Site, status: int, *, is_refusal: bool) -> None:
    site.says(status, {"reason": "a-reason", "member": {"kind": "member"}})
    told = ask(site, ITSELF)
    assert (told.reason, told.kept) == (
        ("a-reason", {}) if is_refusal else ("", {"member.kind": "member"})
    )


SAME = [
    (dict(reversed(REFUSAL.items())), {}),
    (REFUSAL | {"request_id": "request-2"}, {}),
    *((REFUSAL, {name.replace("-", "_").upper(): "2"}) for name in OF_ONE_REQUEST),
    (REFUSAL, {"CACHE_CONTROL": "no-store"}),
]
OTHERS = [
    (REFUSAL | {"detail": "No, not here."}, {}),
    (REFUSAL | {"more": 1}, {}),
    (REFUSAL | {"status": 404}, {}),
    (REFUSAL, {"Cache_Control": "no-cache"}),
    (REFUSAL, {"Server_Timing": "1"}),
]


@pytest.mark.parametrize(
    ("told", "headers", "alike"),
    [*((*one, True) for one in SAME), *((*one, False) for one in OTHERS)],
)
def test_two_refusals_are_alike_but_for_what_is_of_one_request(
    site: Site, told: Any, headers: dict[str, str], *, alike: bool
) -> None:
    site.says(403, REFUSAL, Cache_Control="no-store")
    one = ask(site)
    known = {} if "CACHE_CONTROL" in headers else {"Cache_Control": "no-store"}
    site.says(403, told, **(known | headers))
    assert (ask(site).shape == one.shape) is alike


def test_the_same_word_in_another_header_is_a_difference(site: Site) -> None:
    shapes = set()
    for name in ("Cache_Control", "Server_Timing"):
        site.says(403, REFUSAL, **{name: "no-store"})
        shapes.add(ask(site).shape)
    assert len(shapes) == 2


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"\xff"])
def test_a_refusal_in_somebody_elses_words_has_no_reason(site: Site, body: bytes) -> None:
    site.status, site.body = 403, body
    assert (ask(site).status, ask(site).reason) == (403, "")


def test_a_token_is_not_taken_along_to_another_address(site: Site) -> None:
    site.says(302, {}, Location=f"{site.url}/elsewhere")
    assert ask(site).status == 302
    assert [path for _, path, _, _ in site.asked] == ["/api/v1/engagements/prober-other/sessions"]


@pytest.mark.parametrize("instead", [b"", b"nonsense\r\n\r\n"])
def test_no_answer_is_an_answer_too(site: Site, instead: bytes) -> None:
    site.instead = instead
    assert ask(site) == ApiResponse()
    assert DeployedApi("http://127.0.0.1:9").ask(NOT_MINE, TOKEN) == ApiResponse()
    assert DeployedApi("http://127.0.0.1:9").routes() == ()


def test_an_answer_is_not_waited_for_without_end(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert deployed_api.SECONDS == 10
    monkeypatch.setattr(deployed_api, "SECONDS", 0.1)
    site.waits = 1
    assert ask(site) == ApiResponse()


def test_the_routes_are_those_that_the_api_says_ask_for_a_token(site: Site) -> None:
    site.says(
        200,
        {
            "paths": {
                "/v1/members": {"post": {}, "get": {}},
                "/healthz": {"get": {"security": []}},
                "/v1/trail": {"get": {"security": [{"token": []}]}},
            }
        },
    )
    expected = (("GET", "/v1/members"), ("POST", "/v1/members"), ("GET", "/v1/trail"))
    assert DeployedApi(site.url).routes() == expected
    assert [(method, path) for method, path, _, _ in site.asked] == [("GET", "/openapi.json")]
    site.status = 404
    assert DeployedApi(site.url).routes() == ()


def test_its_own_description_tells_the_same_as_the_declared_routes(site: Site) -> None:
    import app  # noqa: F401 - it declares them
    from chalicelib.entrypoints.http.routes import ROUTES
    from tests.running import ROOT

    site.body = (ROOT / "chalicelib" / "openapi.json").read_bytes()
    assert len(site.body) < deployed_api.LARGEST / 2
    declared = {(one.method, one.path) for one in ROUTES if one.authentication.needs_token}
    assert set(DeployedApi(site.url).routes()) == declared


def test_a_code_and_a_token_are_exchanged_for_a_token(site: Site) -> None:
    site.says(201, {"token": "new"})
    api = DeployedApi(site.url)
    assert (api.enrol("a-code", "the prober"), api.rotate(TOKEN)) == ("new", "new")
    (_, enrol, nobody, sent), (_, rotate, live, _) = site.asked
    assert (enrol, json.loads(sent)) == ("/v1/enrol", {"code": "a-code", "label": "the prober"})
    assert (rotate, live["authorization"]) == ("/v1/me/tokens/rotate", f"Bearer {TOKEN}")
    assert "authorization" not in nobody


@pytest.mark.parametrize(
    ("status", "told", "error"),
    [
        (403, {"reason": "enrolment-refused"}, AccessDenied(Reason.ENROLMENT_REFUSED)),
        (400, {"reason": "bad-value"}, AccessDenied(Reason.BAD_VALUE)),
        (499, {"reason": "bad-value"}, AccessDenied(Reason.BAD_VALUE)),
        (500, {"reason": "internal-error"}, Unavailable(Reason.TIMED_OUT)),
        (399, {"reason": "bad-value"}, Unavailable(Reason.TIMED_OUT)),
        (403, {"message": "Forbidden"}, Unavailable(Reason.TIMED_OUT)),
        (503, {"reason": "records-unavailable"}, Unavailable(Reason.TIMED_OUT)),
        (201, {}, Unavailable(Reason.TIMED_OUT)),
        (200, {"token": "new"}, Unavailable(Reason.TIMED_OUT)),
    ],
)
def test_an_exchange_that_does_not_succeed_says_why(
    site: Site, status: int, told: Any, error: AccessDenied | Unavailable
) -> None:
    site.says(status, told)
    with pytest.raises(type(error)) as raised:
        DeployedApi(site.url).rotate(TOKEN)
    assert raised.value.reason == error.reason
