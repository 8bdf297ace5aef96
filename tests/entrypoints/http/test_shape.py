"""Rules that hold for every route and every error, so that a new one cannot be forgotten."""

import json
from functools import cache

from openapi_spec_validator import OpenAPIV31SpecValidator

from app import app
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.evidence.client_report import CLIENT_REPORT
from chalicelib.entrypoints.http.about import ENTRANCE, OPENAPI
from chalicelib.entrypoints.http.about import FILES as PUBLIC_FILES
from chalicelib.entrypoints.http.authentication import (
    CLIENT_LINK,
    CODE_AND_IDENTITY,
    ENROLMENT_CODE,
    NO_AUTHENTICATION,
)
from chalicelib.entrypoints.http.problems import FRAMEWORK_REASONS, STATUS_OF_ERROR, build_problem
from chalicelib.entrypoints.http.routes import ROUTES
from chalicelib.entrypoints.onboarding.page_buttons import CLIENT_FORM
from chalicelib.entrypoints.requests.approver_page import APPROVER_FORM, APPROVER_LINK
from chalicelib.entrypoints.requests.approver_rule import RULE_FORM
from chalicelib.entrypoints.slack.routes import SLACK_SIGNATURE
from chalicelib.entrypoints.vending.access_page import ACCESS_LINK
from chalicelib.entrypoints.vending.vend import VENDING
from local.documents import openapi
from tests.entrypoints.matrix import (
    ACCESS_PAGES,
    APPROVER_PAGES,
    CODE_ROUTES,
    FILES,
    HOME,
    PAGES,
    SETUP_PAGES,
    SLACKS,
)
from tests.entrypoints.onboarding.reading import REPORT
from tests.entrypoints.valid import BIND, ENROL, FORMS, VEND
from tests.rows import every
from tests.running import read_file

WITHOUT_TOKEN = {"GET /healthz", "GET /openapi.json"}
# Pages need the link in their path, enrolment needs the code in its body, and Slack signs its
# requests. None of them needs a token.
# The web console's pages need a cookie.
CONSOLE = {f"{route.method} {route.path}" for route in ROUTES if route.path.startswith("/web")}
PUBLIC = WITHOUT_TOKEN | set(PAGES) | set(CODE_ROUTES) | set(SLACKS) | CONSOLE
ENTRIES = {
    f"{method} {path}": entry
    for path, methods in app.routes.items()
    for method, entry in methods.items()
}


@cache
def document():
    return openapi.build_document()


def kinds_of(error):
    for kind in error.__subclasses__():
        yield kind
        yield from kinds_of(kind)


ERRORS = sorted(kinds_of(DaypassError), key=lambda kind: kind.__name__)


def name_of(route):
    return f"{route.method} {route.path}"


def test_every_route_is_described_and_served_by_register_route():
    assert all(entry.view_function.renders_errors for entry in ENTRIES.values())
    assert {name_of(route) for route in ROUTES} == set(ENTRIES)
    assert len(ROUTES) == len(ENTRIES)


def test_only_public_enrolment_page_and_slack_routes_need_no_token():
    assert {name_of(route) for route in ROUTES if not route.authentication.needs_token} == PUBLIC
    assert all(
        bool(route.kinds) is route.authentication.needs_token
        for route in ROUTES
        if name_of(route) not in CONSOLE
    )


@every(
    "authentication, routes",
    [
        (NO_AUTHENTICATION, WITHOUT_TOKEN),
        (ENTRANCE, [HOME]),
        (PUBLIC_FILES, FILES),
        (ENROLMENT_CODE, {ENROL}),
        (CODE_AND_IDENTITY, {BIND}),
        (CLIENT_LINK, set(SETUP_PAGES) - set(FORMS) - {REPORT}),
        (CLIENT_REPORT, {REPORT}),
        (CLIENT_FORM, set(FORMS) & set(SETUP_PAGES)),
        (APPROVER_LINK, APPROVER_PAGES[:1]),
        (APPROVER_FORM, APPROVER_PAGES[1:2]),
        (RULE_FORM, APPROVER_PAGES[2:]),
        (ACCESS_LINK, ACCESS_PAGES),
        (SLACK_SIGNATURE, SLACKS),
        (VENDING, {VEND}),
    ],
)
def test_each_authentication_has_exactly_these_routes(authentication, routes):
    assert {name_of(route) for route in ROUTES if route.authentication == authentication} == set(
        routes
    )


def test_only_get_routes_have_the_action_read():
    for route in ROUTES:
        if route.authentication.needs_token:
            reads = route.method == "GET" or route.path == "/v1/previews/{name}"
            assert (route.action is Action.READ) is reads, route.path


def test_api_gateway_keeps_no_answer_and_no_other_web_site_may_call_the_api():
    """An authorizer of API Gateway's caches: for so long a revocation would not count. Debugging
    would show tracebacks."""
    assert {(entry.authorizer, entry.cors) for entry in ENTRIES.values()} == {(None, None)}
    assert not app.builtin_auth_handlers
    assert app.debug is False


@every("error", ERRORS)
def test_every_error_has_a_status(error):
    assert error in STATUS_OF_ERROR
    assert build_problem(error(Reason.BUG)).status_code == STATUS_OF_ERROR[error]


def test_no_two_kinds_of_error_look_the_same():
    assert len(set(STATUS_OF_ERROR.values())) == len(STATUS_OF_ERROR) == len(ERRORS)


def test_every_reason_is_documented_and_has_a_sentence():
    schemas = document()["components"]["schemas"]
    assert schemas["Problem"]["properties"]["reason"]["$ref"] == "#/components/schemas/Reason"
    documented = schemas["Reason"]

    assert set(documented["enum"]) == {reason.value for reason in Reason}
    assert set(FRAMEWORK_REASONS.values()) <= set(Reason)


def test_the_document_on_record_is_that_of_the_routes():
    written = json.loads(read_file(OPENAPI))

    assert written == document(), "The routes have changed: run `make openapi`."


def test_the_document_is_valid_openapi():
    assert document()["openapi"].startswith("3.1.")
    assert not list(OpenAPIV31SpecValidator(document()).iter_errors())


def test_the_document_is_served(api):
    assert api.get("/openapi.json").json == document()


def test_every_operation_documents_authentication_and_errors():
    operations = {
        f"{method.upper()} {path}": operation
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }

    assert set(operations) == set(ENTRIES)
    assert document()["security"] == [{"token": []}]
    for route, operation in operations.items():
        assert operation.get("security") == ([] if route in PUBLIC else None)
        assert {"415", "500"} <= operation["responses"].keys()
        if route not in PUBLIC:
            documented = {int(status) for status in operation["responses"]}
            assert {int(status) for status in STATUS_OF_ERROR.values()} <= documented


def test_a_code_is_in_no_url():
    routes = [
        route for route in ROUTES if route.authentication in (ENROLMENT_CODE, CODE_AND_IDENTITY)
    ]
    assert [name_of(route) for route in routes] == list(CODE_ROUTES)
    for existing in routes:
        assert "{" not in existing.path
        assert "parameters" not in document()["paths"][existing.path]["post"]


def test_only_the_import_accepts_an_external_id_in_its_profile():
    inputs = {
        f"{method.upper()} {path}": [
            operation.get(part, {}) for part in ("requestBody", "parameters")
        ]
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }
    (import_,) = [route for route, response in inputs.items() if "external" in json.dumps(response)]
    body, parameters = inputs.pop(import_)
    fields = body["content"]["application/json"]["schema"]["properties"]

    assert "external" not in json.dumps(inputs).lower()
    assert import_ == "POST /v1/imports"
    assert not parameters
    assert [name for name, field in fields.items() if "external" in json.dumps(field)] == ["config"]
    assert "external" not in " ".join(fields).lower()
