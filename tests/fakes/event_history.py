"""CloudTrail's event history in memory. The local AWS answers alike: tests/adapters/vending."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chalicelib.domain.errors import AwsRefused
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.reasons import Reason
from chalicelib.domain.verification.probe_variants import Probe
from chalicelib.domain.verification.proof import ProbeOutcome

if TYPE_CHECKING:
    from tests.fakes import World

PAGE = 50


class FakeEventHistory:
    """The EventHistory port over the world's events."""

    regions = ("eu-central-1", "us-east-1")

    def __init__(self, world: World, role_arn: str) -> None:
        self._world, self._role_arn = world, role_arn

    @classmethod
    def open(cls, world: World, probe: Probe) -> FakeEventHistory:
        from tests.fakes.sts import FakeSts

        world.step("open_event_history")
        if FakeSts(world).probe(probe) is not ProbeOutcome.ACCEPTED:
            raise AwsRefused(Reason.ROLE_REFUSED_DAYPASS)
        return cls(world, probe.role_arn)

    def look_up(
        self, region: str, attribute: str, value: str, since: datetime, until: datetime
    ) -> Iterator[Sequence[str]]:
        events = [
            event
            for event in self._world.cloudtrail.get(self._role_arn, ())
            if event["awsRegion"] == region
            and rfc3339(since) <= event["eventTime"] <= rfc3339(until)
            and _has(event, attribute, value)
        ]
        events.sort(key=lambda event: event["eventTime"], reverse=True)
        for start in range(0, max(len(events), 1), PAGE):
            self._world.step(f"look_up {region}")
            if self._role_arn not in self._world.cloudtrail:
                raise AwsRefused(Reason.AWS_REJECTED)
            yield [json.dumps(event) for event in events[start : start + PAGE]]


def _has(event: dict[str, Any], attribute: str, value: str) -> bool:
    if attribute == "ResourceName":
        return bool((event["requestParameters"] or {}).get("roleArn") == value)
    return str(event["userIdentity"]["principalId"]).partition(":")[2] == value
