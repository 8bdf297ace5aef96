"""CloudTrail's event history, which ministack keeps only without sessions, errors and other
accounts. `local.aws.events` keeps the events."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import get_account_id, get_region, json_response
from ministack.services import cloudtrail

from local.aws import events


def apply() -> None:
    """Answer LookupEvents with the events of the caller's account in the region."""

    def look_up(request: dict[str, Any]) -> Any:
        return json_response(events.look_up(get_account_id(), get_region(), request))

    cloudtrail._DISPATCH["LookupEvents"] = look_up
