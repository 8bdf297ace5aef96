"""The client pauses the firm's access on the page, and lifts the pause there with the code."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

import pytest

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.onboarding.links import PauseCodes
from chalicelib.domain.vending.blocks import MAX_LOCKS, Block, build_lift_request
from tests.builders import LIFT_CODE, LINK_TEXT, a_block, a_link
from tests.entrypoints.driver import Api, Response
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import ask
from tests.entrypoints.onboarding.page_states import ENDED, check_page
from tests.entrypoints.onboarding.reading import CONFIRM, PAUSE, RESUME, PageText, change, shown
from tests.entrypoints.valid import FORM_HEADERS, VEND
from tests.fakes import NOON

CODE = re.compile("[a-z2-7]{4}(?:-[a-z2-7]{4}){3}")
PAUSED = a_block("acme-prod")
REQUEST = build_lift_request(PAUSED, "lena", NOON, "found the laptop")
PAGE_URL = f"https://abc.execute-api.eu-central-1.amazonaws.com/api/setup/{LINK_TEXT}"


def sent(api: Api, route: str, code: str, **changes: Any) -> Response:
    answer = ask(api, route, "nobody", raw=f"code={code}", headers=FORM_HEADERS, **changes)
    check(route, answer)
    return answer


def code_on(answer: Response) -> str:
    """Return the only code that a reader of the page sees."""
    (code,) = CODE.findall(PageText(answer.text).text)
    return str(code)


def elements(answer: Response, tag: str) -> list[dict[str, str | None]]:
    return [attributes for name, attributes in PageText(answer.text).elements if name == tag]


STATES: dict[str, Any] = {
    "not paused": (
        [],
        [
            "Pause our access", "without asking us and without an account",
            "They can also pause our access.", f'href="{LINK_TEXT}/pause"',
        ],
        ["is paused since", "Lift the pause", 'name="code"'],
    ),
    "paused": (
        [PAUSED],
        [
            ("is paused since 24 November 2026, 12:00 UTC", 2), 'name="code"',
            f'action="{LINK_TEXT}/resume"', "If it is lost, ask us: two of our leads",
        ],
        ["Pause our access …", "times, and each time"],
    ),
    "paused too often": (
        [a_block("acme-prod", is_sealed=True)],
        ["It was paused so often that the codes alone do not lift the pause any more."],
        [],
    ),
    "a lead asks to lift it": (
        [a_block("acme-prod", lift_request=REQUEST)],
        [
            "lena, one of our leads, asks to lift the pause without its code.",
            "until 25 November 2026, 12:00 UTC: this refuses the request",
        ],
        ["found the laptop"],
    ),
    "paused twice": (
        [a_block("acme-prod", locks=PAUSED.locks * 2)],
        ["It was paused 2 times, and each time has its own code."],
        [],
    ),
    "lifted": ([a_block("acme-prod", lifted_at=NOON)], ["Pause our access …"], ["Lift the pause"]),
    "another engagement is paused": ([a_block("globex")], ["Pause our access …"], []),
    "everything is frozen": ([a_block()], ["Pause our access …"], ["is paused since"]),
    "ended": ([ENDED], [], ["Pause our access", "They can also pause our access"]),
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_the_page_states_exactly_what_is_true(api: Api, state: str) -> None:
    check_page(api, STATES[state])


def test_the_confirmation_shows_the_code_that_its_button_sends(api: Api) -> None:
    answer = ask(api, CONFIRM, "nobody")
    check(CONFIRM, answer)
    code = code_on(answer)
    assert answer.text.count(code) == 2
    (field,) = elements(answer, "input")
    assert (field["type"], field["name"], field["value"]) == ("hidden", "code", code)
    (form,) = elements(answer, "form")
    assert urljoin(f"{PAGE_URL}/pause", form["action"]) == f"{PAGE_URL}/pause"
    assert f'href="../{LINK_TEXT}"' in answer.text
    assert not api.world.find(Block, where=lambda _: True)


def test_the_client_pauses_and_lifts_the_pause(api: Api) -> None:
    code = code_on(ask(api, CONFIRM, "nobody"))
    answer = sent(api, PAUSE, code)
    assert answer.status == 200
    text = PageText(answer.text).text
    assert "Our access to your AWS account 987654321098 is paused" in text
    assert "Since 24 November 2026, 12:00 UTC, none of us" in text
    assert "None. No session of ours is active in your account." in text
    assert answer.text.count(code) == 1
    refusal = ask(api, VEND, "member")
    assert (refusal.status, refusal.reason) == (403, "paused-by-client")
    assert code not in shown(api).text
    lifted = sent(api, RESUME, code.upper())
    assert "The pause is lifted" in PageText(lifted.text).text
    assert ask(api, VEND, "member").status == 201
    assert code not in repr(api.world.entries)


@pytest.mark.parametrize(
    ("method", "sentence"),
    [
        (CutOffMethod.NONE, "You can end it now: revoke active sessions."),
        (CutOffMethod.BRAKE, "we have recorded an order to end it from within your account"),
    ],
)
def test_the_answer_says_what_may_be_alive_and_what_ends_it(
    api: Api, method: CutOffMethod, sentence: str
) -> None:
    change(api.world, Engagement, cut_off=method)
    assert ask(api, VEND, "member").status == 201
    text = PageText(sent(api, PAUSE, LIFT_CODE).text).text
    assert "1 session may still be active, until 24 November 2026, 12:" in text
    assert sentence in text


def test_a_paused_page_offers_another_code_to_those_who_did_not_pause(api: Api) -> None:
    api.world.add(PAUSED)
    text = PageText(ask(api, CONFIRM, "nobody").text).text
    assert "Our access is already paused, since 24 November 2026, 12:00 UTC." in text
    other = sent(api, PAUSE, "2345-2345-2345-2345")
    assert "Our access was paused 2 times" in PageText(other.text).text
    still = sent(api, RESUME, LIFT_CODE)
    assert "Your code is accepted, and our access is still paused" in PageText(still.text).text
    assert "One more code has to be entered" in PageText(still.text).text


def test_a_press_beyond_the_most_locks_says_that_it_has_no_code(api: Api) -> None:
    api.world.add(a_block("acme-prod", locks=PAUSED.locks * MAX_LOCKS))
    answer = sent(api, PAUSE, "2345-2345-2345-2345")
    text = PageText(answer.text).text
    assert answer.status == 200
    assert "Our access to your AWS account 987654321098 is paused" in text
    assert "This pause has no code" in text
    assert CODE.search(text) is None
    lifted = sent(api, RESUME, LIFT_CODE)
    assert "the codes alone do not lift the pause any more" in PageText(lifted.text).text


def test_pausing_again_refuses_a_leads_request(api: Api) -> None:
    api.world.add(a_block("acme-prod", lift_request=REQUEST))
    text = PageText(ask(api, CONFIRM, "nobody").text).text
    assert "Pausing again refuses that." in text
    sent(api, PAUSE, "2345-2345-2345-2345")
    assert "asks to lift" not in shown(api).text


REFUSALS: dict[str, tuple[Any, str, int, str]] = {
    "a wrong code": (PAUSED, "aaaa-aaaa-aaaa-aaaa", 403, "This code does not lift the pause"),
    "no code": (PAUSED, "", 403, "This code does not lift the pause"),
    "not paused": (a_block("acme-prod", lifted_at=NOON), LIFT_CODE, 409, "is not paused"),
    "too many codes": (
        PAUSED,
        LIFT_CODE,
        409,
        "Please try again later",
    ),
}


@pytest.mark.parametrize(("block", "code", "status", "heading"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_a_page_in_words(
    api: Api, block: Block, code: str, status: int, heading: str
) -> None:
    api.world.add(block)
    if heading == "Please try again later":
        api.world.add(PauseCodes(link=a_link().hash, count=10, since=NOON))
    answer = sent(api, RESUME, code)
    assert answer.status == status
    assert heading in PageText(answer.text).text
    assert f'href="../{LINK_TEXT}"' in answer.text


BODIES = {
    "no body": "",
    "no form": "{}",
    "not text": "code=%ff%fe",
    "many fields": "&".join(["code=a"] * 100),
    "a long one": "code=" + "a" * 100_000,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_form_pauses_with_a_code_of_ours_and_lifts_nothing(
    api: Api, body: str
) -> None:
    answer = ask(api, PAUSE, "nobody", raw=body, headers=FORM_HEADERS)
    check(PAUSE, answer)
    code = code_on(answer)
    refusal = ask(api, RESUME, "nobody", raw=body, headers=FORM_HEADERS)
    check(RESUME, refusal)
    assert refusal.status == 403
    api.world.clock = NOON + timedelta(minutes=1)
    assert sent(api, RESUME, code).status == 200
