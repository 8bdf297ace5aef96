"""Drives the real app through its Lambda handler, with the events that API Gateway would send."""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from msgspec.structs import replace

from app import app
from local import functions
from local.slack.requests import Person
from tests.builders import Scene, a_scene, token_text_of
from tests.fakes import writes
from tests.fakes.slack import Workspace, a_workspace, command, press, signed
from tests.fakes.templates import FakeTemplates

ADDRESS = "203.0.113.7"
NO_BODY: Any = object()

Query = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Response:
    """A response of the app."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def reason(self) -> str:
        return self.json["reason"]


@dataclass(slots=True)
class Api:
    """The app over a fake world. The world is the scene's: `api.world`."""

    scene: Scene
    workspace: Workspace
    requests: int = field(default=0)

    @property
    def world(self) -> Any:
        return self.scene.world

    def get(self, path: str, caller: str = "", **more: Any) -> Response:
        return self.send("GET", path, caller, **more)

    def post(self, path: str, caller: str = "", body: Any = NO_BODY, **more: Any) -> Response:
        return self.send("POST", path, caller, body, **more)

    def patch(self, path: str, caller: str = "", body: Any = NO_BODY, **more: Any) -> Response:
        return self.send("PATCH", path, caller, body, **more)

    def types(self, text: str, user: Person, **changes: Any) -> Response:
        """Send a /daypass command as Slack sends it."""
        return self.from_slack("/v1/slack/commands", command(text, user), **changes)

    def presses(
        self, button: dict[str, Any], user: Person, words: str | None = None, **changes: Any
    ) -> Response:
        """Send the press of a button as Slack sends it, with the words in the message's field."""
        return self.from_slack("/v1/slack/actions", press(button, user, words=words), **changes)

    def from_slack(self, path: str, form: dict[str, str] | str, **changes: Any) -> Response:
        sent = signed(form, self.world, **changes)
        return self.send("POST", path, raw=sent["body"], headers=sent["headers"])

    def send(
        self,
        method: str,
        path: str,
        caller: str = "",
        body: Any = NO_BODY,
        *,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        raw: str | None = None,
        **changes: Any,
    ) -> Response:
        """Send a request. `caller` is a member's ID, `raw` a body to send unchanged."""
        self.requests += 1
        sent = {"Accept": "application/zip"} if path == "/cli" else {}
        if caller:
            sent["Authorization"] = f"Bearer {token_text_of(caller)}"
        if body is not NO_BODY:
            raw = json.dumps(body)
        if raw is not None:
            sent["Content-Type"] = "application/json"  # unless the headers say otherwise
        lambda_event = event(
            method, path, headers=sent | dict(headers or {}), query=query, body=raw
        )
        lambda_event["requestContext"]["requestId"] = f"request-{self.requests}"
        return self.invoke(lambda_event | changes)

    def invoke(self, lambda_event: dict[str, Any]) -> Response:
        """Invoke the handler. The event and the response pass through JSON, as in Lambda."""
        route = lambda_event.get("httpMethod", ""), lambda_event.get("resource", "")
        with writes.by_function(functions.function_for_route(*route)):
            answer = json.loads(json.dumps(app(json.loads(json.dumps(lambda_event)), None)))
        return Response(answer["statusCode"], answer["headers"], answer["body"])


def fresh_api() -> AbstractContextManager[Api]:
    """Serve the app over a scene of its own, as the fixture `api` does."""
    return served(a_scene())


@contextmanager
def served(scene: Scene) -> Iterator[Api]:
    """Serve the app over this scene for the duration of the block."""
    with pytest.MonkeyPatch.context() as patch:
        templates = FakeTemplates()
        with_shelf = lambda: replace(scene.ports, templates=templates)  # noqa: E731
        patch.setattr("chalicelib.bootstrap.ports", with_shelf)
        workspace = a_workspace(scene.world, scene.ports)
        patch.setattr("chalicelib.bootstrap.slack_ports", lambda: workspace.slack_ports)
        yield Api(scene, workspace)


def event(
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    query: Query | None = None,
    body: str | None = None,
) -> dict[str, Any]:
    """Return the event of API Gateway's Lambda proxy integration (REST API) for a request."""
    resource, parameters = resource_of(path)
    several = {k: [v] if isinstance(v, str) else list(v) for k, v in (query or {}).items()}
    return {
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": dict(headers or {}),
        "multiValueHeaders": {name: [value] for name, value in (headers or {}).items()},
        "queryStringParameters": {k: v[-1] for k, v in several.items() if v} or None,
        "multiValueQueryStringParameters": several or None,
        "pathParameters": parameters or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": method,
            "path": f"/api{path}",
            "requestId": "request",
            "stage": "api",
            "identity": {"sourceIp": ADDRESS, "userAgent": "tests"},
        },
        "body": body,
        "isBase64Encoded": False,
    }


def resource_of(path: str) -> tuple[str, dict[str, str]]:
    """Return the route that API Gateway would pick, and the decoded path parameters."""
    parts = path.split("/")
    for expected in _routes_by_length()[len(parts)]:
        pairs = list(zip(expected, parts, strict=True))
        if all(part.startswith("{") or part == text for part, text in pairs):
            names = {part[1:-1]: unquote(text) for part, text in pairs if part.startswith("{")}
            return "/".join(expected), names
    if path.startswith("/web/"):
        return "/web/{page+}", {"page": unquote(path.removeprefix("/web/"))}
    raise LookupError(f"API Gateway would not have let {path} in")


@cache
def _routes_by_length() -> dict[int, list[list[str]]]:
    """Return the parts of each route, by their number."""
    routes = defaultdict[int, list[list[str]]](list)
    for route in sorted(app.routes):
        parts = route.split("/")
        routes[len(parts)].append(parts)
    return routes


def run_alone(program: str, event: Any) -> Any:
    """Run the program in a process of its own, as Lambda runs a function that imports only its own
    module. Return the `answer` that it makes of the `event`. Fail if it imports the whole app."""
    lines = (
        "import json, sys",
        "event = json.loads(sys.argv[1])",
        program,
        "sys.stderr.write(json.dumps([answer, 'app' in sys.modules]))",  # stdout has the log
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(lines), json.dumps(event)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer, has_whole_app = json.loads(done.stderr)
    assert not has_whole_app
    return answer
