"""The page of an access link: it shows the requested session and hands it over only once."""

from datetime import timedelta

from msgspec.structs import force_setattr, replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.usecases.vending.vend_by_link import LINK_USED_UP
from tests.builders import (
    ACCESS_TEXT,
    NOON,
    a_binding,
    a_grant,
    a_member,
    a_role,
    a_verification,
    an_access_link,
    an_approved_grant,
)
from tests.entrypoints.calls import Pages
from tests.entrypoints.driver import fresh_api
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import ACCESS_PAGES, ask
from tests.entrypoints.onboarding.reading import PageText
from tests.entrypoints.slack.request_scene import REQUEST, let_alice_ask, with_request
from tests.entrypoints.test_bad_days import Bug, Run, calls_of, steps
from tests.fakes.roles import CANARY_SECRET_KEY, CANARY_SESSION_TOKEN
from tests.rows import every

LOOK, USE = ACCESS_PAGES


def looked(api):
    return checked(LOOK, ask(api, LOOK, "nobody"))


def used(api):
    return checked(USE, ask(api, USE, "nobody"))


def checked(route, answer):
    check(route, answer)
    return answer


def said(answer):
    return PageText(answer.text).text


def link_of(world):
    (link,) = world.find(AccessLink, where=lambda _: True)
    return link


NO = {
    "the member is suspended": a_member(suspended_at=NOON),
    "the role is closed to links": a_role(allows_links=False),
    "the grant has another role": a_grant(roles=frozenset({"deploy"})),
    "the role requires a reason": a_role(requires_reason=True),
}


def test_the_page_names_the_firm_if_it_is_known(api, scene):
    assert "of Example" not in said(looked(api))
    force_setattr(scene.ports, "firm", replace(scene.ports.firm, name="Example & Sons"))
    assert "Daypass of Example & Sons" in said(looked(api))


def test_the_page_is_as_the_file_says(api):
    pages, items = Pages(), dict(api.world.items)

    def show(state, *stored):
        pages.note(state)
        api.world.add(*stored)
        pages.show("look", looked(api))
        pages.show("use", used(api))

    show("as it is")
    show("used")
    for state, item in NO.items():
        api.world.items.clear()
        api.world.items.update(items)
        show(state, item)
    api.world.console_answers = False
    link = an_access_link(duration=900, reason="INC-7 & more")
    link_of_alice = (link, a_binding(), a_member(name="Alice <Archer>"))
    api.world.items.update(items)
    show("AWS gives no sign-in link", *link_of_alice)
    api.world.add(an_access_link())
    api.world.later(minutes=5)
    show("expired")
    pages.hold("access-page")


def test_the_page_for_approved_access_is_as_the_file_says(api):
    """The time begins with the press, and not before."""
    pages = Pages()
    let_alice_ask(api)
    with_request(api, status=RequestStatus.APPROVED, number="1")
    end = NOON + timedelta(days=1)
    access = an_approved_grant(role="deploy", request=REQUEST, duration=7200, ends_at=end)
    api.world.add(a_role("deploy", verification=a_verification()), access, a_binding())
    api.world.add(an_access_link(role="deploy"))
    pages.show("look", looked(api))
    assert api.world.find(ApprovedGrant, where=lambda _: True) == [access]
    api.world.later(minutes=1)
    assert used(api).status == 200
    (begun,) = api.world.find(ApprovedGrant, where=lambda _: True)
    assert begun.started_at == NOON + timedelta(minutes=1)
    api.world.add(an_access_link(role="deploy"))
    pages.note("another link for the access that has begun")
    pages.show("look", looked(api))
    pages.hold("access-page-on-request")


def test_opening_the_page_never_uses_the_link(api):
    looked(api)
    before = dict(api.world.items)
    for agent in ("Slackbot-LinkExpanding 1.0", "Mozilla/5.0", "curl/8.5.0"):
        for _ in range(3):
            answer = ask(api, LOOK, "nobody", headers={"User-Agent": agent})
            assert answer.status == 200
            assert CANARY_SECRET_KEY not in answer.text
    assert (
        api.send("HEAD", f"/access/{ACCESS_TEXT}").status == 405
    )  # on AWS, API Gateway refuses it
    assert api.world.items == before
    assert api.world.entries == []
    assert api.world.issued == []
    assert used(api).status == 200


def test_the_page_has_the_seconds_left_by_daypasss_clock(api):
    looked(api)
    api.world.clock = NOON + timedelta(seconds=61)
    assert 'data-seconds="239"' in looked(api).text
    assert 'data-seconds="3600"' in used(api).text


@every("route", ACCESS_PAGES)
@every("text", ["x", "a" * 52, ACCESS_TEXT[:-1], ACCESS_TEXT.upper(), "%C3%A9" * 52, "..%2f.."])
def test_a_link_that_is_none_is_always_the_same_nothing(api, route, text):
    answer = checked(route, ask(api, route, "nobody", path=f"/access/{text}"))
    assert answer.status == 404
    assert "<h1>Page not found</h1>" in answer.text
    assert Reason.ACCESS_LINK_UNKNOWN.text(Surface.PAGE) in said(answer)
    assert text not in answer.text or text == "x"
    assert api.world.entries == []
    assert link_of(api.world).used_at is None


def test_opening_is_two_reads_and_pressing_adds_one_write_to_a_vend():
    assert calls_of(LOOK) == ["get", "access_facts"]
    vend = ["access_facts", "record", "issue", "access_facts", "put_outcome"]
    assert calls_of(USE) == ["get", "change", *vend]


@every("route, number", lambda: steps(ACCESS_PAGES))
def test_nothing_is_handed_over_while_a_service_is_unavailable(route, number):
    run = Run(route, number, Unavailable(Reason.RECORDS_UNAVAILABLE), lasts=True)
    answer = checked(route, run.answer())
    assert answer.status == 503
    assert CANARY_SECRET_KEY not in answer.text
    spent = route == USE and number > 1
    assert (LINK_USED_UP in said(answer)) == spent
    assert (link_of(run.scene.world).used_at is not None) == spent


@every("route, number", lambda: steps(ACCESS_PAGES))
def test_a_bug_shows_no_internals(route, number, output):
    answer = checked(route, Run(route, number, Bug("the internals")).answer())
    assert answer.status == 500
    assert Reason.BUG.text(Surface.PAGE) in said(answer)
    assert "internals" not in answer.text + output.text
    assert CANARY_SECRET_KEY not in answer.text


@every("route", ACCESS_PAGES, api=fresh_api)
def test_nothing_of_the_link_or_the_session_is_logged(api, output, route):
    output.clear()
    ask(api, route, "nobody")
    ask(api, route, "nobody")
    lines = output.requests()
    assert [line["route"] for line in lines] == ["/access/{link}"] * 2
    for secret in (
        ACCESS_TEXT[:20],
        an_access_link().hash,
        a_binding().hash,
        CANARY_SECRET_KEY,
        CANARY_SESSION_TOKEN,
    ):
        assert secret not in output.text
        assert secret not in repr(api.world.entries)


def test_another_members_token_in_the_request_changes_nothing(api):
    answer = checked(USE, ask(api, USE, "other"))
    assert answer.status == 200
    assert {entry.actor for entry in api.world.entries} == {"alice"}
