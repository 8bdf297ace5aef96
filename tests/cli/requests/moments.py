"""Times around now, for requests whose time left a test reads."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.cli.samples import APPROVED, OPEN, REQUEST


def moment(minutes: float) -> str:
    """Return the time that is so many minutes from now, as the API writes it."""
    return (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def pending(**changes: Any) -> dict[str, Any]:
    """Return Alice's request, which waits for another 48 of its 60 minutes."""
    times = {"created_at": moment(-11.5), "expires_at": moment(48.5)}
    return {**REQUEST, "member": "alice", "id": ALICES, "approvals": [], **times, **changes}


def approved(**changes: Any) -> dict[str, Any]:
    """Return Alice's request for two hours that have not begun."""
    times = {"decided_at": moment(-60.5), "access_ends_at": moment(23 * 60 + 0.5)}
    return {**APPROVED, "member": "alice", "id": ALICES, **times, **changes}


def open_now(**changes: Any) -> dict[str, Any]:
    """Return Alice's request whose access is open for another hour of two."""
    times = {"access_starts_at": moment(-59.5), "access_ends_at": moment(60.5)}
    return {**OPEN, "member": "alice", "id": ALICES, **times, **changes}


ALICES = "alice.00d9o4r5k3f81c2q"
MINE = "/v1/me/requests"
