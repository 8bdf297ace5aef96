"""Send events to an event bus of Amazon EventBridge (the EventBus port)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.evidence.trail_events import DETAIL_TYPE, SOURCE, SendResult, TrailEvent
from chalicelib.telemetry import logger

CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
"""The use case tries again itself, and only with the events that were not sent."""
_RESULTS = {"": SendResult.SENT, "MalformedDetail": SendResult.INVALID}
"""The only error of an entry that is about the event itself ("PutEventsResultEntry", Amazon
EventBridge API Reference). The causes of all others can be fixed, such as a missing permission."""
_INVALID_CALL = "ValidationException"


class AwsEventBus:
    """The event bus with this ARN. It can be in another account."""

    def __init__(self, arn: str, client: Any) -> None:
        self._arn, self._client = arn, client

    def send(self, events: Sequence[TrailEvent]) -> list[SendResult]:
        try:
            answer = self._client.put_events(Entries=[self._build_entry(each) for each in events])
        except (ClientError, BotoCoreError) as error:
            return self._handle_error(error, events)
        # The call succeeds even if each of its events failed. The results are in their order.
        codes = [entry.get("ErrorCode", "") for entry in answer["Entries"]]
        if failed := sorted({*codes} - {""}):
            _log(*failed)
        return [_RESULTS.get(code, SendResult.NOT_SENT) for code in codes]

    def _build_entry(self, event: TrailEvent) -> dict[str, Any]:
        return {
            "EventBusName": self._arn,
            "Source": SOURCE,
            "DetailType": DETAIL_TYPE,
            "Time": event.at,
            "Detail": event.detail,
        }

    def _handle_error(
        self, error: ClientError | BotoCoreError, events: Sequence[TrailEvent]
    ) -> list[SendResult]:
        """Return the results of a call that failed as a whole. If it is invalid, send each event in
        a call of its own, so that one of them does not keep the others back."""
        code = _read_code(error)
        _log(code)
        if code != _INVALID_CALL:
            return [SendResult.NOT_SENT] * len(events)
        if len(events) == 1:
            return [SendResult.INVALID]
        return [result for event in events for result in self.send([event])]


def _read_code(error: ClientError | BotoCoreError) -> str:
    """Return the error's code. The text of an error is not logged: it can repeat the event."""
    if isinstance(error, ClientError):
        return str(error.response["Error"]["Code"])
    return type(error).__name__


def _log(*codes: str) -> None:
    logger.warning("event bus", extra={"error": " ".join(codes)})
