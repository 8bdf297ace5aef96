"""What API Gateway answers by itself, as the deployment's template words it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

_TEMPLATE = Path(__file__).parent.parent / ".chalice" / "gateway.yaml"
_HEADER = "gatewayresponse.header."
# In a body, and as what a header is mapped from ("Parameter mapping for REST APIs", API Gateway
# Developer Guide).
REQUEST_ID = "$context.requestId"
MAPPED_REQUEST_ID = "context.requestId"


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """One answer that the function has no part in."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def for_request(self, request_id: str) -> GatewayResponse:
        """The same answer, with the request's id filled in."""
        return replace(
            self,
            headers=tuple(
                (name, request_id if value == MAPPED_REQUEST_ID else value)
                for name, value in self.headers
            ),
            body=self.body.replace(REQUEST_ID.encode(), request_id.encode()),
        )


def read() -> dict[str, GatewayResponse]:
    """Give the responses by type, such as MISSING_AUTHENTICATION_TOKEN.

    One variable is in use, the request's id: a template that names another is refused with
    ValueError.
    """
    template = yaml.safe_load(_TEMPLATE.read_text(encoding="utf-8"))
    definition = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    responses = definition["x-amazon-apigateway-gateway-responses"]
    return {kind: _response(kind, entry) for kind, entry in responses.items()}


def _response(kind: str, entry: dict[str, Any]) -> GatewayResponse:
    body = entry["responseTemplates"]["application/json"]
    parameters = entry["responseParameters"]
    known = all(
        value[0] == value[-1] == "'" or value == MAPPED_REQUEST_ID for value in parameters.values()
    )
    if "$" in body.replace(REQUEST_ID, "") or not known:
        raise ValueError(f"{kind}: this cannot be served locally")
    return GatewayResponse(
        status=int(entry["statusCode"]),
        headers=tuple(
            (name.removeprefix(_HEADER), value.strip("'")) for name, value in parameters.items()
        ),
        body=body.encode(),
    )
