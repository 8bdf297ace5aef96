"""The client's page: for whoever has the link; to anybody else, always the same nothing."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urljoin

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.trail import CLIENT
from tests.builders import LINK_TEXT, Scene, a_role
from tests.entrypoints.conftest import Output
from tests.entrypoints.driver import Answer, Api, resource_of
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import SETUP_PAGES, ask, path_of
from tests.entrypoints.onboarding.reading import (
    BACK,
    CHECK,
    DEAD,
    FILE,
    LAUNCH,
    PAGE,
    REPLACED,
    Words,
    shown,
)
from tests.entrypoints.test_bad_days import Run, calls_of
from tests.fakes import NOON

STAGE = "https://abc.execute-api.eu-central-1.amazonaws.com/api"
HERE = f"{STAGE}/setup/{LINK_TEXT}"


def test_the_page_is_these_routes() -> None:
    assert SETUP_PAGES == (PAGE, CHECK, BACK, REPLACED, LAUNCH, FILE)


@pytest.mark.parametrize("what", DEAD)
def test_a_link_that_leads_nowhere_is_always_the_same_page(api: Api, what: str) -> None:
    text, happened = DEAD[what]
    happened(api.world)
    items = dict(api.world.items)
    pages = set()
    for route in SETUP_PAGES:
        answer = ask(api, route, "nobody", path=_path(route, text))
        check(route, answer)
        assert answer.status == 404
        assert what == "a word" or text not in answer.text + repr(answer.headers)
        pages.add(_without_request_id(answer))
    assert len(pages) == 1
    assert pages == {_without_request_id(api.get(f"/setup/{'a' * 52}"))}
    assert api.world.items == items
    assert not api.world.entries
    assert not {"change", "probe"} & set(api.world.steps)


def _path(route: str, link: str) -> Any:
    return path_of(route).replace(LINK_TEXT, quote(link, safe=""))


def _without_request_id(answer: Answer) -> tuple[str, str]:
    request = answer.headers["X-Request-Id"]
    headers = {k: v for k, v in answer.headers.items() if k != "X-Request-Id"}
    assert answer.text.count(request) == 1
    return answer.text.replace(f">{request}<", "><"), repr(headers)


def test_only_the_roles_and_files_that_are_shown_are_there(api: Api) -> None:
    base = f"/setup/{LINK_TEXT}/roles"
    for path in ("readonly/files/x", "readonly/files/..%2f..%2fapp.py", "deploy/files/x"):
        answer = api.get(f"{base}/{path}")
        check(FILE, answer)
        assert answer.status == 404
        assert Words(answer.text).text.count("no such file") == 1
        assert f'href="../../../../{LINK_TEXT}"' in answer.text


def test_the_button_leads_back_to_the_page_and_to_its_result(api: Api) -> None:
    answer = ask(api, CHECK, "nobody")

    assert (answer.status, answer.text) == (303, "")
    assert answer.headers["Location"] == f"../{LINK_TEXT}#result"
    assert urljoin(f"{HERE}/check", answer.headers["Location"]) == f"{HERE}#result"
    assert 'id="result"' in shown(api).text
    assert {entry.actor for entry in api.world.entries} == {CLIENT}


def test_a_click_leads_to_the_clients_own_console(api: Api) -> None:
    assert f'href="{LINK_TEXT}/roles/readonly/launch"' in shown(api).text
    answer = ask(api, LAUNCH, "nobody")

    check(LAUNCH, answer)
    assert answer.headers["Location"].startswith(
        "https://eu-central-1.console.aws.amazon.com/cloudformation/home?region=eu-central-1#"
    )
    assert LINK_TEXT not in answer.headers["Location"]


def test_where_there_is_no_place_for_templates_nothing_is_to_be_clicked(
    api: Api, scene: Scene
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("chalicelib.bootstrap.ports", lambda: scene.ports)
        assert "/launch" not in shown(api).text
        answer = ask(api, LAUNCH, "nobody")

    check(LAUNCH, answer)
    assert answer.status == 404


def test_any_kind_of_form_may_be_sent(api: Api) -> None:
    for number, kind in enumerate(("application/x-www-form-urlencoded", "text/plain", "a/b")):
        api.world.clock = NOON + timedelta(minutes=number)
        answer = ask(api, CHECK, "nobody", raw="x=1", headers={"Content-Type": kind})
        assert answer.status == 303


def test_whoever_asks_for_the_buttons_address_is_led_to_the_page(api: Api) -> None:
    answer = ask(api, BACK, "nobody")

    assert urljoin(f"{HERE}/check", answer.headers["Location"]) == HERE
    assert not api.world.entries


def test_everything_on_the_page_leads_somewhere_whatever_the_stage(api: Api) -> None:
    page = shown(api).text
    served = set()
    for _, attributes in Words(page).elements:
        place = attributes.get("href") or attributes.get("action") or "#main"
        if place.startswith("#"):
            assert f'id="{place[1:]}"' in page
        else:
            there = urljoin(HERE, place)
            assert there.startswith(f"{HERE}/")
            served.add(resource_of(there.removeprefix(STAGE))[0])
    assert served == {route.partition(" ")[2] for route in (CHECK, LAUNCH, FILE)}


def test_a_second_press_at_once_is_told_to_wait_and_led_back(api: Api) -> None:
    ask(api, CHECK, "nobody")
    answer = ask(api, CHECK, "nobody")

    check(CHECK, answer)
    assert answer.status == 409
    assert "Try again in half a minute" in Words(answer.text).text
    assert f'href="../{LINK_TEXT}"' in answer.text


def test_a_change_that_comes_between_is_told(api: Api) -> None:
    def interfere() -> None:
        (role,) = api.world.find(type(a_role()), where=lambda r: r.engagement == "acme-prod")
        api.world.add(replace(role, version=role.version + 1))

    api.world.just_before("probe", interfere)
    answer = ask(api, CHECK, "nobody")

    check(CHECK, answer)
    assert answer.status == 409
    assert "Someone else changed this" in Words(answer.text).text


STEPS = [
    pytest.param(route, number, id=f"{route}, call {number}: {call}")
    for route in SETUP_PAGES
    for number, call in enumerate(calls_of(route))
]


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (Unavailable(Reason.RECORDS_UNAVAILABLE), 503, Reason.RECORDS_UNAVAILABLE),
        (RuntimeError("the internals"), 500, Reason.BUG),
    ],
    ids=["does not answer", "breaks"],
)
@pytest.mark.parametrize(("route", "number"), STEPS)
def test_whatever_fails_is_told_in_words_and_says_nothing_of_itself(
    route: str, number: int, error: Exception, status: int, reason: Reason
) -> None:
    answer = Run(route, number, error).answer()

    check(route, answer)
    assert answer.status == status
    assert "internals" not in answer.text
    assert reason.text(Surface.PAGE) in Words(answer.text).text


def _raising(error: Exception) -> Any:
    def fail(*_: Any) -> Any:
        raise error

    return fail


def test_what_aws_left_unanswered_is_told_and_leads_back(api: Api) -> None:
    api.world.fails_at("probe", Unavailable(Reason.AWS_UNREACHABLE))
    answer = ask(api, CHECK, "nobody")

    check(CHECK, answer)
    assert answer.status == 503
    assert f'href="../{LINK_TEXT}"' in answer.text


@pytest.mark.parametrize("error", [None, RuntimeError("a bug"), Unavailable(Reason.BUG)], ids=str)
@pytest.mark.parametrize("route", SETUP_PAGES)
def test_the_links_text_is_logged_nowhere(
    api: Api, output: Output, route: str, error: Exception | None
) -> None:
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


def test_only_the_style_and_the_script_of_the_page_itself_are_let_in(api: Api) -> None:
    answer = shown(api)
    policy = dict(
        directive.strip().split(" ", 1)
        for directive in answer.headers["Content-Security-Policy"].split(";")
    )

    assert policy.pop("default-src") == policy.pop("base-uri") == "'none'"
    assert policy.pop("frame-ancestors") == "'none'"
    assert policy.pop("form-action") == "'self'"
    for tag in ("style", "script"):
        (inline,) = re.findall(f"<{tag}>(.*?)</{tag}>", answer.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert policy.pop(f"{tag}-src") == f"'sha256-{digest}'"
    assert not policy


def test_nothing_is_fetched_from_elsewhere_and_nothing_runs_from_an_attribute(api: Api) -> None:
    page = Words(shown(api).text)
    for tag, attributes in page.elements:
        assert tag not in ("link", "img", "iframe", "object", "base")
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("src", "href", "action"):
            assert "//" not in (attributes.get(name) or "")


def test_a_file_is_what_the_page_shows_and_is_saved_under_its_name(api: Api) -> None:
    page = shown(api)
    found = [
        attributes["href"]
        for tag, attributes in Words(page.text).elements
        if tag == "a" and "download" in attributes
    ]
    assert len(found) == 5
    for href in found:
        answer = api.get(f"/setup/{href}")
        check(FILE, answer)
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        name = str(href).rpartition("/")[2]
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert answer.text in "".join(Words(page.text).said)
