"""Operators see one line a request and metrics of the vends; never a body, a header or a token."""

import subprocess
import sys

from chalicelib.domain.errors import AwsRefused, Unavailable
from chalicelib.domain.people.tokens import build_token_text
from chalicelib.domain.reasons import Reason
from tests.builders import token_text_of
from tests.entrypoints.driver import ADDRESS, fresh_api
from tests.entrypoints.matrix import ACCESS_PAGES, CALLERS, SLACKS, ask, cells, with_token
from tests.entrypoints.valid import VEND
from tests.fakes.roles import CANARY_SECRET_KEY, CANARY_SESSION_TOKEN
from tests.rows import every

_, USE = ACCESS_PAGES
ALWAYS = {
    "level",
    "message",
    "timestamp",
    "service",
    "correlation_id",
    "method",
    "route",
    "status",
    "duration_ms",
}
# A vend's line carries them, so that it is written once.
METRICS = {"_aws", "Vends", "VendLatency", "Refusals", "StsErrors"}


# Every route once, and every caller of the two routes with their own authentication.
EACH = [cell for cell in cells() if cell.caller == "lead" or cell.route in (VEND, "GET /v1/trail")]


@every("cell", EACH, api=fresh_api)
def test_a_request_is_one_line(api, output, cell):
    output.clear()
    answer = ask(api, cell.route, cell.caller)

    (line,) = output.lines()
    method, _, template = cell.route.partition(" ")
    assert line.keys() - {"member", "reason", "slack_user"} - METRICS == ALWAYS
    assert (line["message"], line["level"], line["service"]) == ("request", "INFO", "daypass")
    assert (line["method"], line["route"]) == (method, template)
    assert (line["status"], line["correlation_id"]) == (cell.status, "request-1")
    assert 0 <= line["duration_ms"] < 10_000
    existing = cell.caller != "nobody" and cell.route in with_token()
    assert line.get("member") == (CALLERS[cell.caller] if existing else None)
    assert line.get("reason") == (answer.reason if cell.status >= 400 else None)
    assert line.get("slack_user") == ("ULENA" if cell.route in SLACKS else None)
    assert bool(output.metrics()) == (cell.route in (VEND, USE))


def test_the_log_has_nothing_that_was_sent(api, output):
    token = token_text_of("lena")
    headers = {"X-Secret": "a-header", "Cookie": "a-cookie", "User-Agent": "an-agent"}
    body = {"name": "a-name", "kind": "member", "id": "an-id", "more": "a-body"}
    api.post("/v1/members", "lena", body, headers=headers, query={"a-query": "a-value"})
    api.get("/v1/me", headers={"Authorization": f"Basic {token}"})
    api.get("/v1/me", headers={"Authorization": f"Bearer {token}x"})
    api.get("/v1/members/a-path", "lena", headers=headers)
    api.post("/v1/members", "lena", raw="a-body", headers={"Content-Type": "a/type"})
    output.lines()

    assert len(output.requests()) == 5
    for sent in (token, token[-40:], "a-header", "a-cookie", "an-agent", "a-name", "an-id"):
        assert sent not in output.text
    for sent in ("a-body", "a-query", "a-value", "a-path", "a/type", ADDRESS, "authorization"):
        assert sent not in output.text


@every("form", ["json", "credential_process", "env"], api=fresh_api)
def test_a_vend_is_counted_and_timed(api, output, form):
    output.clear()
    ask(api, VEND, "member", body={"role": "readonly", "format": form})

    (metric,) = output.metrics()
    assert described(metric) == ("Daypass", [["service"]], {"Vends", "VendLatency"})
    assert (metric["service"], metric["Vends"]) == ("daypass", [1.0])
    assert 0 <= metric["VendLatency"][0] < 10_000
    assert CANARY_SECRET_KEY not in output.text
    assert CANARY_SESSION_TOKEN not in output.text


# Requests to the vending route that get no session: by the reason, the caller and the request.
REFUSALS = {
    "not-a-member": ("other", {}),
    "token-missing": ("nobody", {}),
    "malformed-body": ("member", {"raw": "{"}),
    "unsupported-media-type": (
        "member",
        {"raw": "<a/>", "headers": {"Content-Type": "text/xml"}},
    ),
}
STS_ERRORS = {
    Reason.ROLE_REFUSED_DAYPASS: AwsRefused,
    Reason.AWS_REJECTED: AwsRefused,
    Reason.AWS_THROTTLED: Unavailable,
    Reason.AWS_UNREACHABLE: Unavailable,
}


@every("reason", [*REFUSALS, *STS_ERRORS], api=fresh_api)
def test_a_refusal_and_an_error_of_sts_are_counted_and_are_no_vend(api, output, reason):
    output.clear()
    caller, changes = REFUSALS.get(reason, ("member", {}))
    if error := STS_ERRORS.get(reason):
        api.world.fails_at("issue", error(Reason(reason)))
    assert ask(api, VEND, caller, **changes).reason == reason

    (metric,) = output.metrics()
    name = "StsErrors" if error else "Refusals"
    # The reason is in the line, and is no metric of its own.
    names = {name, "RecordsUnavailable"} if reason == "records-unavailable" else {name}
    assert described(metric) == ("Daypass", [["service"]], names)
    assert metric[name] == [1.0]
    assert output.requests()[0]["reason"] == reason


@every("route", ["GET /v1/me", VEND])
def test_the_claimed_member_of_an_unknown_token_is_not_logged(api, output, route):
    """Otherwise anyone could make the log name a member."""
    output.clear()
    unknown = build_token_text("lena", b"another 32 bytes of randomness..")
    answer = ask(api, route, "nobody", headers={"Authorization": f"Bearer {unknown}"})
    assert answer.reason == "token-unknown"
    (line,) = output.requests()
    assert not line["member"]
    assert "lena" not in str(line)


def test_one_request_leaves_nothing_to_the_next(api, output):
    ask(api, VEND, "other")
    ask(api, VEND, "member")
    api.get("/healthz")

    first, second, third = output.requests()
    assert (first["member"], first["reason"]) == ("bob", "not-a-member")
    assert (second["member"], second.get("reason")) == ("alice", None)
    assert (third.get("member"), third.get("reason")) == (None, None)
    assert [m for metric in output.metrics() for m in described(metric)[2]].count("Vends") == 1


def test_a_name_with_a_line_break_forges_no_line(api, output):
    forged = 'x\n{"message": "request", "status": 200}'
    api.get("/v1/me", "lena", headers={"Authorization": f"Bearer {forged}"})
    api.get("/v1/members/" + "x%0A%7B%22message%22:%22request%22%7D", "lena")

    assert [line["status"] for line in output.requests()] == [401, 400]


def described(metric):
    """Namespace, dimensions and names, as the embedded metric format puts them."""
    (described,) = metric["_aws"]["CloudWatchMetrics"]
    names = {item["Name"] for item in described["Metrics"]}
    return described["Namespace"], described["Dimensions"], names


def test_a_line_names_the_trace_that_lambda_has_begun(api, output, monkeypatch):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3f;Parent=53995c3f;Sampled=1")
    api.get("/healthz")
    assert output.requests()[0]["xray_trace_id"] == "1-5759e988-bd862e3f"


def test_no_setting_of_the_log_silences_the_metrics():
    program = (
        "from chalicelib.telemetry import build_metric_fields, logger;"
        "logger.info('request', extra=build_metric_fields({'Vends': 1}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": "/usr/bin:/bin", "POWERTOOLS_LOG_LEVEL": "ERROR"},
        capture_output=True,
        text=True,
    )
    assert '"Vends":[1.0]' in done.stdout
