"""Everything that the functions do for the web console, each with its role."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.builders import a_scene, an_engagement, code_text_of
from tests.e2e.roles.deployed import DeployedApi, RoutedApi
from tests.entrypoints.driver import Response
from tests.entrypoints.web.browser import Browser
from tests.entrypoints.web.entering import enter, open_page, page_routes, prepare_page
from tests.entrypoints.web.matrix.table import action_rows, browser_of
from tests.entrypoints.web.matrix.test_matrix import open_action, send_form
from tests.entrypoints.web.provider.returning import WAITING, come_back, state_of
from tests.fakes import NOON
from tests.fakes.providers import PROVIDER

QUERIES: tuple[dict[str, str], ...] = (
    {"member": "alice"},
    {"engagement": "acme-prod"},
    {"member": "alice", "engagement": "acme-prod"},
)
"""The filters of the trail that need an index of their own."""


def use_console(deployment: DeployedApi) -> dict[str, Response]:
    """Open every page, open and do every action, sign in and out, and be refused. Return the
    answers by the name of a page or an action."""
    answers = {route: open_console_page(deployment, route) for route in page_routes()}
    answers |= {row.name: do_action(deployment, row.name) for row in action_rows()}
    answers |= {f"the trail, by {query}": read_trail(deployment, **query) for query in QUERIES}
    answers |= sign_in_at_provider(deployment)
    return answers | sign_in_and_out(deployment) | be_refused(deployment)


def open_console_page(deployment: DeployedApi, route: str) -> Response:
    scene = a_scene()
    browser = enter(RoutedApi(scene, deployment.in_lambda), "lena")
    prepare_page(scene.world, route)
    deployment.reset(scene.world)
    return open_page(browser, route)


def read_trail(deployment: DeployedApi, **query: str) -> Response:
    scene = a_scene()
    browser = enter(RoutedApi(scene, deployment.in_lambda), "lena")
    deployment.reset(scene.world)
    return browser.get("/web/trail", **query)


def do_action(deployment: DeployedApi, name: str) -> Response:
    """Open the action's page as someone who may do it, and send its form."""
    (row,) = [row for row in action_rows() if row.name == name]
    scene = a_scene()
    browser = browser_of(RoutedApi(scene, deployment.in_lambda), row.caller)
    row.prepare(scene.world)
    deployment.reset(scene.world)
    page = open_action(browser, name)
    return send_form(browser, name) if page.status == 200 else page


def sign_in_and_out(deployment: DeployedApi) -> dict[str, Response]:
    """Sign in by a link, use a session again after some minutes, and sign out. Of the functions
    that serve the console, Web stores the use of a session, and ClientCheck does not."""
    answers = {}
    scene = a_scene()
    deployment.reset(scene.world)
    browser = Browser(RoutedApi(scene, deployment.in_lambda))
    answers["sign in"] = browser.sign_in("lena")
    scene = a_scene()
    earlier = {"last_used_at": NOON - timedelta(minutes=5)}
    api = RoutedApi(scene, deployment.in_lambda)
    first, second = enter(api, "lena", "first", **earlier), enter(api, "lena", "second", **earlier)
    deployment.reset(scene.world)
    answers["a later page"] = open_page(first, "/web/stops")
    answers["a later check"] = send_form(second, "verify-role")
    answers["sign out"] = first.post("/web/sign-out")
    return answers


def sign_in_at_provider(deployment: DeployedApi) -> dict[str, Response]:
    """Sign in at the identity provider for the first time, and log a waiting command in."""
    scene = a_scene()
    deployment.reset(scene.world)
    browser = Browser(RoutedApi(scene, deployment.in_lambda))
    providers: Any = deployment.in_lambda.ports_of["Web"].identity_providers
    first = {"issuer": PROVIDER.issuer, "code": code_text_of("alice")}
    begun = browser.post("/web/provider", first)
    providers.codes["the-code"] = {"auth_time": int(NOON.timestamp())}
    return {
        "the first sign-in": come_back(browser, state_of(begun)),
        "log the command in": browser.act("log-in-command", WAITING),
    }


def be_refused(deployment: DeployedApi) -> dict[str, Response]:
    """Send forms as a member who may not: the trail has it, in both functions. And send a link
    that is used already."""
    answers = {}
    scene = a_scene()
    scene.world.add(an_engagement("soon", external_id="daypass-soon"))
    api = RoutedApi(scene, deployment.in_lambda)
    browser = enter(api, "alice")
    deployment.reset(scene.world)
    for name in ("verify-role", "freeze", "revoke-engagement"):
        answers[f"refused: {name}"] = send_form(browser, name)
    answers["refused: no engagement"] = browser.post("/web/client-actions/verify-role")
    used = Browser(api)
    link = api.post("/v1/me/web-links", "alice").json["url"].partition("/api")[2]
    used.post(link)
    answers["refused: link"] = used.post(link)
    return answers
