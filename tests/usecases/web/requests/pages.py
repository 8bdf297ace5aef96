"""Read the page of requests in a test's scene."""

from __future__ import annotations

from chalicelib.domain.reasons import Reason
from chalicelib.usecases.web.requests.requests_page import (
    RequestsPage,
    RequestsPart,
    read_requests_page,
)
from tests.builders import Scene

PARTS = RequestsPart


def page_of(
    scene: Scene, by: str = "lena", part: PARTS = PARTS.ALL, cursor: str = ""
) -> RequestsPage:
    return scene.do(read_requests_page, part, cursor, by=by)


def waiting(scene: Scene, by: str = "lena") -> list[str]:
    page = page_of(scene, by).waiting
    return [row.request.id for row in page.items]


def others(scene: Scene, by: str = "lena") -> dict[str, Reason | None]:
    page = page_of(scene, by).others
    return {row.request.id: row.problem for row in page.items}


def ended(scene: Scene, by: str = "lena", part: PARTS = PARTS.ALL) -> list[tuple[str, str]]:
    history = page_of(scene, by, part).history
    return [(row.request.id, row.outcome.value) for row in history.rows]
