"""Compare what the trail says with what is stored."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.domain.evidence.access_review.files import DIFFERENCES, Line, build_line
from chalicelib.domain.rows import cell_text
from chalicelib.domain.values import Item

_COMPARED = (
    "name", "kind", "suspended_at", "left_at", "client", "account_id", "requires_client_approval",
    "closed_at", "revoked_at", "starts_at", "ends_at", "roles", "on_request", "emergency",
)  # fmt: skip
_ENDS = ("suspended_at", "left_at", "closed_at", "revoked_at")
"""The fields whose times differ by moments from those of their entries."""


def _describe_item(item: Item | None) -> dict[str, str]:
    """Return the item's fields that decide about access, as texts. Without an item, none."""
    present = ((name, getattr(item, name, None)) for name in _COMPARED)
    return {
        name: "yes" if name in _ENDS else cell_text(value)
        for name, value in present
        if value is not None
    }


def compare(
    engagement: str, member: str, rebuilt: Item | None, stored: Item | None
) -> Iterator[Line]:
    """Yield a line with the fields in which the stored item differs from the one that was rebuilt
    from the trail, if there are any. None stands for an item that does not exist."""
    by_trail, as_stored = _describe_item(rebuilt), _describe_item(stored)
    if by_trail != as_stored:
        both = by_trail | as_stored
        names = [name for name in both if by_trail.get(name) != as_stored.get(name)]
        cells = {
            "Engagement": engagement,
            "Member": member,
            "By the trail": _format(by_trail, names),
            "As stored": _format(as_stored, names),
        }
        yield build_line(DIFFERENCES, cells)


def _format(item: dict[str, str], names: list[str]) -> str:
    return "; ".join(f"{name}: {item.get(name, '')}" for name in names) if item else "nothing"
