"""Look up CloudTrail's events in clients' accounts (`Ports.open_event_history`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.vending.sts import (
    THROTTLING_ERRORS,
    build_assume_role_request,
    translate_error,
)
from chalicelib.domain.errors import AwsRefused, DaypassError, Unavailable
from chalicelib.domain.policies.look_up import LOOK_UP_POLICY
from chalicelib.domain.reasons import Reason
from chalicelib.domain.verification.probe_variants import Probe

MAIN_REGIONS = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""The region of each partition that has the events of global services, such as AWS IAM."""
_PAUSE = 0.5
"""Seconds. CloudTrail answers two requests a second in a region ("LookupEvents", CloudTrail API
Reference)."""
# The client's people ask, too, so a throttled request is sent again, four times at most.
CONFIG = Config(
    connect_timeout=2,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 5},
    parameter_validation=False,  # all parameters come from parsed values
)


def open_event_history(
    probe: Probe,
    get_sts_client: Callable[[], Any],
    create_client: Callable[..., Any],
    regions: Sequence[str],
    pause: Callable[[float], None] = time.sleep,
) -> AwsEventHistory:
    """Assume the role with a session that can look up events and nothing else. Raise AwsRefused if
    AWS refuses, and Unavailable if it does not answer.

    `get_sts_client` returns the STS client for AssumeRole. `create_client` creates a client in a
    region, for a service. `pause` waits for this many seconds.
    """
    request = build_assume_role_request(probe, probe.session_name, LOOK_UP_POLICY)
    try:
        credentials = get_sts_client().assume_role(**request)["Credentials"]
    except (ClientError, BotoCoreError) as error:
        raise translate_error(error) from error
    keys = {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }
    clients = {
        region: create_client(region, "cloudtrail", config=CONFIG, **keys)
        for region in dict.fromkeys(regions)
    }
    return AwsEventHistory(clients, pause)


class AwsEventHistory:
    """The EventHistory port on CloudTrail's clients, by region."""

    def __init__(self, clients: Mapping[str, Any], pause: Callable[[float], None]) -> None:
        self._clients = clients
        self._pause = pause

    @property
    def regions(self) -> Sequence[str]:
        return tuple(self._clients)

    def look_up(
        self, region: str, attribute: str, value: str, since: datetime, until: datetime
    ) -> Iterator[Sequence[str]]:
        """Yield the pages of the events with this value, newest first, each event as JSON."""
        request: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": attribute, "AttributeValue": value}],
            "StartTime": since,
            "EndTime": until,
            "MaxResults": 50,
        }
        while True:
            self._pause(_PAUSE)
            try:
                page = self._clients[region].lookup_events(**request)
            except (ClientError, BotoCoreError) as error:
                raise _translate_error(error) from error
            yield [event["CloudTrailEvent"] for event in page.get("Events", ())]
            if not page.get("NextToken"):
                return
            request["NextToken"] = page["NextToken"]


def _translate_error(error: ClientError | BotoCoreError) -> DaypassError:
    """Return the error to raise: AwsRefused if the session may not look events up, and otherwise
    Unavailable."""
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    if code in ("AccessDenied", "AccessDeniedException"):
        return AwsRefused(Reason.AWS_REJECTED)
    is_throttled = code in THROTTLING_ERRORS
    return Unavailable(Reason.AWS_THROTTLED if is_throttled else Reason.AWS_UNREACHABLE)
