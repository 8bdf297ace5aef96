"""Assign each route to its function, in the template that chalice writes for one function.

    python .chalice/functions.py SAM_YAML

It imports the app of the working directory and reads its routes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import package
import yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chalicelib.entrypoints.http.routes import Limit, Route

API = "APIHandler"
INVOKE = "InvokePermission"
MAX_LIMITS = 30
"""API Gateway refuses a long update of a stage: "Update size too large. Try updating stage in
multiple UpdateStage operations" was seen at some 80 changes. Each limit is two changes, and the
access log is two more."""


def main(template: Path) -> None:
    sys.path.insert(0, str(Path.cwd()))
    import app  # noqa: F401 - it declares the routes
    from chalicelib.entrypoints.http.routes import ROUTES, SHARED_LIMIT, Function

    parsed = package.read_template(template)
    assign_routes(parsed["Resources"], ROUTES, [function.value for function in Function])
    parsed["Resources"]["RestAPI"]["Properties"]["MethodSettings"] = limits(ROUTES, SHARED_LIMIT)
    template.write_text(
        yaml.safe_dump(without_aliases(parsed), allow_unicode=True), encoding="utf-8"
    )


def assign_routes(
    resources: dict[str, Any], routes: Sequence[Route], functions: Sequence[str]
) -> None:
    """Let each route's function serve it, and let API Gateway invoke these functions."""
    rest_api = resources["RestAPI"]["Properties"]
    api, permission = without_aliases(resources[API]["Properties"]), resources[API + INVOKE]
    for route in routes:
        method = rest_api["DefinitionBody"]["paths"][route.path][route.method.lower()]
        uri = method["x-amazon-apigateway-integration"]["uri"]
        uri["Fn::Sub"] = uri["Fn::Sub"].replace(f"${{{API}.Arn}}", f"${{{route.function}.Arn}}")
    for name in sorted(functions):
        function = without_aliases(api | resources[name]["Properties"])
        function["Environment"]["Variables"]["DAYPASS_FUNCTION"] = name
        resources[name]["Properties"] = function
        properties = permission["Properties"] | {"FunctionName": {"Ref": name}}
        resources[name + INVOKE] = permission | {"Properties": properties}


def without_aliases(value: Any) -> Any:
    """Return a deep copy without shared parts: YAML would write those as aliases, which
    CloudFormation does not accept."""
    return json.loads(json.dumps(value))


def limits(routes: Sequence[Route], shared: Limit) -> list[dict[str, Any]]:
    """Return the stage's throttling settings: its default, and each route's own limit. Raise
    SystemExit if one update of the stage cannot hold them."""
    own = [_limited(route.path, route.method, route.limit) for route in routes if route.limit]
    if 1 + len(own) > MAX_LIMITS:
        raise SystemExit(
            f"A stage takes {MAX_LIMITS} limits, and this one would have {1 + len(own)}. Let a"
            " route share the default (Route.shares_limit)."
        )
    return [_limited("*", "*", shared), *own]


def _limited(path: str, method: str, limit: Limit) -> dict[str, Any]:
    """Return a MethodSetting (AWS::ApiGateway::Stage). It writes slashes after the first as ~1."""
    return {
        "ResourcePath": "/" + path.replace("/", "~1"),
        "HttpMethod": method,
        "ThrottlingRateLimit": limit.rate,
        "ThrottlingBurstLimit": limit.burst,
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
