"""The API as API Gateway serves it: refusals, log, console, client's page and command."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import urljoin, urlsplit

from local.live.report import Seen
from local.live.run import Check, Reply, Run, Stage
from local.live.stages.deploy import FIRM_NAME, resources
from local.live.stages.sts import ENGAGEMENT
from local.rehearsal.commands import StepFailed

_MEGABYTES = (6, 10)
_LOG_SECONDS = 120
_OTHER_COOKIES = "theme=dark; session-of-another-app=1"


def _prepare(run: Run) -> None:
    """Sign in to the console, with a link that works once."""
    link = run.report.hide(run.as_lead("POST", "/v1/me/web-links")["url"])
    opened = run.call("GET", link)
    cookies = opened.headers.get("Set-Cookie", "").partition(";")[0]
    code = re.search(r'name="code" value="([^"]+)"', opened.body.decode())
    form = f"code={code[1]}" if code else ""
    signed_in = run.call(
        "POST",
        link,
        body=form.encode(),
        Content_Type="application/x-www-form-urlencoded",
        Origin="{0.scheme}://{0.netloc}".format(urlsplit(run.api_url)),
        Sec_Fetch_Site="same-origin",
        Cookie=cookies,
    )
    cookie = signed_in.headers.get("Set-Cookie", "")
    if not cookie:
        raise StepFailed(f"The console set no cookie: {signed_in.status}")
    run.notes["cookie"] = cookie
    run.report.hide(cookie.partition(";")[0].partition("=")[2])


def _see_gateway_responses(run: Run) -> Seen:
    """API Gateway's own answers carry the request's ID, and end with a newline."""
    replies = {
        "unknown": run.call("GET", "/unknown"),
        "unknown, with a token": run.call("GET", "/unknown", token="none"),
    }
    for megabytes in _MEGABYTES:
        body = b'"' + b"x" * (megabytes * 1_048_576) + b'"'
        replies[f"{megabytes} MB"] = run.call("POST", "/v1/enrol", body=body)
    outcomes = {name: _describe(reply) for name, reply in replies.items()}
    value = "; ".join(f"{name}: {outcome}" for name, outcome in outcomes.items())
    holds = all(outcome.endswith("complete") for outcome in outcomes.values())
    return Seen(holds, value, replies["unknown"].request_id)


def _describe(reply: Reply) -> str:
    flaws = [] if reply.status in range(400, 500) else ["not 4xx"]
    flaws += [] if reply.request_id else ["no X-Request-Id"]
    flaws += [] if reply.body.endswith(b"\n") else ["no newline"]
    return f"{reply.status} {' and '.join(flaws) or 'complete'}"


def _see_access_log(run: Run) -> Seen:
    """The access log has the request, with the route's pattern and without its path."""
    reply = run.call("GET", f"/v1/engagements/{ENGAGEMENT}", token=run.lead)
    logs, lines = run.firm.client("logs"), list[str]()
    group = resources(run, "daypass")["AccessLogs"]

    def is_logged() -> bool:
        pattern = json.dumps(reply.request_id)
        events = logs.filter_log_events(logGroupName=group, filterPattern=pattern)["events"]
        lines.extend(event["message"] for event in events)
        return bool(lines)

    if run.wait_until(is_logged, _LOG_SECONDS) is None:
        return Seen(holds=False, value=f"No line of {reply.request_id} after two minutes")
    has_pattern = "/v1/engagements/{engagement}" in lines[0]
    has_path = f"/v1/engagements/{ENGAGEMENT}" in lines[0]
    value = f"pattern: {has_pattern}; path: {has_path}"
    return Seen(has_pattern and not has_path, value, reply.request_id)


def _see_clients_page(run: Run) -> Seen:
    """The client's page opens by the link in the response, and its button leads back to it."""
    page: str = run.notes["page"]
    shown = run.call("GET", page)
    checked = run.call(
        "POST",
        f"{page}/check",
        body=b"",
        Content_Type="application/x-www-form-urlencoded",
        Origin="{0.scheme}://{0.netloc}".format(urlsplit(page)),
    )
    location = urljoin(f"{page}/check", checked.headers.get("Location", ""))
    leads_back = location.partition("#")[0] == page
    has_name = FIRM_NAME in html.unescape(shown.body.decode(errors="replace"))
    holds = shown.status == 200 and has_name and checked.status == 303 and leads_back
    value = f"page {shown.status}, check {checked.status}, back to the page: {leads_back}"
    return Seen(holds, value, checked.request_id)


def _see_command(run: Run) -> Seen:
    """`GET /cli` sends a zip to a request that accepts one, and a refusal to any other."""
    accepted = run.call("GET", "/cli", Accept="application/zip")
    other = run.call("GET", "/cli", Accept="text/html")
    is_zip = b"PK\x03\x04" in accepted.body[:200]
    return Seen(
        accepted.status == 200 and is_zip and 400 <= other.status < 500,
        f"with the header: {accepted.status}, a zip: {is_zip}; without it: {other.status}",
        accepted.request_id,
    )


def _see_cookie(run: Run) -> Seen:
    """The cookie is the host's own, and works among other cookies."""
    name, *attributes = (part.strip() for part in run.notes["cookie"].split(";"))
    kinds = {attribute.partition("=")[0].lower() for attribute in attributes}
    is_own = name.startswith("__Host-") and "Path=/" in attributes and "domain" not in kinds
    reply = run.call("GET", "/web/now", Cookie=f"{_OTHER_COOKIES}; {name}; last=1")
    value = f"{', '.join(attributes)}; the page among other cookies: {reply.status}"
    return Seen(is_own and reply.status == 200, value, reply.request_id)


def _see_console(run: Run) -> Seen:
    """Each page of the navigation opens behind the stage."""
    cookie = run.notes["cookie"].partition(";")[0]
    now = run.call("GET", "/web/now", Cookie=cookie)
    prefix = urlsplit(run.api_url).path
    pages = re.findall(r'<a[^>]* href="([^"?#]+)"', _navigation(now))
    inside = [page for page in pages if page.startswith(f"{prefix}/web")]
    origin = run.api_url.removesuffix(prefix)
    statuses = {page: run.call("GET", origin + page, Cookie=cookie).status for page in inside}
    bad = {page: status for page, status in statuses.items() if status != 200}
    outside = [page for page in pages if page not in inside]
    holds = len(inside) > 3 and not bad and not outside
    value = f"{len(inside)} pages; not 200: {bad or 'none'}; outside: {outside or 'none'}"
    return Seen(holds, value, now.request_id)


def _navigation(reply: Reply) -> str:
    match = re.search(r"<nav.*?</nav>", reply.body.decode(errors="replace"), re.DOTALL)
    return match[0] if match else ""


def _see_json(run: Run) -> Seen:
    """API Gateway answers a browser with JSON."""
    reply = run.call("GET", "/unknown", Accept="text/html")
    kind = reply.headers.get("Content-Type", "")
    return Seen("json" in kind, f"{reply.status} {kind}", reply.request_id)


STAGE = Stage(
    "gateway",
    "API Gateway, the console, the client's page and the command",
    _prepare,
    (
        Check(
            31,
            _see_gateway_responses,
            not_local="The local AWS has no gateway response for an unknown route",
        ),
        Check(
            35,
            _see_access_log,
            leaves="a request that AWS WAF blocks",
            not_local="The local AWS writes no access log",
        ),
        Check(38, _see_clients_page),
        Check(60, _see_command),
        Check(75, _see_cookie),
        Check(76, _see_console, leaves="forms, and the return from signing in"),
        Check(80, _see_json, leaves="429"),
    ),
)
