"""Which function serves what, in the template as it is built, and who may invoke it."""

from __future__ import annotations

import re

import app  # noqa: F401 - it declares the routes
from chalicelib.entrypoints.http.routes import ROUTES, Function
from local import functions
from tests.e2e.package.building import Build
from tests.entrypoints.matrix import routes


def test_each_route_is_served_by_its_function_which_api_gateway_alone_may_invoke(
    build: Build,
) -> None:
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


def test_functions_that_serve_routes_differ_in_role_and_concurrency_alone(build: Build) -> None:
    """But for its own name, by which it knows what it serves."""
    resources = build.template()["Resources"]
    alike = []
    for name in Function:
        properties = resources[name]["Properties"]
        assert properties["Environment"]["Variables"].pop("DAYPASS_FUNCTION") == name
        for variable in ("DAYPASS_SLACK_SIGNING", "DAYPASS_SLACK_WORK"):
            assert (properties["Environment"]["Variables"].pop(variable, None) is None) is (
                name is not Function.SLACK
            )
        own = ("Role", "ReservedConcurrentExecutions")
        alike.append({key: value for key, value in properties.items() if key not in own})
    assert alike == [alike[0]] * len(Function)


def test_what_asks_for_no_token_is_kept_from_starving_the_rest(build: Build) -> None:
    """The four functions that serve it; a new account reserves nothing."""
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
ENDS = ("/revoke", "/close", "/end-lead-changes")
STOPPING = {tuple(route.split()) for route in routes() if route.endswith(ENDS)}
SLACK = {("POST", "/v1/slack/commands"), ("POST", "/v1/slack/actions")}
VEND = ("POST", "/v1/engagements/{engagement}/sessions")


def limits(build: Build) -> dict[tuple[str, str], tuple[int, int]]:
    """Rate and burst by method and path, as the stage has them."""
    return {
        (setting["HttpMethod"], setting["ResourcePath"].removeprefix("/").replace("~1", "/")): (
            setting["ThrottlingRateLimit"],
            setting["ThrottlingBurstLimit"],
        )
        for setting in build.template()["Resources"]["RestAPI"]["Properties"]["MethodSettings"]
    }


def test_what_stops_somebody_and_a_vend_share_their_limit_with_no_other_route(
    build: Build,
) -> None:
    """Every route that revokes, ends or closes something; and Slack's, by which leads stop too."""
    assert len(STOPPING) >= 10
    assert {key for key in limits(build) if key[1].endswith(ENDS)} == STOPPING
    for route in (*STOPPING, *SLACK, VEND):
        assert limits(build)[route] == WIDE


def test_a_route_without_a_token_has_a_narrow_limit_of_its_own(build: Build) -> None:
    public = {
        (route.method, route.path) for route in ROUTES if not route.authentication.needs_token
    } - SLACK
    assert {key: limits(build)[key] for key in public} == dict.fromkeys(public, NARROW)


def test_all_other_routes_share_the_stages_default(build: Build) -> None:
    public = {
        (route.method, route.path) for route in ROUTES if not route.authentication.needs_token
    }
    assert limits(build)["*", "*"] == WIDE
    assert limits(build).keys() == {("*", "*"), VEND} | STOPPING | public


def test_the_limits_are_few_enough_for_one_update_of_the_stage(build: Build) -> None:
    """UpdateStage refuses a list that is too long; a limit is two changes, and 80 are known to be
    taken. Whether AWS CloudFormation makes several updates of more is not documented."""
    assert 2 * len(limits(build)) <= 80


def test_all_routes_together_stay_below_the_smallest_limit_of_an_account(build: Build) -> None:
    """ "Amazon API Gateway quotas": 2,500 a second in some regions. So a flood of other routes,
    as far as it is let through, leaves a stop its share of the account's limit."""
    assert sum(rate for rate, _ in limits(build).values()) <= 2500 / 2


def test_nothing_but_the_latest_version_of_a_function_can_be_invoked(build: Build) -> None:
    """No version is published and no alias made, which would go on with an old zip; and no
    function has a URL of its own."""
    for resource in build.template()["Resources"].values():
        assert resource["Type"] not in (
            "AWS::Lambda::Version",
            "AWS::Lambda::Alias",
            "AWS::Lambda::Url",
        )
        properties = resource["Properties"]
        assert not {"AutoPublishAlias", "FunctionUrlConfig", "SnapStart"} & properties.keys()
