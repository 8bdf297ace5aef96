"""A DynamoDB client that records each request and gives scripted responses."""

from collections import deque
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.dynamodb.connection import Tables
from chalicelib.adapters.dynamodb.failures import add_type_tags
from chalicelib.adapters.dynamodb.keys import build_entry_attributes
from chalicelib.domain.trail import Entry

STATE, TRAIL = "the-state", "the-trail"
Response = Mapping[str, Any] | ClientError


class Recorded:
    """A client whose `requests` are the keyword arguments of every call."""

    def __init__(self, *responses: Response) -> None:
        self.requests: list[dict[str, Any]] = []
        self.operations: list[str] = []
        self._responses = deque(responses)

    def query(self, **request: Any) -> Mapping[str, Any]:
        return self._respond("Query", request)

    def put_item(self, **request: Any) -> Mapping[str, Any]:
        return self._respond("PutItem", request)

    def batch_get_item(self, **request: Any) -> Mapping[str, Any]:
        return self._respond("BatchGetItem", request)

    def _respond(self, operation: str, request: Any) -> Mapping[str, Any]:
        self.operations.append(operation)
        self.requests.append(deepcopy(request))
        response = self._responses.popleft()
        if isinstance(response, ClientError):
            raise response
        return response

    @property
    def tables(self) -> Tables:
        return Tables(state=STATE, trail=TRAIL, region="eu-central-1", client=self)


def answer(
    entries: Iterable[Entry], *, stopped_at: str = "", intents: Iterable[Entry] = ()
) -> Response:
    """Return a query's response with these entries. `stopped_at` is the sort key where DynamoDB
    stopped before the end. Outcomes of `intents` get the keys that their intents reserve."""
    by_name = {intent.vend: intent for intent in intents}
    items = [as_stored(entry, intent=_of(entry, by_name)) for entry in entries]
    last = {"LastEvaluatedKey": {"pk": {"S": "of some entry"}, "sk": {"S": stopped_at}}}
    return {"Items": items} | (last if stopped_at else {})


def as_stored(entry: Entry, *, intent: Entry | None = None) -> dict[str, Any]:
    return add_type_tags(build_entry_attributes(entry, intent=intent))


def _of(entry: Entry, intents: Mapping[str, Entry]) -> Entry | None:
    intent = intents.get(entry.vend)
    return intent if intent is not None and intent != entry else None


def refused(code: str, **more: Any) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "as told"}, **more}, "AnyOperation")
