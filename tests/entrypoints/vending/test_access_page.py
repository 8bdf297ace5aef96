"""The page of an access link: it shows the requested session and hands it over only once."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import force_setattr, replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.entrypoints.vending.formats import SessionFormat
from chalicelib.usecases.vending.vend_by_link import LINK_USED_UP
from tests.builders import (
    ACCESS_TEXT,
    a_binding,
    a_grant,
    a_member,
    a_role,
    an_access_link,
)
from tests.entrypoints.conftest import Output
from tests.entrypoints.driver import Api, Response
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import ACCESS_PAGES, ask
from tests.entrypoints.onboarding.reading import PageText
from tests.entrypoints.test_bad_days import Bug, Run, calls_of
from tests.fakes import NOON, SIGN_IN_TOKEN, World
from tests.fakes.roles import CANARY_SECRET_KEY, CANARY_SESSION_TOKEN

LOOK, USE = ACCESS_PAGES


def looked(api: Api) -> Response:
    return checked(LOOK, ask(api, LOOK, "nobody"))


def used(api: Api) -> Response:
    return checked(USE, ask(api, USE, "nobody"))


def checked(route: str, answer: Response) -> Response:
    check(route, answer)
    return answer


def said(answer: Response) -> str:
    return PageText(answer.text).text


def texts(answer: Response) -> dict[str, str]:
    """Return the texts to copy, by their titles."""
    matches = re.findall(r'aria-label="([^"]+)"><code>(.*?)</code>', answer.text, re.DOTALL)
    return {title: html.unescape(text) for title, text in matches}


def link_of(world: World) -> AccessLink:
    (link,) = world.find(AccessLink, where=lambda _: True)
    return link


def test_the_page_shows_the_member_the_role_the_duration_and_the_end(api: Api) -> None:
    access_link = an_access_link(duration=900, reason="INC-7 & more")
    api.world.add(access_link, a_binding(), a_member(name="Alice <Archer>"))
    page_text = said(looked(api))
    for fact in (
        "linked to Alice <Archer>",
        "(alice)",
        "Acme",
        "(acme-prod), AWS account 987654321098",
        "readonly",
        "15 minutes, starting when you click",
        "INC-7 & more",
        "Once, until 24 November 2026, 12:05 UTC",
        "Until the link is used, anyone who has it can get this session as Alice <Archer>.",
    ):
        assert fact in page_text


def test_the_page_names_the_firm_if_it_is_known(api: Api, scene: Any) -> None:
    assert "of Example" not in said(looked(api))
    force_setattr(scene.ports, "firm", replace(scene.ports.firm, name="Example & Sons"))
    assert "Daypass of Example & Sons" in said(looked(api))


def test_opening_the_page_never_uses_the_link(api: Api) -> None:
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


def test_the_button_gives_the_session_in_every_form(api: Api) -> None:
    text_by_title = texts(used(api))
    assert list(text_by_title) == [
        "bash, zsh",
        "Profile",
        "fish",
        "PowerShell",
        "cmd",
        "Not exported",
        "credential_process",
        "JSON",
    ]
    for text in text_by_title.values():
        assert CANARY_SECRET_KEY in text
        assert CANARY_SESSION_TOKEN in text
    assert len(text_by_title) == len(SessionFormat) + 1  # and a profile


def test_the_session_page_opens_the_console(api: Api) -> None:
    answer = used(api)
    (url,) = re.findall(r'href="(https://signin[^"]+)"', answer.text)
    assert f"SigninToken={SIGN_IN_TOKEN}" in url
    assert 'rel="noreferrer noopener" target="_blank">Open the AWS console</a>' in answer.text


def test_without_a_console_the_page_says_so_and_gives_the_credentials(api: Api) -> None:
    api.world.console_answers = False
    answer = used(api)
    assert "Daypass could not get a sign-in link for the AWS console." in said(answer)
    assert "signin" not in answer.text
    assert CANARY_SECRET_KEY in answer.text


def test_each_format_is_the_apis(api: Api) -> None:
    text_by_title = texts(used(api))
    whole = json.loads(text_by_title["JSON"])
    assert (whole["engagement"], whole["role"]) == ("acme-prod", "readonly")
    assert json.loads(text_by_title["credential_process"])["AccountId"] == "987654321098"
    key = whole["credentials"]["AccessKeyId"]
    assert text_by_title["bash, zsh"].startswith("unset AWS_ACCESS_KEY_ID ")
    assert f"export AWS_ACCESS_KEY_ID={key};\n" in text_by_title["bash, zsh"]
    assert f"\nAWS_ACCESS_KEY_ID={key};\n" in text_by_title["Not exported"]
    assert f"set -gx AWS_ACCESS_KEY_ID '{key}'\n" in text_by_title["fish"]
    assert f"$Env:AWS_ACCESS_KEY_ID = '{key}'\n" in text_by_title["PowerShell"]
    assert f"set AWS_ACCESS_KEY_ID={key}\n" in text_by_title["cmd"]
    assert text_by_title["Profile"] == (
        f"[acme-prod-readonly]\naws_access_key_id = {key}\n"
        f"aws_secret_access_key = {CANARY_SECRET_KEY}\n"
        f"aws_session_token = {CANARY_SESSION_TOKEN}\n"
    )


def test_the_page_says_where_the_credentials_work_and_that_it_shows_them_once(api: Api) -> None:
    page_text = said(used(api))
    (terms, session_name) = api.world.issued[-1]
    for fact in (
        "Role readonly in AWS account 987654321098, until 24 November 2026, 13:00 UTC",
        "Copy the credentials before you close or reload this page. Daypass keeps no copy",
        f"arn:aws:sts::987654321098:assumed-role/ContractorRole/{session_name}",
        f"under the vend ID {session_name.removeprefix('alice.')}",
    ):
        assert fact in page_text
    assert terms.duration == 3600


def test_the_page_has_the_seconds_left_by_daypasss_clock(api: Api) -> None:
    looked(api)
    api.world.clock = NOON + timedelta(seconds=61)
    assert 'data-seconds="239"' in looked(api).text
    assert 'data-seconds="3600"' in used(api).text


# A change of the link or of an item that it depends on; the status, the heading and the reason.
NO: dict[str, tuple[Callable[[Api], Any], int, str, Reason]] = {
    "used": (lambda api: used(api), 403, "This link has been used", Reason.ACCESS_LINK_USED),
    "expired": (lambda api: api.world.later(minutes=5), 403,
                "This link has expired", Reason.ACCESS_LINK_EXPIRED),
    "suspended": (lambda api: api.world.add(a_member(suspended_at=NOON)), 403,
                  "No session", Reason.MEMBER_SUSPENDED),
    "closed to links": (lambda api: api.world.add(a_role(allows_links=False)), 403,
                        "No session", Reason.ROLE_CLOSED_TO_LINKS),
}  # fmt: skip
every_no = pytest.mark.parametrize(
    ("item", "status", "heading", "reason"), NO.values(), ids=list(NO)
)


@every_no
def test_a_change_between_opening_and_pressing_is_shown(
    api: Api, item: Callable[[Api], Any], status: int, heading: str, reason: Reason
) -> None:
    looked(api)
    item(api)
    for answer in (looked(api), used(api)):
        assert answer.status == status
        assert f"<h1>{heading}</h1>" in answer.text
        assert html.unescape(reason.text(Surface.PAGE)) in said(answer)
        assert CANARY_SECRET_KEY not in answer.text
    assert "/daypass access" in said(answer)
    assert f"{reason}" in api.scene.story()[-1]


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (a_grant(roles=frozenset({"deploy"})), "or your grant does not include it. Ask your lead."),
        (
            a_role(requires_reason=True),
            "Type the command again in Slack, and end it with: because …",
        ),
    ],
    ids=["another role", "a reason"],
)
def test_a_refusal_names_no_route(api: Api, item: Any, text: str) -> None:
    api.world.add(item)
    for answer in (looked(api), used(api)):
        assert text in said(answer)
        assert "GET /" not in said(answer)
        assert 'send "' not in said(answer)


@pytest.mark.parametrize("route", ACCESS_PAGES)
@pytest.mark.parametrize(
    "text", ["x", "a" * 52, ACCESS_TEXT[:-1], ACCESS_TEXT.upper(), "%C3%A9" * 52, "..%2f.."]
)
def test_a_link_that_is_none_is_always_the_same_nothing(api: Api, route: str, text: str) -> None:
    answer = checked(route, ask(api, route, "nobody", path=f"/access/{text}"))
    assert answer.status == 404
    assert "<h1>Page not found</h1>" in answer.text
    assert Reason.ACCESS_LINK_UNKNOWN.text(Surface.PAGE) in said(answer)
    assert text not in answer.text or text == "x"
    assert api.world.entries == []
    assert link_of(api.world).used_at is None


STEPS = [
    pytest.param(route, number, id=f"{route}, call {number}: {call}")
    for route in ACCESS_PAGES
    for number, call in enumerate(calls_of(route))
]


def test_opening_is_two_reads_and_pressing_adds_one_write_to_a_vend() -> None:
    assert calls_of(LOOK) == ["get", "access_facts"]
    vend = ["access_facts", "record", "issue", "access_facts", "put_outcome"]
    assert calls_of(USE) == ["get", "change", *vend]


@pytest.mark.parametrize(("route", "number"), STEPS)
def test_nothing_is_handed_over_while_a_service_is_unavailable(route: str, number: int) -> None:
    run = Run(route, number, Unavailable(Reason.RECORDS_UNAVAILABLE), lasts=True)
    answer = checked(route, run.answer())
    assert answer.status == 503
    assert CANARY_SECRET_KEY not in answer.text
    spent = route == USE and number > 1
    assert (LINK_USED_UP in said(answer)) == spent
    assert (link_of(run.scene.world).used_at is not None) == spent


@pytest.mark.parametrize(("route", "number"), STEPS)
def test_a_bug_shows_no_internals(route: str, number: int, output: Output) -> None:
    answer = checked(route, Run(route, number, Bug("the internals")).answer())
    assert answer.status == 500
    assert Reason.BUG.text(Surface.PAGE) in said(answer)
    assert "internals" not in answer.text + output.text
    assert CANARY_SECRET_KEY not in answer.text


@pytest.mark.parametrize("route", ACCESS_PAGES)
def test_nothing_of_the_link_or_the_session_is_logged(api: Api, output: Output, route: str) -> None:
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


@pytest.mark.parametrize("route", ACCESS_PAGES)
def test_the_policy_allows_only_the_pages_own_style_and_script(api: Api, route: str) -> None:
    answer = ask(api, route, "nobody")
    policy = answer.headers["Content-Security-Policy"]
    for tag in ("style", "script"):
        (inline,) = re.findall(f"<{tag}>(.*?)</{tag}>", answer.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    for tag, attributes in PageText(answer.text).elements:
        assert tag not in ("link", "img", "iframe", "object", "base")
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        if attributes.get("target") == "_blank":  # the AWS console, which opens beside the page
            assert attributes["href"].startswith("https://signin.aws.amazon.com/federation?")
            continue
        assert not {"src", "href", "action"} & attributes.keys() or attributes["href"] == "#main"


def test_another_members_token_in_the_request_changes_nothing(api: Api) -> None:
    answer = checked(USE, ask(api, USE, "other"))
    assert answer.status == 200
    assert {entry.actor for entry in api.world.entries} == {"alice"}
