"""Serve the public routes: the health check and the OpenAPI document."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Literal

from chalice.app import Blueprint

from chalicelib.domain.values import Value
from chalicelib.entrypoints.http.authentication import NO_AUTHENTICATION
from chalicelib.entrypoints.http.routing import Routes

blueprint = Blueprint(__name__)
public = Routes(blueprint, authentication=NO_AUTHENTICATION)

OPENAPI = Path(__file__).parents[2] / "openapi.json"
VERSION = "0.1.0"
OLDEST_COMMAND = "0.1.0"


class Health(Value, frozen=True):
    """The state of the API."""

    status: Literal["ok"] = "ok"
    version: str = VERSION
    """Daypass's version."""
    oldest_command: str = OLDEST_COMMAND
    """The oldest version of the `daypass` command that this API still serves."""


@public.get("/healthz")
def healthz() -> Health:
    """Check that the function answers. It makes no calls to AWS"""
    return Health()


@public.get("/openapi.json")
@cache
def openapi() -> dict[str, Any]:
    """Show this API as OpenAPI 3.1"""
    document: dict[str, Any] = json.loads(OPENAPI.read_text(encoding="utf-8"))
    return document
