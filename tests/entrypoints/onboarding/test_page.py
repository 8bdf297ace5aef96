"""The client's page: a valid link opens it; every other link gets the same response."""

from urllib.parse import quote, urljoin

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.trail import CLIENT
from tests.builders import LINK_TEXT, a_role
from tests.entrypoints.calls import Pages
from tests.entrypoints.driver import fresh_api, resource_of
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import SETUP_PAGES, ask, path_of, prepare
from tests.entrypoints.onboarding.reading import (
    BACK,
    CHECK,
    CONFIRM,
    FILE,
    INVALID_LINKS,
    LAUNCH,
    PAUSE,
    REPORT,
    RESUME,
    PageText,
    shown,
)
from tests.entrypoints.test_bad_days import Run, steps
from tests.rows import every

STAGE = "https://abc.execute-api.eu-central-1.amazonaws.com/api"
PAGE_URL = f"{STAGE}/setup/{LINK_TEXT}"


@every("case", INVALID_LINKS, api=fresh_api)
def test_every_invalid_link_gets_the_same_page(api, case):
    text, change_world = INVALID_LINKS[case]
    change_world(api.world)
    for route in SETUP_PAGES:
        prepare(api.world, route)
    items = dict(api.world.items)
    pages = set()
    for route in SETUP_PAGES:
        answer = ask(api, route, "nobody", path=_path(route, text))
        check(route, answer)
        assert answer.status == 404
        assert case == "a word" or text not in answer.text + repr(answer.headers)
        pages.add(_without_request_id(answer))
    assert len(pages) == 1
    assert pages == {_without_request_id(api.get(f"/setup/{'a' * 52}"))}
    assert api.world.items == items
    assert not api.world.entries
    assert not {"change", "probe"} & set(api.world.steps)


def _path(route, link):
    return path_of(route).replace(LINK_TEXT, quote(link, safe=""))


def _without_request_id(answer):
    request = answer.headers["X-Request-Id"]
    headers = {k: v for k, v in answer.headers.items() if k != "X-Request-Id"}
    assert answer.text.count(request) == 1
    return answer.text.replace(f">{request}<", "><"), repr(headers)


def test_the_button_redirects_to_the_result_on_the_page(api):
    answer = ask(api, CHECK, "nobody")

    assert (answer.status, answer.text) == (303, "")
    assert answer.headers["Location"] == f"../{LINK_TEXT}#result"
    assert urljoin(f"{PAGE_URL}/check", answer.headers["Location"]) == f"{PAGE_URL}#result"
    assert 'id="result"' in shown(api).text
    assert {entry.actor for entry in api.world.entries} == {CLIENT}


def test_a_get_of_the_buttons_address_redirects_to_the_page(api):
    back = ask(api, BACK, "nobody").headers["Location"]
    assert (urljoin(f"{PAGE_URL}/check", back), api.world.entries) == (PAGE_URL, [])


def test_without_a_bucket_for_templates_there_is_no_launch_button(api, scene):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("chalicelib.bootstrap.ports", lambda: scene.ports)
        assert "/launch" not in shown(api).text
        answer = ask(api, LAUNCH, "nobody")

    check(LAUNCH, answer)
    assert answer.status == 404


def test_every_link_on_the_page_works_in_any_stage(api):
    page = shown(api).text
    served = set()
    for _, attributes in PageText(page).elements:
        target = attributes.get("href") or attributes.get("action") or "#main"
        if target.startswith("#"):
            assert f'id="{target[1:]}"' in page
        else:
            url = urljoin(PAGE_URL, target)
            assert url.startswith(f"{PAGE_URL}/")
            served.add(resource_of(url.removeprefix(STAGE))[0])
    assert served == {route.partition(" ")[2] for route in (CHECK, LAUNCH, FILE, CONFIRM, REPORT)}


def test_a_check_that_comes_to_nothing_says_so_with_a_link_back(api):
    def interfere():
        (role,) = api.world.find(type(a_role()), where=lambda r: r.engagement == "acme-prod")
        api.world.add(replace(role, version=role.version + 1))

    pages = Pages()

    def click(about):
        answer = ask(api, CHECK, "nobody")
        check(CHECK, answer)
        pages.show("check", answer, about)

    api.world.just_before("probe", interfere)
    click("someone changes the role meanwhile")
    api.world.later(minutes=1)
    api.world.fails_at("probe", Unavailable(Reason.AWS_UNREACHABLE))
    click("AWS does not answer")
    api.world.before = None
    api.world.later(minutes=1)
    click("")
    click("a second click at once")
    pages.hold("setup-page/check-again")


@every(
    "error, status, reason",
    [
        (Unavailable(Reason.RECORDS_UNAVAILABLE), 503, Reason.RECORDS_UNAVAILABLE),
        (RuntimeError("the internals"), 500, Reason.BUG),
    ],
)
@every("route, number", lambda: steps(SETUP_PAGES))
def test_every_failure_gets_a_sentence_without_internals(route, number, error, status, reason):
    answer = Run(route, number, error).answer()

    check(route, answer)
    assert "internals" not in answer.text
    if route in (PAUSE, RESUME) and answer.status == 200:
        assert isinstance(error, Unavailable)  # it was tried again
        return
    assert answer.status == status
    assert reason.text(Surface.PAGE) in PageText(answer.text).text


def _raising(error):
    def fail(*_):
        raise error

    return fail


@every("error", [None, RuntimeError("a bug"), Unavailable(Reason.BUG)])
@every("route", SETUP_PAGES, api=fresh_api)
def test_the_links_text_is_logged_nowhere(api, output, route, error):
    output.clear()
    with pytest.MonkeyPatch.context() as patch:
        if error is not None:
            cause = RuntimeError("the cause")
            error.__cause__ = cause if isinstance(error, Unavailable) else None
            patch.setattr("tests.fakes.FakeState.get", _raising(error))
        answer = ask(api, route, "nobody")

    (line,) = output.requests()
    assert (line["route"], line["method"]) == (route.partition(" ")[2], route.partition(" ")[0])
    assert LINK_TEXT[:20] not in output.text
    assert LINK_TEXT[:20] not in repr(api.world.entries) + repr(api.world.items)
    headers = {k: v for k, v in answer.headers.items() if k != "Location"}
    assert LINK_TEXT[:20] not in repr(headers)


def test_a_download_is_the_file_on_the_page_under_its_name(api):
    page = shown(api)
    downloads = [
        attributes["href"]
        for tag, attributes in PageText(page.text).elements
        if tag == "a" and "download" in attributes
    ]
    assert len(downloads) == 5
    for href in downloads:
        answer = api.get(f"/setup/{href}")
        check(FILE, answer)
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        name = str(href).rpartition("/")[2]
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert answer.text in "".join(PageText(page.text).parts)
