"""A Chalice app that returns what it receives."""

import datetime
from typing import Any

from chalice.app import Chalice, CORSConfig, Response


def tiny_app() -> Any:
    app = Chalice("tiny")
    app.api.binary_types = ["application/octet-stream"]

    @app.route("/")
    def root() -> dict[str, bool]:
        return {"ok": True}

    @app.route("/event", methods=["GET", "POST", "PUT", "HEAD"])
    def event() -> Any:
        return app.current_request.to_original_event()

    @app.route("/engagements/{engagement}/sessions/{session}")
    def by_parameters(engagement: str, session: str) -> dict[str, str]:
        return {"engagement": engagement, "session": session}

    @app.route("/engagements/{engagement}/sessions/all")
    def static(engagement: str) -> dict[str, str]:
        return {"all of": engagement}

    @app.route("/greedy/{rest+}")
    def greedy() -> Any:
        return app.current_request.uri_params

    @app.route("/greedy/{name}/form", methods=["POST"])
    def form(name: str) -> dict[str, str]:
        return {"form of": name}

    @app.route("/bytes", methods=["POST"], content_types=["application/octet-stream"])
    def echo() -> Response:
        octets = {"Content-Type": "application/octet-stream"}
        return Response(body=app.current_request.raw_body, headers=octets)

    @app.route("/cookies")
    def cookies() -> Response:
        headers: Any = {"Set-Cookie": ["a=1", "b=2"], "Content-Type": "text/plain"}
        return Response(body="two", status_code=201, headers=headers)

    @app.route("/refused")
    def refused() -> Response:
        return Response(body="", status_code=401, headers={"WWW-Authenticate": "Bearer"})

    @app.route("/from-a-page", cors=CORSConfig(allow_origin="https://page.example"))
    def from_a_page() -> dict[str, bool]:
        return {"ok": True}

    @app.route("/unserialisable")
    def unserialisable() -> Any:
        return {"now": datetime.datetime.now(datetime.UTC)}

    @app.route("/split-header")
    def split_header() -> Response:
        headers: Any = {"X-One": ["1\r\nX-Two: 2"]}
        return Response(body="", headers=headers)

    return app
