"""Whoever may invoke a function past API Gateway chooses the whole event, and gains nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.package.deploying.deployed import Deployed

VEND = "/v1/engagements/{engagement}/sessions"
# What API Gateway says of a caller that an authorizer of its own has let in. Here it has none.
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

    def invoked(function: str, payload: dict[str, Any]) -> tuple[int, str]:
        answer = deployed.client("lambda").invoke(
            FunctionName=functions[function], Payload=json.dumps(payload).encode()
        )
        parsed = json.load(answer["Payload"])
        assert "FunctionError" not in answer, parsed
        return parsed["statusCode"], json.loads(parsed["body"])["reason"]

    return invoked


@pytest.mark.parametrize(
    ("function", "method", "resource"),
    [
        ("Enter", "POST", VEND),
        ("APIHandler", "GET", "/v1/members"),
        ("APIHandler", "POST", "/v1/engagements/{engagement}/revoke"),
    ],
)
def test_nobody_is_anybody_because_the_event_says_so(
    invoke: Any, function: str, method: str, resource: str
) -> None:
    assert invoke(function, event(method, resource)) == (401, "token-missing")


@pytest.mark.parametrize("function", ["APIHandler", "Anonymous", "Static", "ClientCheck"])
def test_no_other_function_vends(invoke: Any, function: str) -> None:
    assert invoke(function, event("POST", VEND)) == (503, "served-elsewhere")


@pytest.mark.parametrize("function", ["Enter", "APIHandler", "Anonymous", "Static", "ClientCheck"])
def test_a_route_that_there_is_not_is_none_for_a_direct_caller_either(
    invoke: Any, function: str
) -> None:
    """A function knows its own routes and no others: it says of each that another serves it."""
    assert invoke(function, event("POST", "/v1/first-lead")) == (503, "served-elsewhere")


def test_no_older_version_of_a_function_can_be_invoked(deployed: Deployed) -> None:
    for function in deployed.resources("AWS::Lambda::Function").values():
        versions = deployed.client("lambda").list_versions_by_function(FunctionName=function)
        assert [version["Version"] for version in versions["Versions"]] == ["$LATEST"]
        aliases = deployed.client("lambda").list_aliases(FunctionName=function)
        assert aliases["Aliases"] == []
