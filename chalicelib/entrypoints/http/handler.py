"""What Lambda invokes for a request: it answers whatever it is handed, and raises nothing."""

from __future__ import annotations

from typing import Any

from chalice.app import Chalice

from chalicelib.entrypoints.http.answers import as_text
from chalicelib.entrypoints.http.observability import explain
from chalicelib.entrypoints.http.problems import problem

# API Gateway sends these with every request, empty or not. Who invokes the function by hand, to
# look whether it works, need not.
_EMPTY: dict[str, Any] = {
    "headers": None,
    "multiValueQueryStringParameters": None,
    "pathParameters": None,
    "stageVariables": None,
    "body": None,
}


class Handler(Chalice):
    """Chalice, which makes a request of the event before any code of ours is asked."""

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        try:
            if not isinstance(event["requestContext"]["resourcePath"], str):
                raise TypeError
            return super().__call__(_EMPTY | event, context)
        except Exception as bug:  # noqa: BLE001 - Lambda would answer with the bug's text
            response = problem(explain(getattr(context, "aws_request_id", ""), bug))
            response.body = as_text(response.body)
            return dict(response.to_dict())
