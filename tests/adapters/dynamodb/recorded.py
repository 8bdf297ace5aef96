"""A client for DynamoDB that remembers the whole of each request, and answers as it is told."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.dynamodb.connection import Tables
from chalicelib.adapters.dynamodb.failures import tagged
from chalicelib.adapters.dynamodb.items import entry_attributes
from chalicelib.domain.trail import Entry

STATE, TRAIL = "the-state", "the-trail"
Answer = Mapping[str, Any] | ClientError


class Recorded:
    """`asked` is the keyword arguments of every call: all of what is sent."""

    def __init__(self, *answers: Answer) -> None:
        self.asked: list[dict[str, Any]] = []
        self.operations: list[str] = []
        self._answers = deque(answers)

    def query(self, **request: Any) -> Mapping[str, Any]:
        return self._answer("Query", request)

    def put_item(self, **request: Any) -> Mapping[str, Any]:
        return self._answer("PutItem", request)

    def batch_get_item(self, **request: Any) -> Mapping[str, Any]:
        return self._answer("BatchGetItem", request)

    def _answer(self, operation: str, request: Any) -> Mapping[str, Any]:
        self.operations.append(operation)
        self.asked.append(deepcopy(request))
        answer = self._answers.popleft()
        if isinstance(answer, ClientError):
            raise answer
        return answer

    @property
    def tables(self) -> Tables:
        return Tables(state=STATE, trail=TRAIL, region="eu-central-1", client=self)


def answer(entries: Iterable[Entry], *, looked: str = "", intents: Iterable[Entry] = ()) -> Answer:
    """What a query of the trail gives; `looked` is where DynamoDB stopped, if not at the end.
    What came of one of `intents` is at the place that its intent has for it."""
    by_name = {intent.vend: intent for intent in intents}
    items = [as_stored(entry, intent=_of(entry, by_name)) for entry in entries]
    last = {"LastEvaluatedKey": {"pk": {"S": "of some entry"}, "sk": {"S": looked}}}
    return {"Items": items} | (last if looked else {})


def as_stored(entry: Entry, *, intent: Entry | None = None) -> dict[str, Any]:
    return tagged(entry_attributes(entry, intent=intent))


def _of(entry: Entry, known: Mapping[str, Entry]) -> Entry | None:
    intent = known.get(entry.vend)
    return intent if intent is not None and intent != entry else None


def refused(code: str, **more: Any) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "as told"}, **more}, "AnyOperation")
