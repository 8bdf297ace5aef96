"""The domain name that a deployed API's event contains."""

from __future__ import annotations

import os
from typing import Any

from ministack.services import apigateway_v1


def apply() -> None:
    """Put the API's address into each event, so that links to the API work.

    AWS gives each API a domain of its own. Here an API has a path, so the "domain name" contains
    the path too. Without the fix, the event has no domain name.
    """
    build = apigateway_v1._build_lambda_event_v1

    def build_with_domain(*args: Any, **keywords: Any) -> Any:
        event = build(*args, **keywords)
        context = event["requestContext"]
        port = os.environ["GATEWAY_PORT"]
        context["domainName"] = f"127.0.0.1:{port}/_aws/execute-api/{context['apiId']}"
        return event

    apigateway_v1._build_lambda_event_v1 = build_with_domain
