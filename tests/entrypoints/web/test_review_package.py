"""The page of an access review for an audit: its tables, its dates and its pages."""

from datetime import timedelta

from chalicelib.usecases.evidence import access_review
from tests.builders import a_member
from tests.usecases.evidence.history import with_history

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
