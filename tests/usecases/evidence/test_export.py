"""The trail as text: page by page it is whole, and a file is whole or refused."""

import json
from datetime import timedelta

import pytest

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.evidence.export import ExportFormat
from chalicelib.domain.trail import TrailQuery
from chalicelib.usecases.evidence import export
from chalicelib.usecases.evidence.export import export_everything, export_file, export_page
from tests.builders import NOON, a_scene
from tests.domain.evidence.samples import entry
from tests.fakes import MINUTE
from tests.rows import every

DAY = TrailQuery(since=NOON - timedelta(days=1), until=NOON + timedelta(days=1))
COUNT = 50


def filled_scene():
    scene = a_scene()
    scene.world.entries += [
        entry(
            "grant.revoke",
            {"said": "a\n=1+1"},
            id=f"{number:016x}",
            at=NOON - number * MINUTE,
            engagement="acme-prod",
        )
        for number in range(COUNT)
    ]
    return scene


def read_pages(scene, form):
    query, cursor = DAY, "first"
    while cursor:
        text, cursor = export_page(scene.ports, query, form)
        yield text
        query = query.after(cursor)


@every("form", ExportFormat)
@every("limits", [{"PAGE_SIZE": 7}, {"PAGE_SIZE": 1000}, {"LARGEST": 3000}])
def test_the_pages_and_the_file_are_the_same_text(form, limits):
    scene = filled_scene()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in limits.items():
            patch.setattr(export, name, value)
        pages = list(read_pages(scene, form))
    assert (len(pages) > 1) is (limits != {"PAGE_SIZE": 1000})
    assert all(len(page.encode()) <= limits.get("LARGEST", export.LARGEST) for page in pages)
    assert "".join(pages) == export_file(scene.ports, DAY, form)
    if form == "ndjson":
        ids = [json.loads(line)["id"] for line in "".join(pages).splitlines()]
        assert ids == [f"{number:016x}" for number in range(COUNT)]


@every("form", ExportFormat)
def test_a_file_that_would_not_be_whole_is_refused_with_the_time_that_fits(form):
    scene = filled_scene()
    size = len(export_file(scene.ports, DAY, form).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "LARGEST", size * 4 // 5)
        with pytest.raises(InvalidRequest, match=r"entries after 24 November 2026, 11:20:00 UTC"):
            export_file(scene.ports, DAY, form)


def test_everything_has_the_lines_of_all_pages(monkeypatch):
    scene = filled_scene()
    monkeypatch.setattr(export, "PAGE_SIZE", 7)
    parts = [*export_everything(scene.ports)]
    assert sum(entries for _, entries in parts) == len(scene.entries)
    assert "".join(text for text, _ in parts) == "".join(read_pages(scene, ExportFormat.NDJSON))
