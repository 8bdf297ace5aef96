"""The page of the access review, and its decisions, through the app."""

from __future__ import annotations

import pytest

from tests.builders import BEFORE, NOON, Scene, a_grant, an_engagement, an_intent
from tests.entrypoints.web.transcript import Transcript, cannot_read
from tests.usecases.engagements.test_review import with_unused

GRANT = {"engagement": "acme-prod", "member": "alice"}


@pytest.mark.golden
def test_the_page_in_each_state(console: Transcript, scene: Scene) -> None:
    scene.world.entries.append(an_intent())
    for member in ("lena", "ada"):
        console.open(member, "/web/review", part="all")
    for query in ({"engagement": "globex"}, {"member": "alice"}, {"engagement": "nowhere"}):
        console.open("lena", "/web/review", **query)
    console.note("lena has a grant of her own", a_grant("lena"))
    console.open("lena", "/web/review", part="all")
    console.note("the trail cannot be read")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scene.ports.trail, "page", cannot_read)
        console.open("lena", "/web/review", part="all")
    over = an_engagement(closed_at=BEFORE), an_engagement("globex", closed_at=BEFORE)
    console.note("every engagement is over", *over)
    console.open("lena", "/web/review", part="all")
    console.hold("review/states")


@pytest.mark.golden
def test_the_list_of_unused_grants_in_each_state(console: Transcript, scene: Scene) -> None:
    console.open("lena", "/web/review")
    with_unused(scene, ("globex", "bob"), ("acme-prod", "alice"))
    console.note("there is a list")
    for member in ("lena", "ada"):
        console.open(member, "/web/review")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scene.ports.trail, "page", cannot_read)
        console.note("later uses cannot be read")
        console.open("lena", "/web/review")
    scene.world.entries.append(an_intent("bob", engagement="globex", at=NOON))
    console.note("bob used his since")
    console.open("lena", "/web/review")
    console.act("lena", "end-grant", GRANT | {"reason": "unused"})
    console.open("lena", "/web/review")
    for days in (30, 29):
        with_unused(scene, searched_days=days)
        console.note(f"the list is empty, of a search of {days} days")
        console.open("lena", "/web/review", "/web/now")
    console.hold("review/unused")


@pytest.mark.golden
def test_what_is_not_decided(console: Transcript, scene: Scene) -> None:
    own = {"engagement": "acme-prod", "member": "lena"}
    for action in ("keep-grant", "end-grant"):
        for fields in ({}, {"engagement": "acme-prod"}, GRANT | {"member": "nobody"}):
            console.open("lena", f"/web/actions/{action}", **fields)
        console.note("lena has a grant of her own, and someone changes alice's", a_grant("lena"))
        scene.world.add(a_grant("alice", version=2))
        console.open("lena", f"/web/actions/{action}", **own)
        console.post("lena", f"/web/actions/{action}", own | {"reason": "r"})
        console.post("lena", f"/web/actions/{action}", GRANT | {"version": "1", "reason": "r"})
    console.note("alice's is revoked", a_grant("alice", version=3, revoked_at=NOON))
    console.open("lena", "/web/actions/end-grant", **GRANT)
    console.hold("review/not-decided")
