"""The lists of requests, as each person sees them."""

import pytest

from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.view import describe_history
from chalicelib.usecases.engagements.grants import revoke_grant
from chalicelib.usecases.requests.listing import RequestFilters, RequestPart, list_requests
from chalicelib.usecases.requests.own import withdraw_request
from chalicelib.usecases.selections import ROWS
from tests.builders import (
    a_block,
    a_grant_on_request,
    a_member,
    a_request,
    a_request_id,
    a_role,
    an_approval_policy,
)
from tests.rows import every
from tests.usecases.requests.emergency_scene import an_emergency_scene, open_it
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    approve,
    ask,
    at,
    deny,
    list_whole,
)
from tests.usecases.telling import Telling

UNDECIDED, WAITING, DECIDED, EXPIRED, OWN, OPEN = RequestPart


@pytest.fixture(name="scene")
def _scene():
    return a_scene_of_requests()


def ids(scene, by="lena", part=UNDECIDED, **query):
    return [row.id for row in list_whole(scene, by, part, **query)]


def problems(scene, by="lena"):
    """Return why the undecided requests do not wait for this person."""
    return {row.id: row.problem for row in list_whole(scene, by) if not row.waits_for_you}


def test_a_request_waits_for_its_approvers_and_others_see_why_not(scene):
    scene.add(a_member("mia", kind=Kind.LEAD, kind_set_at=at()))
    request = ask(scene).id
    expected = {
        "lena": {},
        "bob": {},
        "alice": {request: Reason.OWN_REQUEST},
        "ada": {request: Reason.NOT_AN_APPROVER},
        "mia": {request: Reason.RIGHT_TOO_NEW},
        "carol": {},  # who learns nothing of it
    }
    assert {by: problems(scene, by) for by in expected} == expected
    waiting = {by: ids(scene, by, WAITING) for by in expected}
    assert {by for by, listed in waiting.items() if listed == [request]} == {"lena", "bob"}
    assert ids(scene, "carol") == []
    assert ids(scene, "lena", engagement="globex") == []
    assert ids(scene, "lena", engagement="acme-prod") == [request]


def row_of(row):
    """Return what the list adds to the request."""
    names = ("id", "role", "problem", "waits_for_you", "waiting_for", "is_sensitive", "outcome")
    return {name: getattr(row, name) for name in (*names, "decided_after")}


def shown(scene, by, part=UNDECIDED):
    rows = list_whole(scene, by, part)
    return {"rows": [row_of(row) for row in rows], "history": describe_history(rows)}


def test_the_rows_that_each_person_sees_are_as_the_file_says(scene):
    story = Telling()
    with_client = an_approval_policy(client=True)
    begun = story.begin("Lena has approved, and the client not", a_scene_of_requests(with_client))
    approve(begun, ask(begun).id)
    for by in ("lena", "mia"):
        story.do(shown, begun, by)
    two = an_approval_policy(people=2)
    begun = story.begin("Two were needed, and one is now", a_scene_of_requests(two))
    approve(begun, ask(begun).id)
    begun.add(an_approval_policy(people=1, version=2))
    for by in ("lena", "mia"):
        story.do(shown, begun, by, WAITING)
    begun = story.begin("Access is blocked", a_scene_of_requests())
    ask(begun)
    for block in (a_block("acme-prod"), a_block()):
        begun.add(block)
        story.do(shown, begun, "lena", WAITING)
        story.do(shown, begun, "lena")
    begun = story.begin("Each role has its own policy", a_scene_of_requests())
    both = frozenset({"readonly", "deploy"})
    deploy = an_approval_policy("deploy", people=2, sensitive=True)
    begun.add(a_role("deploy"), a_grant_on_request(roles=both, on_request=both), deploy)
    for role in ("readonly", "deploy"):
        ask(begun, role=role)
    story.do(shown, begun, "alice", OWN)
    story.begin("The history", scene)
    approved, denied, withdrawn, waits = [ask(scene).id for _ in range(4)]
    scene.later(minutes=10)
    approve(scene, approved)
    scene.later(minutes=10)
    deny(scene, denied)
    scene.later(seconds=1)
    scene.do(withdraw_request, withdrawn, by="alice")
    assert ids(scene, "alice", OPEN) == sorted((approved, waits))[::-1]
    for part in (DECIDED, UNDECIDED):
        story.do(shown, scene, "lena", part)
    begun = story.begin("An emergency", an_emergency_scene())
    open_it(begun)
    story.do(shown, begun, "lena", DECIDED)
    story.hold("requests/lists")


def test_only_what_can_still_be_approved_is_undecided(scene):
    ended, expired = ask(scene, ends_at=at(hours=3)).id, ask(scene).id
    scene.do(revoke_grant, "acme-prod", "alice")
    assert ids(scene) == ids(scene, "lena", WAITING) == []
    scene.later(hours=1)
    scene.add(a_grant_on_request("alice", version=3))
    assert ids(scene, "lena", EXPIRED)[-1] == expired
    assert {*ids(scene, "alice", OWN)} == {ended, expired}


def test_what_the_list_does_not_show_yet_is_not_shown(scene):
    first, second = ask(scene), ask(scene)
    listed = scene.ports.state.list

    def list_and_decide(kind, **by):
        page = listed(kind, **by)
        scene.ports.state.list = listed
        deny(scene, first.id)
        return page

    for part in (UNDECIDED, WAITING):
        first = first if part is UNDECIDED else ask(scene)
        scene.ports.state.list = list_and_decide
        assert ids(scene, "lena", part) == [second.id]


def test_pages_have_every_request_once_and_skip_those_of_others(scene):
    scene.add(
        a_grant_on_request("carol"),
        a_grant_on_request("bob"),
        a_grant_on_request("carol", engagement="globex"),
        an_approval_policy(engagement="globex"),
    )
    expected = {"alice": [], "bob": [], "carol": []}
    for _ in range(4):
        for by in expected:
            expected[by].append(ask(scene, by).id)
    hidden = [ask(scene, "carol", "globex").id for _ in range(3)]
    every_one = sorted(sum(expected.values(), hidden))
    for limit in (1, 2, 3, 25):
        assert ids(scene, "lena", limit=limit) == every_one
        # Bob decides for acme-prod, and for no one at globex.
        assert ids(scene, "bob", limit=limit) == sorted(set(every_one) - set(hidden))
        assert ids(scene, "bob", WAITING, limit=limit) == sorted(
            set(every_one) - set(hidden) - set(expected["bob"])
        )
        assert ids(scene, "alice", limit=limit) == sorted(expected["alice"])
        assert ids(scene, "carol", OWN, limit=limit) == sorted(expected["carol"] + hidden)[::-1]


@every("part, status", [(UNDECIDED, "waiting"), (DECIDED, "denied"), (OWN, "denied")])
def test_a_page_has_25_rows_at_most_and_long_lists_go_on(part, status):
    scene = a_scene_of_requests()
    decided = {"status": "denied", "decided_by": "lena"} if status == "denied" else {}
    requests = [
        a_request(
            id=a_request_id("alice", n),
            expires_at=at(minutes=60, seconds=n),
            **(decided | {"decided_at": at(seconds=n)} if decided else {}),
        )
        for n in range(130)
    ]
    scene.add(*requests)
    expected = [request.id for request in requests]
    by = "alice" if part is OWN else "lena"
    assert ids(scene, by, part) == (expected if part is UNDECIDED else expected[::-1])
    assert len(scene.do(list_requests, RequestFilters(part=part, limit=200), by=by).items) == ROWS


def test_the_history_ends_after_30_days(scene):
    denied, expired = ask(scene).id, ask(scene).id
    deny(scene, denied)
    scene.later(days=29)
    assert (ids(scene, part=DECIDED), ids(scene, part=EXPIRED)) == ([denied], [expired])
    assert ids(scene, "alice", OWN) == [expired, denied]
    scene.later(days=2)
    assert not any(ids(scene, "alice", part) for part in RequestPart)


def test_members_see_decided_requests_that_they_could_see_before(scene):
    scene.add(a_grant_on_request("carol"))
    of_carol, of_alice = ask(scene, "carol").id, ask(scene).id
    deny(scene, of_carol)
    approve(scene, of_alice, "bob")
    assert ids(scene, "carol", DECIDED) == [of_carol]
    assert ids(scene, "alice", DECIDED) == [of_alice]
    assert {*ids(scene, "bob", DECIDED)} == {of_carol, of_alice}
    scene.add(an_approval_policy(version=2))  # Bob loses the right, and decided one of them
    assert ids(scene, "bob", DECIDED) == [of_alice]
