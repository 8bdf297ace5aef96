"""The function of each route. Only the functions for it assume clients' roles."""

import json
import subprocess
import sys
from functools import cache

import app
from app import MODULES
from chalicelib.domain.reasons import Reason
from chalicelib.entrypoints.http.routes import ROUTES, Function
from tests.entrypoints.driver import event
from tests.rows import every
from tests.running import ROOT
from tests.runtime_api import ENVIRONMENT

TABLE = """
Enter        POST  /v1/engagements/{engagement}/sessions
Enter        POST  /v1/engagements/{engagement}/roles/{role}/verify
ClientCheck  POST  /setup/{link}/check
ClientCheck  POST  /setup/{link}/policy/{until}
ClientCheck  POST  /setup/{link}/pause
ClientCheck  POST  /setup/{link}/resume
ClientCheck  POST  /access/{link}
ClientCheck  POST  /approve/{link}/rule
ClientApproval GET /approve/{link}
ClientApproval POST /approve/{link}
Anonymous    GET   /access/{link}
Anonymous    GET   /setup/{link}
Anonymous    GET   /setup/{link}/check
Anonymous    GET   /setup/{link}/pause
Anonymous    GET   /setup/{link}/report
Anonymous    GET   /setup/{link}/roles/{role}/launch
Anonymous    GET   /setup/{link}/roles/{role}/files/{name}
Anonymous    POST  /v1/enrol
Anonymous    POST  /v1/enrol/identity
Slack        POST  /v1/slack/commands
Slack        POST  /v1/slack/actions
Static       GET   /
Static       GET   /healthz
Static       GET   /openapi.json
Static       GET   /cli
Static       GET   /cli.sha256
Static       GET   /assets/{file}
Static       GET   /web/{page+}
"""
ROUTE = {f"{route.method} {route.path}": route for route in ROUTES}
CONSOLE = {name for name in ROUTE if " /web" in name} - {"GET /web/{page+}"}


def test_the_functions_besides_the_apis_own_serve_these_routes():
    rows = [line.split() for line in TABLE.strip().splitlines()]
    assert {f"{method} {path}": name for name, method, path in rows} == {
        name: route.function.value
        for name, route in ROUTE.items()
        if route.function is not Function.API and name not in CONSOLE
    }


def test_the_web_console_has_a_function_and_its_actions_in_clients_accounts_another():
    functions = {
        ("/client-actions/" in route.path, route.function)
        for route in map(ROUTE.__getitem__, CONSOLE)
    }
    assert functions == {(False, Function.WEB), (True, Function.CLIENT_CHECK)}


@every("route", ROUTES)
def test_routes_without_a_token_have_functions_of_their_own(route):
    for_members = route.function in (Function.API, Function.ENTER)
    assert for_members is route.authentication.needs_token


@every("function", MODULES)
def test_a_function_imports_the_modules_of_its_own_handlers_and_no_others(function):
    routes = {route.view.__module__ for route in ROUTES if route.function == function}
    jobs = {
        handler.handler_string.rpartition(".")[0]
        for handler in (*app.app.pure_lambda_functions, *app.app.event_sources)
        if "".join(map(str.capitalize, handler.name.split("_"))) == function
    }
    assert routes | jobs == {f"chalicelib.entrypoints.{name}" for name in MODULES[function]}


PROGRAM = """
import json, sys
from app import app, bootstrap

loaded = sorted(sys.modules)

def ports():
    raise AssertionError("it asks AWS for something")

bootstrap.ports = bootstrap.slack_ports = ports
served = {f"{method} {path}" for path, methods in app.routes.items() for method in methods}
answers = [app(event, None) for event in json.load(sys.stdin) if event["route"] not in served]
print(json.dumps([loaded, sorted(served), answers]))
"""


@cache
def run(function):
    """Start the app as this function, in a process of its own, and send it the others' requests.

    Return the modules that it loads at its start, its routes, and the answers.
    """
    events = [event(route.method, route.path) | {"route": name} for name, route in ROUTE.items()]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=ENVIRONMENT | {"DAYPASS_FUNCTION": function.value},
        input=json.dumps(events),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


@every("function", Function)
def test_a_function_serves_its_own_routes_alone(function):
    """In another, what its role may not do would look like the client's doing."""
    own = [name for name, route in ROUTE.items() if route.function is function]
    _, served, answers = run(function)

    assert served == sorted(own)
    assert len(answers) == len(ROUTE) - len(own)
    for answer in answers:
        assert answer["statusCode"] == 503
        assert json.loads(answer["body"])["reason"] == Reason.SERVED_ELSEWHERE
        assert answer["headers"]["Retry-After"]


FLOORS, JOBS_ALONE = ("adapters", "usecases", "entrypoints"), ("notifications", "prober")
SENTENCES_OF_NOTIFICATIONS = ("recorded", "near_ends")
NO_VENDS = {
    "chalicelib.usecases.onboarding",
    "chalicelib.usecases.verification",
    "chalicelib.domain.onboarding.profile",
    "chalicelib.domain.onboarding.setup",
    "chalicelib.domain.verification.findings",
}
"""Imported when a lead has a role checked, which the function of a vend serves as well."""


@every("function", Function)
def test_a_function_loads_nothing_that_only_others_need(function):
    """Whatever is added to them: its container starts no later."""
    loaded, _, _ = run(function)

    never = {"boto3", "pynamodb", "jwt", "cryptography"}
    never |= {f"chalicelib.{floor}.{subject}" for floor in FLOORS for subject in JOBS_ALONE}
    never |= {f"chalicelib.domain.notifications.{name}" for name in SENTENCES_OF_NOTIFICATIONS}
    if function not in (Function.API, Function.WEB):
        of_reports = ".events" if function is Function.ANONYMOUS else ""
        never |= {f"chalicelib.domain.evidence{of_reports}"}
    if function not in (Function.CLIENT_APPROVAL, Function.CLIENT_CHECK, Function.ANONYMOUS):
        never |= {"jinja2", "chalicelib.entrypoints.pages"}
    if function not in (Function.SLACK, Function.API):
        never |= {f"chalicelib.{floor}.slack" for floor in FLOORS}
    if function in (Function.ENTER, Function.STATIC):
        never |= {f"chalicelib.{floor}.requests" for floor in ("domain", *FLOORS)}
    if function is Function.ENTER:
        never |= NO_VENDS
    if function is Function.STATIC:
        never |= {"botocore.session", "chalicelib.adapters"}
    assert [
        name for name in loaded if any(f"{name}.".startswith(f"{item}.") for item in never)
    ] == []
