"""A scene whose trail tells how everything in it came about."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import asdict

from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.evidence.access_review.files import ReviewFile
from chalicelib.domain.people.members import Member
from chalicelib.domain.trail import OPERATOR, Action, build_operation
from chalicelib.domain.values import Item
from chalicelib.usecases.evidence.access_review import PackagePage, PackageQuery, read_package
from tests.builders import Scene
from tests.domain.evidence.samples import entry

_CREATIONS = {
    Member: "member.create",
    Engagement: "engagement.create",
    Role: "role.create",
    Grant: "grant.create",
}


def with_history(scene: Scene) -> Scene:
    """Add the entries of the creation of everything in the scene, and of suspensions."""
    entries = scene.world.earlier_entries
    for kind, action in _CREATIONS.items():
        for item in scene.find(kind):
            add_entry(scene, action, item)
            if isinstance(item, Member) and item.suspended_at is not None:
                facts = {"at": item.suspended_at, "actor": OPERATOR, "subject": item.id}
                number = f"{len(entries):016x}"
                entries.append(entry("member.revoke", id=number, **facts))
    return scene


def add_entry(scene: Scene, action: str, item: Item) -> None:
    """Add the entry of the item's creation."""
    entries = scene.world.earlier_entries
    facts = asdict(build_operation(Action(action), (None, item), details={}))
    at = item.created_at + timedelta(microseconds=len(entries))
    actor = getattr(item, "granted_by", OPERATOR)
    entries.append(entry(**facts, id=f"{len(entries):016x}", at=at, actor=actor))


def read_pages(scene: Scene, **query: str) -> list[PackagePage]:
    """Return all pages of the package."""
    pages = [scene.do(read_package, PackageQuery(**query))]
    while pages[-1].cursor:
        query["cursor"] = pages[-1].cursor
        pages.append(scene.do(read_package, PackageQuery(**query)))
    return pages


def read_file(scene: Scene, file: ReviewFile, **query: str) -> list[dict[str, str]]:
    """Return the lines of a file of the package, by heading."""
    return [
        dict(zip(file.headings, cells, strict=True))
        for page in read_pages(scene, **query)
        for cells in page.list_lines(file)
    ]
