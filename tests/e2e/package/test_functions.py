"""The routes, callers and rate limits of the functions in the built template."""

import re

from functions import MAX_LIMITS

import app  # noqa: F401 - it declares the routes
from chalicelib.entrypoints.http.routes import ROUTES, Function
from local import functions
from tests.entrypoints.matrix import routes


def test_each_route_has_its_function_and_only_api_gateway_may_invoke_it(build):
    resources = build.template()["Resources"]
    paths = resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    served = {
        (method.upper(), path): entry["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
        for path, methods in paths.items()
        for method, entry in methods.items()
    }
    assert served.keys() == {(route.method, route.path) for route in ROUTES}
    for route in ROUTES:
        uri = served[route.method, route.path]
        assert re.findall(r"functions/(.*)/invocations", uri) == [f"${{{route.function}.Arn}}"]
    permissions = {
        resource["Properties"]["FunctionName"]["Ref"]: resource["Properties"]
        for resource in resources.values()
        if resource["Type"] == "AWS::Lambda::Permission"
    }
    assert permissions.keys() == set(Function)
    for permission in permissions.values():
        assert permission["Principal"] == "apigateway.amazonaws.com"
        source, names = permission["SourceArn"]["Fn::Sub"]
        assert source.endswith(":${RestAPIId}/*")
        assert names == {"RestAPIId": {"Ref": "RestAPI"}}


def test_functions_that_serve_routes_differ_in_role_and_concurrency_alone(build):
    """Each also has its own name, from which it knows its routes."""
    resources = build.template()["Resources"]
    common = []
    for name in Function:
        properties = resources[name]["Properties"]
        assert properties["Environment"]["Variables"].pop("DAYPASS_FUNCTION") == name
        variables = properties["Environment"]["Variables"]
        for variable in ("DAYPASS_SLACK_SIGNING", "DAYPASS_SLACK_WORK"):
            assert (variables.pop(variable, None) is None) is (name is not Function.SLACK)
        works_alone = variables.pop("DAYPASS_CLIENT_DECISION", None) is None
        assert works_alone is (name is not Function.CLIENT_APPROVAL)
        own = ("Role", "ReservedConcurrentExecutions")
        common.append({key: value for key, value in properties.items() if key not in own})
    assert common == [common[0]] * len(Function)


def test_unauthenticated_routes_cannot_use_up_the_concurrency_of_the_others(build):
    """The limit caps the six functions that serve them. By default nothing is reserved."""
    template = build.template()
    resources = template["Resources"]
    assert template["Parameters"]["AnonymousConcurrency"]["Default"] == 0
    capped = {
        name: resources[name]["Properties"]["ReservedConcurrentExecutions"]["Fn::If"]
        for name in functions.roles()
        if "ReservedConcurrentExecutions" in resources[name]["Properties"]
    }
    public = {route.function.value for route in ROUTES if not route.authentication.needs_token}
    reserved = ["ReservesConcurrency", {"Ref": "AnonymousConcurrency"}, {"Ref": "AWS::NoValue"}]
    assert capped == dict.fromkeys(public, reserved)


WIDE, NARROW = (50, 100), (10, 20)
ENDS = ("/revoke", "/close", "/end", "/leave", "/freeze", "/pause")
REVOCATIONS = {
    tuple(route.split())
    for route in routes()
    if route.startswith("POST") and route.endswith(ENDS) and "/v1/me/" not in route
}
REVOCATIONS.add(("POST", "/setup/{link}/pause"))
SLACK = {("POST", "/v1/slack/commands"), ("POST", "/v1/slack/actions")}
VEND = ("POST", "/v1/engagements/{engagement}/sessions")
OF_CONSOLE = ("/web", "/assets/")
CONSOLE = {
    (route.method, route.path)
    for route in ROUTES
    if route.path.startswith(OF_CONSOLE) or route.path == "/"
}
CAN_WAIT = {
    ("GET", "/cli"),
    ("GET", "/cli.sha256"),
    ("GET", "/healthz"),
    ("GET", "/openapi.json"),
    ("GET", "/setup/{link}/check"),
    ("GET", "/setup/{link}/report"),
    ("GET", "/setup/{link}/roles/{role}/files/{name}"),
    ("GET", "/setup/{link}/roles/{role}/launch"),
    ("POST", "/approve/{link}/rule"),
    ("POST", "/setup/{link}/policy/{until}"),
    ("POST", "/setup/{link}/resume"),
}
CONSOLE_ACTIONS = ("POST", "/web/actions/{action}")


def limits(build):
    """Return the stage's rate and burst by method and path."""
    return {
        (setting["HttpMethod"], setting["ResourcePath"].removeprefix("/").replace("~1", "/")): (
            setting["ThrottlingRateLimit"],
            setting["ThrottlingBurstLimit"],
        )
        for setting in build.template()["Resources"]["RestAPI"]["Properties"]["MethodSettings"]
    }


def test_each_kind_of_route_has_the_limit_that_protects_it(build):
    """A route with which a lead revokes, ends or closes, and a vend, has one of its own; so have
    those of Slack and of the web console, through which leads revoke too. An unauthenticated route
    that people need first has a narrow one. All others share the stage's default: a stage takes no
    more limits, and strangers can use up the default by any of the API's routes."""
    assert len(REVOCATIONS) >= 10
    public = {
        (route.method, route.path) for route in ROUTES if not route.authentication.needs_token
    } - CONSOLE
    wide = {("*", "*"), VEND, CONSOLE_ACTIONS, *REVOCATIONS, *SLACK}
    narrow = public - SLACK - REVOCATIONS - CAN_WAIT
    assert limits(build) == dict.fromkeys(wide, WIDE) | dict.fromkeys(narrow, NARROW)


def test_the_limits_fit_one_update_of_the_stage_and_the_smallest_limit_of_an_account(build):
    """UpdateStage refuses a long list of changes (see MAX_LIMITS). AWS does not document whether
    AWS CloudFormation splits one.

    "Amazon API Gateway quotas": 2,500 requests a second in some regions. A flood of other routes
    therefore leaves revocations their share of the account's limit.
    """
    assert len(limits(build)) <= MAX_LIMITS
    assert sum(rate for rate, _ in limits(build).values()) <= 2500 / 2


def test_only_the_latest_version_of_a_function_can_be_invoked(build):
    """A published version or an alias would keep running an old zip. No function has a URL
    either."""
    for resource in build.template()["Resources"].values():
        assert resource["Type"] not in (
            "AWS::Lambda::Version",
            "AWS::Lambda::Alias",
            "AWS::Lambda::Url",
        )
        properties = resource["Properties"]
        assert not {"AutoPublishAlias", "FunctionUrlConfig", "SnapStart"} & properties.keys()
