"""The prober's HTTP client: the requests, the responses, and the fields that it drops."""

import pytest
from msgspec.structs import replace

from chalicelib.adapters.prober import deployed_api
from chalicelib.adapters.prober.deployed_api import DeployedApi
from chalicelib.domain.errors import AccessDenied, Unavailable
from chalicelib.domain.prober.checks import (
    CANARY_CHECK,
    IDENTITY_CHECK,
    OTHER_ENGAGEMENT_CHECK,
    ApiResponse,
)
from tests.fakes.roles import CANARY_SECRET_KEY, CANARY_SESSION_TOKEN
from tests.golden import hold_against_file
from tests.rows import every

TOKEN = "daypass_prober_of_the_prober"


def send(site, check=OTHER_ENGAGEMENT_CHECK, token=TOKEN):
    return DeployedApi(site.url + "/api/").send(check, token)


CALLS = {
    "a check": lambda api: api.send(OTHER_ENGAGEMENT_CHECK, TOKEN).status,
    "a change": lambda api: api.send(replace(OTHER_ENGAGEMENT_CHECK, method="PATCH"), TOKEN).status,
    "a check without a token": lambda api: api.send(IDENTITY_CHECK, "").status,
    "the document": lambda api: api.find_token_routes(),
    "an enrolment": lambda api: api.enrol("a-code", "the prober"),
    "a rotation": lambda api: api.rotate(TOKEN),
}


def test_each_call_is_exactly_this_request(site):
    lines = []
    site.respond_with(201, {"token": "new"})
    for name, call in CALLS.items():
        site.requests.clear()
        result = call(DeployedApi(site.url + "/api/"))
        ((method, path, headers, body),) = site.requests
        sent = [f"{key}: {headers[key]}" for key in sorted(headers.keys() - {"host"})]
        lines += [f"=== {name}: {result}", f"{method} {path}", *sent, body.decode()]
    hold_against_file("prober-requests.txt", "\n".join(lines))


ARN = "arn:aws:sts::444455556666:assumed-role/Canary/prober.1"
SESSION = {
    "assumed_role_arn": ARN,
    "credentials": {"secret_access_key": CANARY_SECRET_KEY, "session_token": CANARY_SESSION_TOKEN},
}
IDENTITY = {"member": {"kind": "member"}, "token": {"created_at": "2026-11-24T12:00:00Z"}}
PER_REQUEST = [
    *("connection", "date", "via", "x-amz-apigw-id", "x-amz-cf-id", "x-amz-cf-pop"),
    *("x-amzn-requestid", "x-amzn-trace-id", "x-cache", "x-request-id"),
]
REFUSAL = {"reason": "not-a-member", "detail": "No.", "status": 403, "request_id": "request-1"}


CHECK, ME = OTHER_ENGAGEMENT_CHECK, IDENTITY_CHECK
REFUSED = {"reason": "not-a-member"}
FACTS = {"extracted": {"member.kind": "member", "token.created_at": "2026-11-24T12:00:00Z"}}


@every("check, status, body, expected", [
    # Only the fields that the check names are extracted, if they are there.
    (CANARY_CHECK, 201, SESSION, {"extracted": {"assumed_role_arn": ARN}}),
    (CHECK, 201, SESSION, {}),
    (ME, 200, IDENTITY, FACTS),
    *((ME, 200, body, {}) for body in ([], "text", {"member": "alice"}, {"member": {"kind": 7}})),
    # A status of 400 or more is a refusal. Its ID is the body's, or else the header's.
    (ME, 399, IDENTITY | REFUSED, FACTS),
    (ME, 400, IDENTITY | REFUSED, REFUSED),
    (CHECK, 403, REFUSAL, REFUSED | {"request_id": "request-1"}),
    (CHECK, 403, REFUSED, REFUSED),
])  # fmt: skip
def test_a_response_becomes_its_reason_or_its_fields_without_secrets(
    site, check, status, body, expected
):
    site.respond_with(status, body, X_Request_Id="request-7")
    response = send(site, check)
    fields = {"status": status, "request_id": "request-7"} | expected
    assert replace(response, shape="") == ApiResponse(**fields)
    for secret in (CANARY_SECRET_KEY, CANARY_SESSION_TOKEN):
        assert secret not in repr(response)


KEPT = {"Cache_Control": "no-store"}
SAME = [
    (dict(reversed(REFUSAL.items())), KEPT),
    (REFUSAL | {"request_id": "request-2"}, KEPT),
    *((REFUSAL, KEPT | {name.replace("-", "_").upper(): "2"}) for name in PER_REQUEST),
    (REFUSAL, {"CACHE_CONTROL": "no-store"}),
]
DIFFERENT = [
    *((REFUSAL | more, KEPT) for more in ({"detail": "Not here."}, {"more": 1}, {"status": 404})),
    (REFUSAL, {"Cache_Control": "no-cache"}),
    (REFUSAL, KEPT | {"Server_Timing": "1"}),
    (REFUSAL, {"Server_Timing": "no-store"}),
]


@every(
    "body, headers, is_same",
    [*((*case, True) for case in SAME), *((*case, False) for case in DIFFERENT)],
)
def test_the_shape_leaves_out_only_what_differs_from_request_to_request(
    site, body, headers, *, is_same
):
    site.respond_with(403, REFUSAL, **KEPT)
    first = send(site)
    site.respond_with(403, body, **headers)
    assert (send(site).shape == first.shape) is is_same


@every("body", [b"", b"<html>", b"[]", b"\xff"])
def test_a_refusal_that_is_not_from_daypass_has_no_reason(site, body):
    site.status, site.body = 403, body
    assert (send(site).status, send(site).reason) == (403, "")


def test_a_redirect_is_not_followed(site):
    site.respond_with(302, {}, Location=f"{site.url}/elsewhere")
    assert send(site).status == 302
    assert [path for _, path, _, _ in site.requests] == [
        "/api/v1/engagements/prober-other/sessions"
    ]


@every("instead", [b"", b"nonsense\r\n\r\n"])
def test_without_a_response_the_status_is_0(site, instead):
    site.raw_response = instead
    assert send(site) == ApiResponse()
    assert DeployedApi("http://127.0.0.1:9").send(OTHER_ENGAGEMENT_CHECK, TOKEN) == ApiResponse()
    assert DeployedApi("http://127.0.0.1:9").find_token_routes() == ()


def test_a_request_has_a_timeout(site, monkeypatch):
    assert deployed_api.TIMEOUT_SECONDS == 10
    monkeypatch.setattr(deployed_api, "TIMEOUT_SECONDS", 0.1)
    site.delay = 1
    assert send(site) == ApiResponse()


def test_the_routes_are_those_that_need_a_token_in_the_openapi_document(site):
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


def test_the_openapi_document_lists_the_declared_routes(site):
    import app  # noqa: F401 - importing it declares the routes
    from chalicelib.entrypoints.http.routes import ROUTES
    from tests.running import ROOT

    site.body = (ROOT / "chalicelib" / "openapi.json").read_bytes()
    assert len(site.body) < deployed_api.MAX_RESPONSE_BYTES / 2
    declared = {(route.method, route.path) for route in ROUTES if route.authentication.needs_token}
    assert set(DeployedApi(site.url).find_token_routes()) == declared


@every(
    "status, body, error, reason",
    [
        (403, {"reason": "enrolment-refused"}, AccessDenied, "enrolment-refused"),
        (400, {"reason": "bad-value"}, AccessDenied, "bad-value"),
        (499, {"reason": "bad-value"}, AccessDenied, "bad-value"),
        (500, {"reason": "internal-error"}, Unavailable, "timed-out"),
        (399, {"reason": "bad-value"}, Unavailable, "timed-out"),
        (403, {"message": "Forbidden"}, Unavailable, "timed-out"),
        (503, {"reason": "records-unavailable"}, Unavailable, "timed-out"),
        (201, {}, Unavailable, "timed-out"),
        (200, {"token": "new"}, Unavailable, "timed-out"),
    ],
)
def test_a_failed_exchange_raises_the_reason(site, status, body, error, reason):
    site.respond_with(status, body)
    with pytest.raises(error) as raised:
        DeployedApi(site.url).rotate(TOKEN)
    assert raised.value.reason == reason
