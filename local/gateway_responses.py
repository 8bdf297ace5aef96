"""The responses that API Gateway sends without calling a function, from the template."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

_TEMPLATE = Path(__file__).parent.parent / ".chalice" / "gateway.yaml"
_HEADER = "gatewayresponse.header."
# In a body, and in the mapping of a header ("Parameter mapping for REST APIs", API Gateway
# Developer Guide).
REQUEST_ID = "$context.requestId"
MAPPED_REQUEST_ID = "context.requestId"


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """A response that API Gateway sends."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def for_request(self, request_id: str) -> GatewayResponse:
        """Return the response with the request's ID filled in."""
        return replace(
            self,
            headers=tuple(
                (name, request_id if value == MAPPED_REQUEST_ID else value)
                for name, value in self.headers
            ),
            body=self.body.replace(REQUEST_ID.encode(), request_id.encode()),
        )


def read_gateway_responses() -> dict[str, GatewayResponse]:
    """Return the gateway responses in the template by type, such as MISSING_AUTHENTICATION_TOKEN.

    Raise ValueError if the template uses a variable other than the request's ID.
    """
    template = yaml.safe_load(_TEMPLATE.read_text(encoding="utf-8"))
    definition = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    responses = definition["x-amazon-apigateway-gateway-responses"]
    return {kind: _parse_response(kind, entry) for kind, entry in responses.items()}


def _parse_response(kind: str, entry: dict[str, Any]) -> GatewayResponse:
    """Return one gateway response. Raise ValueError for a variable but the request's ID."""
    body = entry["responseTemplates"]["application/json"]
    parameters = entry["responseParameters"]
    is_supported = all(
        value[0] == value[-1] == "'" or value == MAPPED_REQUEST_ID for value in parameters.values()
    )
    if "$" in body.replace(REQUEST_ID, "") or not is_supported:
        raise ValueError(
            f"{kind} in .chalice/gateway.yaml has a variable that the local gateway cannot fill in."
            f" Use only {REQUEST_ID}."
        )
    return GatewayResponse(
        status=int(entry["statusCode"]),
        headers=tuple(
            (name.removeprefix(_HEADER), value.strip("'")) for name, value in parameters.items()
        ),
        body=body.encode(),
    )
