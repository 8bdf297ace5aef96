"""The page of the access review, its decisions, and its package for an audit."""

from datetime import timedelta

import pytest

from chalicelib.usecases.evidence import access_review
from tests.builders import BEFORE, NOON, a_grant, a_member, an_engagement, an_intent
from tests.usecases.engagements.test_review import with_unused
from tests.usecases.evidence.history import with_history
from tests.usecases.unreadable import fail

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
        patch.setattr(scene.ports.trail, "page", fail)
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
        patch.setattr(scene.ports.trail, "page", fail)
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


DAY = timedelta(days=1)


def test_the_tables_of_a_review_and_its_next_page(console, monkeypatch):
    api = console.api
    api.world.add(a_member("carol", name="<i>=Carol"))
    with_history(api.scene)
    for path, body in {
        "engagements/acme-prod/grants/alice/review": {"decision": "keep", "reason": "<b>needed"},
        "engagements/globex/grants/bob/review": {"decision": "end", "reason": "over"},
        "members/carol/revoke": {"reason": "left"},
    }.items():
        assert api.post(f"/v1/{path}", "lena", body).status == 200
    api.world.clock += DAY
    console.open("ada", "/web/review/package?as_of=2026-11-24")
    console.note("the dates cannot be read")
    console.open("ada", "/web/review/package?as_of=soon", "/web/review/package?as_of=1999-01-01")
    console.note("the page is full after each member and each engagement")
    monkeypatch.setattr(access_review, "LARGEST", 1)
    console.open("ada", "/web/review/package?as_of=2026-11-24")
    console.hold("review/package")
