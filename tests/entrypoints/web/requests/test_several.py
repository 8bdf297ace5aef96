"""Several grants or requests are decided with one reason, each on its own."""

import re
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Grant
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.policies import has_same_rule
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.trail import Action, Outcome
from chalicelib.entrypoints.web.actions.tallies import MOST_ROWS, Tally, do_each, read_tally
from tests.builders import a_grant, a_member, an_approval_policy
from tests.entrypoints.driver import fresh_api, served
from tests.entrypoints.web.entering import enter
from tests.entrypoints.web.forms import find_form
from tests.rows import every
from tests.usecases.engagements.test_review import with_unused
from tests.usecases.requests.requesting import a_scene_of_requests, ask, stored

PEOPLE = ("ann", "ben", "cai", "dov")
END = "/web/actions/end-grants"


def with_grants(api, count=4):
    """Store grants that nobody uses. Return the rows as the list sends them."""
    names = [*PEOPLE, *(f"m-{number:02}" for number in range(count))][:count]
    api.world.add(*(a_member(name) for name in names), *(a_grant(name) for name in names))
    with_unused(api.scene, *(("acme-prod", name) for name in names))
    return [f"acme-prod:{name}:1" for name in names]


def press(browser, action, rows, reason="unused"):
    """Send the form of the action's page for these rows, with a reason."""
    fields = {"row": rows, "reason": reason, "return": "review?part=all"}
    return browser.post(f"/web/actions/{action}", fields)


def find_reviews(api):
    """Return the member and the outcome of each decision on the trail."""
    reviews = [each for each in api.world.entries if each.action is Action.GRANT_REVIEW]
    return [(each.subject, each.outcome) for each in reviews]


def is_over(api, member):
    grant = api.world.items[Grant, ("acme-prod", member)]
    return grant.revoked_at is not None


def test_three_unused_grants_end_with_five_clicks_and_one_reason(api):
    """Tick three, press End, type a reason, press End: back in the list, with what was done."""
    rows = with_grants(api)
    lena = enter(api, "lena")
    page = lena.get("/web/review").text
    assert re.findall(r'form="several" name="row" value="([^"]*)"', page) == rows
    assert re.findall(r'formaction="/api(/web/actions/[^"]*)"', page)[1] == END
    (back,) = re.findall(r'name="return" value="([^"]*)"', page)
    query = urlencode([("row", row) for row in rows[:3]] + [("return", unescape(back))])
    answer = lena.send("GET", END, query=parse_qs(query))
    form = find_form(answer.text, "end-grants")
    assert form.checked["row"] == rows[:3]
    done = lena.post(form.path, form.fill_in({"reason": "unused"}))
    assert urlsplit(done.headers["Location"]).path == "/api/web/review"
    assert "Ended 3 grants." in lena.follow(done).text
    assert [is_over(api, name) for name in PEOPLE] == [True, True, True, False]
    assert find_reviews(api) == [(name, Outcome.DONE) for name in PEOPLE[:3]]


@every("action", ["keep-grants", "end-grants"], api=fresh_api)
def test_one_that_is_refused_does_not_stop_the_others(api, action):
    """One has changed meanwhile, one is the lead's own, and one has no grant."""
    rows = with_grants(api)
    api.world.add(replace(a_grant("ben"), version=2), a_grant("lena"))
    rows += ["acme-prod:lena:1", "acme-prod:nobody:1"]
    lena = enter(api, "lena")
    page = lena.follow(press(lena, action, rows)).text
    assert f"{'Kept' if action == 'keep-grants' else 'Ended'} 3 grants." in page
    refused = re.findall(r"<li><bdi>(.* in acme-prod)</bdi>: ([^<]*)</li>", page)
    assert [name.split()[0] for name, _ in refused] == ["ben", "lena", "nobody"]
    assert [unescape(text) for _, text in refused] == [
        Reason[name].text("web") for name in ("CHANGED_MEANWHILE", "OWN_GRANT", "NO_SUCH_GRANT")
    ]
    assert not is_over(api, "ben")
    assert ("lena", Outcome.REFUSED) not in find_reviews(api)


@every(
    "rows",
    [
        [],
        [f"acme-prod:m-{number:02}:1" for number in range(MOST_ROWS + 1)],
        ["acme-prod:ann"],
        ["acme-prod:ann:x"],
        ["acme-prod:ann:1", "../x:ann:1"],
        ["acme-prod#lena:ann:1", "acme-prod:ann:1"],
        [f"{'a' * 3000}:ann:1"],
    ],
    api=fresh_api,
)
def test_rows_that_no_list_sends_do_nothing(api, rows):
    with_grants(api, MOST_ROWS + 1)
    before = dict(api.world.items)
    answer = press(enter(api, "lena"), "end-grants", rows)
    assert answer.status == 400, answer.text
    assert {key: item for key, item in api.world.items.items() if key in before} == before
    assert not find_reviews(api)


@pytest.fixture
def scene():
    return a_scene_of_requests()


def test_requests_of_one_rule_are_decided_together(console, scene):
    first, second, third = (ask(scene, reason=text).id for text in ("one", "two", "three"))
    console.open("lena", "/web/requests")
    rows = [f"{each}:{stored(scene, each).version}" for each in (first, second)]
    console.post("lena", "/web/actions/approve-requests", {"row": rows, "reason": "go ahead"})
    console.post("lena", "/web/actions/approve-requests", {"row": rows})
    console.post("lena", "/web/actions/deny-requests", {"row": f"{third}:1"})
    console.post("lena", "/web/actions/deny-requests", {"row": f"{third}:1", "reason": "no"})
    console.post("carol", "/web/actions/deny-requests", {"row": rows, "reason": "no"})
    console.hold("requests/several")


def test_a_request_that_changed_meanwhile_is_not_approved(scene, api):
    ids = [ask(scene).id for _ in range(2)]
    scene.world.add(replace(stored(scene, ids[0]), version=2))
    lena = enter(api, "lena")
    for action in ("approve-requests", "deny-requests"):
        fields = {"row": [f"{each}:1" for each in ids], "reason": "fine"}
        page = lena.follow(lena.post(f"/web/actions/{action}", fields)).text
        assert Reason.CHANGED_MEANWHILE.text("web") in unescape(page)
    statuses = [stored(scene, each).status for each in ids]
    assert statuses == [RequestStatus.WAITING, RequestStatus.APPROVED]


@every(
    "change, text",
    [
        ({"sensitive": True}, "This role is sensitive."),
        ({"leads": False, "members": frozenset({"bob"})}, "Not done"),
    ],
)
def test_a_policy_may_forbid_to_approve_several(change, text):
    scene = a_scene_of_requests()
    with served(scene) as api:
        rows = [f"{ask(scene).id}:1" for _ in range(2)]
        scene.world.add(an_approval_policy(version=2, **change))
        lena = enter(api, "lena")
        answer = lena.post("/web/actions/approve-requests", {"row": rows})
        page = lena.follow(answer) if answer.status == 303 else answer
        assert text in page.text
        assert {stored(scene, row[:-2]).status for row in rows} == {RequestStatus.WAITING}


POLICY = an_approval_policy()


@every(
    "change, is_same",
    [
        ({}, True),
        ({"engagement": "globex", "role": "deploy", "version": 7}, True),
        ({"people": 2}, False),
        ({"client": True}, False),
        ({"sensitive": True}, False),
        ({"members": frozenset({"alice"})}, False),
        ({"longest": 3600}, False),
    ],
)
def test_rules_are_the_same_if_the_same_people_approve_within_the_same_limits(change, is_same):
    assert has_same_rule(POLICY, replace(POLICY, **change)) is is_same


def test_after_an_outage_no_further_step_begins():
    began = []

    def step(name):
        began.append(name)
        if name == "b":
            raise Unavailable(Reason.RECORDS_UNAVAILABLE)
        return 2

    tally = do_each({name: lambda name=name: step(name) for name in "abc"})
    assert began == ["a", "b"]
    reason = Reason.RECORDS_UNAVAILABLE
    assert tally == Tally(count=1, alive=2, refused=(("b", reason), ("c", reason)))
    assert read_tally(tally.as_query()) == tally


@every(
    "query",
    [
        {},
        {"count": "1"},
        {"count": "x", "alive": "0"},
        {"count": "1", "alive": "0", "refused": "<b>~own-grant"},
        {"count": "1", "alive": "0", "refused": "ann"},
    ],
)
def test_a_query_that_no_action_sent_says_nothing(query):
    assert read_tally(query) is None
