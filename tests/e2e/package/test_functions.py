"""Which function serves what, in the template as it is built, and who may invoke it."""

from __future__ import annotations

import re

import app  # noqa: F401 - it declares the routes
from chalicelib.entrypoints.http.declared import ROUTES, Function
from local import functions
from tests.e2e.package.building import Build


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
        found = resources[name]["Properties"]
        assert found["Environment"]["Variables"].pop("DAYPASS_FUNCTION") == name
        for variable in ("DAYPASS_SLACK_SIGNING", "DAYPASS_SLACK_WORK"):
            assert (found["Environment"]["Variables"].pop(variable, None) is None) is (
                name is not Function.SLACK
            )
        own = ("Role", "ReservedConcurrentExecutions")
        alike.append({key: value for key, value in found.items() if key not in own})
    assert alike == [alike[0]] * len(Function)


def test_what_asks_for_no_token_is_kept_from_starving_the_rest(build: Build) -> None:
    """The four functions that serve it, and each of its routes; a new account reserves nothing."""
    template = build.template()
    resources = template["Resources"]
    assert template["Parameters"]["AnonymousConcurrency"]["Default"] == 0
    capped = {
        name: resources[name]["Properties"]["ReservedConcurrentExecutions"]["Fn::If"]
        for name in functions.roles()
        if "ReservedConcurrentExecutions" in resources[name]["Properties"]
    }
    public = {route.function.value for route in ROUTES if route.public}
    reserved = ["ReservesConcurrency", {"Ref": "AnonymousConcurrency"}, {"Ref": "AWS::NoValue"}]
    assert capped == dict.fromkeys(public, reserved)
    settings = resources["RestAPI"]["Properties"]["MethodSettings"]
    throttled = {(one["HttpMethod"], one["ResourcePath"].replace("~1", "/")) for one in settings}
    assert throttled == {("*", "/*")} | {
        (route.method, f"/{route.path}") for route in ROUTES if route.public
    }
    assert len({one["ThrottlingRateLimit"] for one in settings[1:]}) == 1
    assert settings[1]["ThrottlingRateLimit"] < settings[0]["ThrottlingRateLimit"]


def test_nothing_but_the_latest_version_of_a_function_can_be_invoked(build: Build) -> None:
    """No version is published and no alias made, which would go on with an old zip; and no
    function has a URL of its own."""
    for resource in build.template()["Resources"].values():
        assert resource["Type"] not in (
            "AWS::Lambda::Version",
            "AWS::Lambda::Alias",
            "AWS::Lambda::Url",
        )
        asked = resource["Properties"]
        assert not {"AutoPublishAlias", "FunctionUrlConfig", "SnapStart"} & asked.keys()
