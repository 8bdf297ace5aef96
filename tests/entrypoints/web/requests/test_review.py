"""The page of the access review, and its decisions, through the app."""

import pytest

from tests.builders import BEFORE, NOON, a_grant, an_engagement, an_intent
from tests.entrypoints.web.transcript import cannot_read
from tests.usecases.engagements.test_review import with_unused

GRANT = {"row": "acme-prod:alice:1"}


def test_the_page_in_each_state(console, scene):
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


def test_the_list_of_unused_grants_in_each_state(console, scene):
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
    console.act("lena", "end-grants", GRANT | {"reason": "unused"})
    console.open("lena", "/web/review")
    for days in (30, 29):
        with_unused(scene, searched_days=days)
        console.note(f"the list is empty, of a search of {days} days")
        console.open("lena", "/web/review", "/web/now")
    console.hold("review/unused")
