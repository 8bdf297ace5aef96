"""A caller who invokes a function directly controls the whole event, and gains no access."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.package.deploying.deployed import Deployed

VEND = "/v1/engagements/{engagement}/sessions"
# The context that an API Gateway authorizer would add. Daypass has no authorizer.
CLAIMS = {
    "principalId": "lena",
    "member": "lena",
    "claims": {"sub": "lena", "cognito:groups": "lead"},
}


def event(method: str, resource: str, **headers: str) -> dict[str, Any]:
    return {
        "httpMethod": method,
        "resource": resource,
        "path": resource.replace("{engagement}", "acme"),
        "pathParameters": {"engagement": "acme"} if "{" in resource else None,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "requestContext": {
            "httpMethod": method,
            "resourcePath": resource,
            "requestId": "forged",
            "identity": {
                "sourceIp": "127.0.0.1",
                "userArn": "arn:aws:iam::123456789012:root",
                "caller": "lena",
            },
            "authorizer": CLAIMS,
        },
        "body": json.dumps({"role": "readonly"}),
        "isBase64Encoded": False,
    }


@pytest.fixture
def invoke(deployed: Deployed) -> Any:
    functions = deployed.resources("AWS::Lambda::Function")

    def invoke_function(function: str, payload: dict[str, Any]) -> tuple[int, str]:
        response = deployed.client("lambda").invoke(
            FunctionName=functions[function], Payload=json.dumps(payload).encode()
        )
        parsed = json.load(response["Payload"])
        assert "FunctionError" not in response, parsed
        return parsed["statusCode"], json.loads(parsed["body"])["reason"]

    return invoke_function


@pytest.mark.parametrize(
    ("function", "method", "resource"),
    [
        ("Enter", "POST", VEND),
        ("APIHandler", "GET", "/v1/members"),
        ("APIHandler", "POST", "/v1/engagements/{engagement}/revoke"),
    ],
)
def test_an_events_claims_do_not_authenticate(
    invoke: Any, function: str, method: str, resource: str
) -> None:
    assert invoke(function, event(method, resource)) == (401, "token-missing")


@pytest.mark.parametrize("function", ["APIHandler", "Anonymous", "Static", "ClientCheck"])
def test_no_other_function_vends(invoke: Any, function: str) -> None:
    assert invoke(function, event("POST", VEND)) == (503, "served-elsewhere")


@pytest.mark.parametrize("function", ["Enter", "APIHandler", "Anonymous", "Static", "ClientCheck"])
def test_an_unknown_route_is_refused_when_invoked_directly(invoke: Any, function: str) -> None:
    """A function knows only its own routes, so it says that another function serves this one."""
    assert invoke(function, event("POST", "/v1/first-lead")) == (503, "served-elsewhere")


def test_no_older_version_of_a_function_can_be_invoked(deployed: Deployed) -> None:
    for function in deployed.resources("AWS::Lambda::Function").values():
        versions = deployed.client("lambda").list_versions_by_function(FunctionName=function)
        assert [version["Version"] for version in versions["Versions"]] == ["$LATEST"]
        aliases = deployed.client("lambda").list_aliases(FunctionName=function)
        assert aliases["Aliases"] == []
