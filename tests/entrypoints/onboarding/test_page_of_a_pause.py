"""The client pauses the firm's access on the page, and lifts the pause there with the code."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin

import pytest

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.onboarding.links import PauseCodes
from chalicelib.domain.vending.blocks import MAX_LOCKS, Block
from tests.builders import LIFT_CODE, LINK_TEXT, a_block, a_link
from tests.entrypoints.driver import Api, Response, fresh_api
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import ask
from tests.entrypoints.onboarding.page_states import PAUSED, REQUEST
from tests.entrypoints.onboarding.reading import CONFIRM, PAUSE, RESUME, PageText, change, shown
from tests.entrypoints.valid import FORM_HEADERS, VEND
from tests.fakes import NOON
from tests.golden import as_text, hold_against_file
from tests.rows import every

CODE = re.compile("[a-z2-7]{4}(?:-[a-z2-7]{4}){3}")
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


@pytest.mark.golden
def test_the_answers_to_pausing_and_lifting(api: Api) -> None:
    texts: list[str] = []

    def show(name: str, answer: Response) -> None:
        page = CODE.sub("…", as_text(answer.text)).replace(answer.headers["X-Request-Id"], "…")
        texts.append(f"=== {name}: {answer.status}\n{page}")

    assert ask(api, VEND, "member").status == 201
    show("the confirmation", ask(api, CONFIRM, "nobody"))
    show("paused, with a live session", sent(api, PAUSE, LIFT_CODE))
    show("the confirmation of another pause", ask(api, CONFIRM, "nobody"))
    show("paused again", sent(api, PAUSE, "2345-2345-2345-2345"))
    show("one of two codes", sent(api, RESUME, LIFT_CODE))
    show("a wrong code", sent(api, RESUME, "aaaa-aaaa-aaaa-aaaa"))
    show("no code", sent(api, RESUME, ""))
    show("the other code", sent(api, RESUME, "2345-2345-2345-2345"))
    show("a code without a pause", sent(api, RESUME, LIFT_CODE))
    change(api.world, Engagement, cut_off=CutOffMethod.BRAKE)
    show("paused, with a brake", sent(api, PAUSE, LIFT_CODE))
    api.world.add(a_block("acme-prod", locks=PAUSED.locks * MAX_LOCKS))
    show("paused too often", sent(api, PAUSE, "2345-2345-2345-2345"))
    show("a code after that", sent(api, RESUME, LIFT_CODE))
    api.world.add(PAUSED, PauseCodes(link=a_link().hash, count=10, since=NOON))
    show("too many codes", sent(api, RESUME, LIFT_CODE))
    hold_against_file("setup-page/pausing.txt", "\n\n".join(texts))


def test_pausing_again_refuses_a_leads_request(api: Api) -> None:
    api.world.add(a_block("acme-prod", lift_request=REQUEST))
    text = PageText(ask(api, CONFIRM, "nobody").text).text
    assert "Pausing again refuses that." in text
    sent(api, PAUSE, "2345-2345-2345-2345")
    assert "asks to lift" not in shown(api).text


BODIES = {
    "no body": "",
    "no form": "{}",
    "not text": "code=%ff%fe",
    "many fields": "&".join(["code=a"] * 100),
    "a long one": "code=" + "a" * 100_000,
}


@every("body", BODIES.values(), api=fresh_api)
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
