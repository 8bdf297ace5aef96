"""Share the routes out among the functions, in the template that chalice has made for one.

    python .chalice/functions.py SAM_YAML

It asks the app in the working directory for its routes, so that no list of them is kept here.
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


def main(template: Path) -> None:
    sys.path.insert(0, str(Path.cwd()))
    import app  # noqa: F401 - it declares the routes
    from chalicelib.entrypoints.http.routes import ROUTES, SHARED_LIMIT

    made = package.read(template)
    share_out(made["Resources"], ROUTES)
    made["Resources"]["RestAPI"]["Properties"]["MethodSettings"] = limits(ROUTES, SHARED_LIMIT)
    template.write_text(yaml.safe_dump(apart(made), allow_unicode=True), encoding="utf-8")


def share_out(resources: dict[str, Any], routes: Sequence[Route]) -> None:
    """Each route is served by its function, which API Gateway may invoke; nothing else changes."""
    rest_api = resources["RestAPI"]["Properties"]
    api, permission = apart(resources[API]["Properties"]), resources[API + INVOKE]
    for route in routes:
        method = rest_api["DefinitionBody"]["paths"][route.path][route.method.lower()]
        uri = method["x-amazon-apigateway-integration"]["uri"]
        uri["Fn::Sub"] = uri["Fn::Sub"].replace(f"${{{API}.Arn}}", f"${{{route.function}.Arn}}")
    for name in sorted({route.function.value for route in routes}):
        function = apart(api | resources[name]["Properties"])
        function["Environment"]["Variables"]["DAYPASS_FUNCTION"] = name
        resources[name]["Properties"] = function
        asked = permission["Properties"] | {"FunctionName": {"Ref": name}}
        resources[name + INVOKE] = permission | {"Properties": asked}


def apart(value: Any) -> Any:
    """The same, of which nothing is shared. CloudFormation takes no aliases either, which stand in
    YAML for what is shared."""
    return json.loads(json.dumps(value))


def limits(routes: Sequence[Route], shared: Limit) -> list[dict[str, Any]]:
    """Return what the stage lets through: its default, and each route's own limit."""
    own = [_limited(route.path, route.method, route.limit) for route in routes if route.limit]
    return [_limited("*", "*", shared), *own]


def _limited(path: str, method: str, limit: Limit) -> dict[str, Any]:
    """ "MethodSetting" (AWS::ApiGateway::Stage): slashes but for the first are written as ~1."""
    return {
        "ResourcePath": "/" + path.replace("/", "~1"),
        "HttpMethod": method,
        "ThrottlingRateLimit": limit.rate,
        "ThrottlingBurstLimit": limit.burst,
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
