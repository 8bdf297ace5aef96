"""The prober's HTTP client: the requests, the responses, and the fields that it drops."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.adapters.prober import deployed_api
from chalicelib.adapters.prober.deployed_api import DeployedApi
from chalicelib.domain.errors import AccessDenied, Unavailable
from chalicelib.domain.prober.checks import (
    CANARY_CHECK,
    IDENTITY_CHECK,
    OTHER_ENGAGEMENT_CHECK,
    ApiCheck,
    ApiResponse,
)
from chalicelib.domain.reasons import Reason
from tests.adapters.site import Site
from tests.fakes.roles import CANARY_SECRET_KEY, CANARY_SESSION_TOKEN
from tests.rows import every

TOKEN = "daypass_prober_of_the_prober"


def send(site: Site, check: ApiCheck = OTHER_ENGAGEMENT_CHECK, token: str = TOKEN) -> ApiResponse:
    return DeployedApi(site.url + "/api/").send(check, token)


def test_a_check_is_sent_with_the_token_in_its_header(site: Site) -> None:
    send(site)
    ((method, path, headers, body),) = site.requests
    assert (method, path) == ("POST", "/api/v1/engagements/prober-other/sessions")
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert headers["content-type"] == headers["accept"] == "application/json"
    assert headers["user-agent"] == "daypass-prober"
    assert json.loads(body) == {"role": "unproven"}
    send(site, replace(OTHER_ENGAGEMENT_CHECK, method="PATCH"))
    assert site.requests[1][0] == "PATCH"


def test_without_a_token_there_is_no_header_and_a_get_has_no_body(site: Site) -> None:
    send(site, IDENTITY_CHECK, "")
    ((method, path, headers, body),) = site.requests
    assert (method, path, body) == ("GET", "/api/v1/me", b"")
    assert not headers.keys() & {"authorization", "content-type"}


ARN = "arn:aws:sts::444455556666:assumed-role/Canary/prober.1"
SESSION = {
    "assumed_role_arn": ARN,
    "credentials": {"secret_access_key": CANARY_SECRET_KEY, "session_token": CANARY_SESSION_TOKEN},
}


def test_only_the_fields_that_the_check_names_are_extracted(site: Site) -> None:
    site.respond_with(201, SESSION, X_Request_Id="request-7")
    response = send(site, CANARY_CHECK)
    assert response == ApiResponse(
        status=201, request_id="request-7", extracted={"assumed_role_arn": ARN}
    )
    assert send(site, OTHER_ENGAGEMENT_CHECK) == ApiResponse(status=201, request_id="request-7")
    for secret in (CANARY_SECRET_KEY, CANARY_SESSION_TOKEN):
        assert secret not in repr(response)


AT = {"created_at": "2026-11-24T12:00:00Z"}


@every(
    "body, extracted",
    [
        (
            {"member": {"kind": "member"}, "token": AT},
            {"member.kind": "member", "token.created_at": AT["created_at"]},
        ),
        *((body, {}) for body in ([], "text", {"member": "alice"}, {"member": {"kind": 7}})),
    ],
)
def test_nested_fields_are_extracted_and_missing_ones_are_left_out(
    site: Site, body: Any, extracted: Any
) -> None:
    site.respond_with(200, body)
    assert send(site, IDENTITY_CHECK).extracted == extracted


PER_REQUEST = [
    *("connection", "date", "via", "x-amz-apigw-id", "x-amz-cf-id", "x-amz-cf-pop"),
    *("x-amzn-requestid", "x-amzn-trace-id", "x-cache", "x-request-id"),
]
REFUSAL = {"reason": "not-a-member", "detail": "No.", "status": 403, "request_id": "request-1"}


def test_a_refusal_has_its_reason_and_request_id(site: Site) -> None:
    site.respond_with(403, REFUSAL, X_Request_Id="another")
    response = send(site)
    assert (response.status, response.reason) == (403, "not-a-member")
    assert (response.request_id, response.extracted) == ("request-1", {})
    site.respond_with(403, {"reason": "not-a-member"}, X_Request_Id="request-2")
    assert send(site).request_id == "request-2"  # from the header


@every("status, is_refusal", [(399, False), (400, True)])
def test_a_status_of_400_or_more_is_a_refusal(site: Site, status: int, *, is_refusal: bool) -> None:
    site.respond_with(status, {"reason": "a-reason", "member": {"kind": "member"}})
    response = send(site, IDENTITY_CHECK)
    assert (response.reason, response.extracted) == (
        ("a-reason", {}) if is_refusal else ("", {"member.kind": "member"})
    )


SAME = [
    (dict(reversed(REFUSAL.items())), {}),
    (REFUSAL | {"request_id": "request-2"}, {}),
    *((REFUSAL, {name.replace("-", "_").upper(): "2"}) for name in PER_REQUEST),
    (REFUSAL, {"CACHE_CONTROL": "no-store"}),
]
DIFFERENT = [
    (REFUSAL | {"detail": "No, not here."}, {}),
    (REFUSAL | {"more": 1}, {}),
    (REFUSAL | {"status": 404}, {}),
    (REFUSAL, {"Cache_Control": "no-cache"}),
    (REFUSAL, {"Server_Timing": "1"}),
]


@every(
    "body, headers, is_same",
    [*((*case, True) for case in SAME), *((*case, False) for case in DIFFERENT)],
)
def test_the_shape_leaves_out_only_what_differs_from_request_to_request(
    site: Site, body: Any, headers: dict[str, str], *, is_same: bool
) -> None:
    site.respond_with(403, REFUSAL, Cache_Control="no-store")
    first = send(site)
    usual = {} if "CACHE_CONTROL" in headers else {"Cache_Control": "no-store"}
    site.respond_with(403, body, **(usual | headers))
    assert (send(site).shape == first.shape) is is_same


def test_the_same_value_in_another_header_is_a_difference(site: Site) -> None:
    shapes = set()
    for name in ("Cache_Control", "Server_Timing"):
        site.respond_with(403, REFUSAL, **{name: "no-store"})
        shapes.add(send(site).shape)
    assert len(shapes) == 2


@every("body", [b"", b"<html>", b"[]", b"\xff"])
def test_a_refusal_that_is_not_from_daypass_has_no_reason(site: Site, body: bytes) -> None:
    site.status, site.body = 403, body
    assert (send(site).status, send(site).reason) == (403, "")


def test_a_redirect_is_not_followed(site: Site) -> None:
    site.respond_with(302, {}, Location=f"{site.url}/elsewhere")
    assert send(site).status == 302
    assert [path for _, path, _, _ in site.requests] == [
        "/api/v1/engagements/prober-other/sessions"
    ]


@every("instead", [b"", b"nonsense\r\n\r\n"])
def test_without_a_response_the_status_is_0(site: Site, instead: bytes) -> None:
    site.raw_response = instead
    assert send(site) == ApiResponse()
    assert DeployedApi("http://127.0.0.1:9").send(OTHER_ENGAGEMENT_CHECK, TOKEN) == ApiResponse()
    assert DeployedApi("http://127.0.0.1:9").find_token_routes() == ()


def test_a_request_has_a_timeout(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert deployed_api.TIMEOUT_SECONDS == 10
    monkeypatch.setattr(deployed_api, "TIMEOUT_SECONDS", 0.1)
    site.delay = 1
    assert send(site) == ApiResponse()


def test_the_routes_are_those_that_need_a_token_in_the_openapi_document(site: Site) -> None:
    site.respond_with(
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
    assert DeployedApi(site.url).find_token_routes() == expected
    assert [(method, path) for method, path, _, _ in site.requests] == [("GET", "/openapi.json")]
    site.status = 404
    assert DeployedApi(site.url).find_token_routes() == ()


def test_the_openapi_document_lists_the_declared_routes(site: Site) -> None:
    import app  # noqa: F401 - importing it declares the routes
    from chalicelib.entrypoints.http.routes import ROUTES
    from tests.running import ROOT

    site.body = (ROOT / "chalicelib" / "openapi.json").read_bytes()
    assert len(site.body) < deployed_api.MAX_RESPONSE_BYTES / 2
    declared = {(route.method, route.path) for route in ROUTES if route.authentication.needs_token}
    assert set(DeployedApi(site.url).find_token_routes()) == declared


def test_a_code_and_a_token_are_exchanged_for_a_token(site: Site) -> None:
    site.respond_with(201, {"token": "new"})
    api = DeployedApi(site.url)
    assert (api.enrol("a-code", "the prober"), api.rotate(TOKEN)) == ("new", "new")
    (_, enrol, headers, sent), (_, rotate, headers_with_token, _) = site.requests
    assert (enrol, json.loads(sent)) == ("/v1/enrol", {"code": "a-code", "label": "the prober"})
    assert (rotate, headers_with_token["authorization"]) == (
        "/v1/me/tokens/rotate",
        f"Bearer {TOKEN}",
    )
    assert "authorization" not in headers


@every(
    "status, body, error",
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
def test_a_failed_exchange_raises_the_reason(
    site: Site, status: int, body: Any, error: AccessDenied | Unavailable
) -> None:
    site.respond_with(status, body)
    with pytest.raises(type(error)) as raised:
        DeployedApi(site.url).rotate(TOKEN)
    assert raised.value.reason == error.reason
