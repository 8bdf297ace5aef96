"""Where an API that is deployed here can be reached, as the function behind it is told."""

from __future__ import annotations

import os
from typing import Any

from ministack.services import apigateway_v1


def apply() -> None:
    """Name the API's address in each event, so that a link which is made of it leads somewhere.

    AWS gives the API a domain of its own. Here it answers below a path, which therefore stands
    behind the name. Unmended there is no name at all.
    """
    build = apigateway_v1._build_lambda_event_v1

    def build_with_domain(*words: Any, **more: Any) -> Any:
        event = build(*words, **more)
        context = event["requestContext"]
        port = os.environ["GATEWAY_PORT"]
        context["domainName"] = f"127.0.0.1:{port}/_aws/execute-api/{context['apiId']}"
        return event

    apigateway_v1._build_lambda_event_v1 = build_with_domain
