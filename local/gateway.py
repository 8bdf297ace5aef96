"""Serve a Chalice app over HTTP by calling its Lambda handler, in place of API Gateway."""

from __future__ import annotations

import base64
import json
import logging
import socket
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any

from local import gateway_responses
from local.gateway_responses import GatewayResponse
from local.proxy_event import BadRequest, Request, event, find_resource

LARGEST_BODY = 6 * 1024 * 1024
"""AWS Lambda takes no more; API Gateway itself would take 10 MB."""

_LOG = logging.getLogger(__name__)
_FUNCTION = "daypass-local"
_FUNCTION_SECONDS = 25
"""The timeout of the functions that serve routes (.chalice/config.json)."""
_IDLE_SECONDS = 30
"""The gateway closes a connection that is silent for this long."""
# "Important notes for Amazon API Gateway" (Developer Guide): it renames this header of a function.
_REMAPPED = {"www-authenticate": "x-amzn-Remapped-WWW-Authenticate"}


InvocationContext = Callable[[str, str], AbstractContextManager[None]]
"""A function that returns the context in which to serve a method and a resource's path."""


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """The context object of one invocation."""

    deadline: float
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    function_name: str = _FUNCTION
    function_version: str = "$LATEST"
    memory_limit_in_mb: str = "1024"
    invoked_function_arn: str = f"arn:aws:lambda:us-east-1:123456789012:function:{_FUNCTION}"
    log_group_name: str = f"/aws/lambda/{_FUNCTION}"
    log_stream_name: str = "local"
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self.deadline - time.monotonic()) * 1000))


@dataclass(frozen=True, slots=True)
class Gateway:
    """A listening gateway. Connections wait until `serve` is called."""

    server: _Server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def serve(self, app: Any, running: InvocationContext | None = None) -> None:
        """Start to serve the app, in new threads."""
        context = running or (lambda _method, _resource: nullcontext())
        self.server.api = _Api(
            app=app, responses=gateway_responses.read_gateway_responses(), running=context
        )
        self.server.serving = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Stop the server, and free the port."""
        if self.server.serving:
            self.server.shutdown()
        self.server.server_close()


def listen(*, port: int) -> Gateway:
    """Listen on 127.0.0.1. Port 0 means any free port. Raise OSError if the port is in use."""
    return Gateway(_Server(("127.0.0.1", port), _Connection))


@dataclass(frozen=True, slots=True)
class _Api:
    """The app behind the gateway. One request at a time calls the app."""

    app: Any
    responses: dict[str, GatewayResponse]
    running: InvocationContext
    # A Lambda environment runs one invocation at a time. The app relies on that: Chalice keeps the
    # current request on the app object.
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> GatewayResponse:
        """Return the response to a request. Call the app only for a route that it has."""
        try:
            routes = self.app.routes
            # API Gateway looks for a path that has the method: a greedy one may serve a method that
            # a closer path lacks.
            with_method = [path for path in routes if request.method in routes[path]]
            resource = find_resource(request.path, with_method)
            resource = resource or find_resource(request.path, routes)
            methods = routes[resource.pattern] if resource else {}
            if resource is None:
                return self.build_gateway_response("MISSING_AUTHENTICATION_TOKEN")
            if request.method == "OPTIONS" and (preflight := _build_preflight(methods)):
                return preflight
            # For a method that the path lacks, API Gateway would respond as for an unknown path.
            # This gateway calls the function, whose response lists the methods.
            binary_types = self.app.api.binary_types
            return self._invoke(event(request, resource, binary_types=binary_types))
        except BadRequest:
            return self.build_gateway_response("DEFAULT_4XX")

    def build_gateway_response(self, kind: str) -> GatewayResponse:
        """Return the response of this type that API Gateway sends without calling a function."""
        return self.responses[kind].for_request(str(uuid.uuid4()))

    def _invoke(self, request_event: dict[str, Any]) -> GatewayResponse:
        """Call the app as AWS Lambda does, and return its response."""
        try:
            # Convert event and response to JSON and back, as AWS Lambda does.
            route = request_event["httpMethod"], request_event["resource"]
            with self.one_at_a_time, self.running(*route):
                context = LambdaContext(deadline=time.monotonic() + _FUNCTION_SECONDS)
                response = self.app(json.loads(json.dumps(request_event)), context)
            return _convert_response(json.loads(json.dumps(response)))
        except Exception:  # noqa: BLE001  API Gateway responds with 502 to any error.
            _LOG.exception("The function failed")
            return self.build_gateway_response("DEFAULT_5XX")


def _build_preflight(methods: dict[str, Any]) -> GatewayResponse | None:
    """Return the response to a CORS preflight request, or None if no method allows CORS."""
    allowing = {name: entry.cors for name, entry in methods.items() if entry.cors}
    if not allowing:
        return None
    headers = {
        **next(iter(allowing.values())).get_access_control_headers(),
        "Access-Control-Allow-Methods": ",".join([*sorted(allowing), "OPTIONS"]),
    }
    return GatewayResponse(status=200, headers=tuple(headers.items()), body=b"")


def _convert_response(output: dict[str, Any]) -> GatewayResponse:
    """Return the HTTP response for a function's output, as API Gateway converts it."""
    body = output.get("body") or ""
    multiple = output.get("multiValueHeaders") or {}
    single = {k: v for k, v in (output.get("headers") or {}).items() if k not in multiple}
    headers = [(name, str(value)) for name, value in single.items()]
    headers += [(name, str(value)) for name, values in multiple.items() for value in values]
    headers = [(_REMAPPED.get(name.lower(), name), value) for name, value in headers]
    if any(character in name + value for name, value in headers for character in "\r\n"):
        raise ValueError("A header of the function's response contains a line break")
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return GatewayResponse(
        status=int(output["statusCode"]),
        headers=tuple(headers),
        body=base64.b64decode(body) if output.get("isBase64Encoded") else body.encode(),
    )


class _Server(ThreadingTCPServer):
    """The server of the gateway. It handles each connection in a thread of its own."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
    api: _Api
    serving = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: a traceback could contain a token."""


class _Connection(BaseHTTPRequestHandler):
    """One connection of a client."""

    server: _Server
    server_version = "local-gateway"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024

    def do_GET(self) -> None:
        """Respond to any method."""
        try:
            length = self._body_length()
        except BadRequest:
            self._refuse("BAD_REQUEST_BODY")
            return
        if length > LARGEST_BODY:
            self._refuse("REQUEST_TOO_LARGE")
            return
        request = Request(
            method=self.command,
            target=self.path,
            headers=tuple(self.headers.items()),
            body=self.rfile.read(length),
            source_ip=self.client_address[0],
        )
        if len(request.body) < length:
            self.close_connection = True
            return
        self._write(self.server.api.answer(request))

    do_HEAD = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

    def _body_length(self) -> int:
        """Return the length of the request's body. Raise BadRequest if it is unclear."""
        lengths = self.headers.get_all("Content-Length", [])
        if "Transfer-Encoding" in self.headers or len(set(lengths)) > 1:
            raise BadRequest
        if not lengths:
            return 0
        if not (lengths[0].isascii() and lengths[0].isdigit()):
            raise BadRequest
        return int(lengths[0])

    def _refuse(self, kind: str) -> None:
        """Respond without reading the body, and close the connection."""
        self.close_connection = True
        self._write(self.server.api.build_gateway_response(kind))
        self.wfile.flush()
        # Closing with unread bytes would reset the connection, and the response would be lost.
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(1)
        try:
            for _ in range(2 * LARGEST_BODY // 65536):
                if not self.connection.recv(65536):
                    return
        except OSError:
            return

    def _write(self, response: GatewayResponse) -> None:
        """Send the response."""
        self.send_response(response.status)
        for name, value in response.headers:
            if name.lower() not in ("content-length", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def handle_expect_100(self) -> bool:
        continues = super().handle_expect_100()
        self.wfile.flush()
        return continues

    def send_error(
        self,
        code: int,
        message: str | None = None,  # noqa: ARG002
        explain: str | None = None,  # noqa: ARG002
    ) -> None:
        """Respond to malformed requests and unknown methods, which the standard library refuses."""
        self.close_connection = True
        unknown_method = code == 501
        kind = "MISSING_AUTHENTICATION_TOKEN" if unknown_method else "DEFAULT_4XX"
        self._write(self.server.api.build_gateway_response(kind))

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: request lines and headers contain tokens."""
