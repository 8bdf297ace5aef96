"""List the cut-offs of clients' roles, and their progress."""

from __future__ import annotations

from chalicelib.domain.values import Page
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.view import CutOffView, build_cut_off_view
from chalicelib.usecases.ports import Ports

MAX_ROLES = 30
"""The most roles on one page, so that a response does not exceed Lambda's limit. A role has 60
cut-offs at most."""


def list_cut_offs(
    ports: Ports, *, engagement: str = "", limit: int, cursor: str = ""
) -> Page[CutOffView]:
    """Return a page of the cut-offs whose sessions may be active, of one engagement or of all.

    `limit` counts roles. An engagement's list comes from a consistent read. The list of all may lag
    behind by seconds. A caller's cursor is `engagement:role`, because the `#` of the table's keys
    would have to be escaped in a URL.
    """
    by = {"engagement": engagement} if engagement else {}
    page = ports.state.list(
        RoleCutOffs, limit=min(limit, MAX_ROLES), cursor=cursor.replace(":", "#"), **by
    )
    now = ports.now()
    views = [build_cut_off_view(item, each, now) for item in page.items for each in item.cut_offs]
    return Page(tuple(views), page.cursor.replace("#", ":"))
