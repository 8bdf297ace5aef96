"""For everybody: is Daypass up, and what does its API look like."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from chalice.app import Blueprint

from chalicelib.entrypoints.http.routing import public
from chalicelib.entrypoints.http.schemas import thing
from chalicelib.entrypoints.http.shapes import Json

blueprint = Blueprint(__name__)

OPENAPI = Path(__file__).parents[2] / "openapi.json"


@public(
    blueprint,
    "/healthz",
    summary="Whether the function answers. It asks nothing of AWS",
    gives=thing("Health", status={"const": "ok"}),
)
def healthz() -> Json:
    return {"status": "ok"}


@public(
    blueprint,
    "/openapi.json",
    summary="This API in OpenAPI 3.1",
    gives={"type": "object"},
)
def openapi() -> Any:
    return _document()


@cache
def _document() -> Any:
    return json.loads(OPENAPI.read_text(encoding="utf-8"))
