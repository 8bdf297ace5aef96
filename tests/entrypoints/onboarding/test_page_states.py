"""The client's page in each state: exact claims, and nothing to guess. The client pauses the
firm's access there, and lifts the pause with the code."""

import re
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from msgspec.structs import force_setattr, replace

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.links import PauseCodes
from chalicelib.domain.policies.brake import (
    CutOffNames,
)
from chalicelib.domain.trail import CLIENT, Action
from chalicelib.domain.vending.blocks import MAX_LOCKS, Block
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.view import build_cut_off_view
from tests.builders import AFTER, LIFT_CODE, LINK_TEXT, ROLE_ARN, a_block, a_link
from tests.entrypoints.driver import fresh_api
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import ask
from tests.entrypoints.onboarding.cut_off_states import (
    CUT_OFF_STATES,
    a_client_cut_off,
    requested,
)
from tests.entrypoints.onboarding.page_states import (
    LATER,
    PAUSED,
    REMOVED,
    REQUEST,
    STATES,
    put_into,
)
from tests.entrypoints.onboarding.reading import (
    CHECK,
    CONFIRM,
    PAUSE,
    RESUME,
    PageText,
    change,
    page_text,
    shown,
    without_long_code,
)
from tests.entrypoints.valid import FORM_HEADERS, VEND
from tests.fakes import FIRM, NOON, FakeRole
from tests.golden import as_text, changed_lines, hold_against_file
from tests.rows import every

FIRM_NAME = 'O\'Brien & "Söhne" <script>alert(1)</script>'
CLIENT_NAME = '<b>"Bobby" & Söhne</b>{{ 7 * 7 }}'
NAMES = CutOffNames(ROLE_ARN)
UNTIL = int(LATER.timestamp())
TABLES = STATES | CUT_OFF_STATES


@pytest.mark.parametrize("part", TABLES)
def test_the_page_is_as_its_file_says_in_each_state(part):
    texts, pages = [], dict[str, list[str]]()
    for name, state in TABLES[part].items():
        with fresh_api() as api:
            put_into(api.world, state)
            now = as_text(without_long_code(shown(api).text)).splitlines()
        nearest = min(((changed_lines(page, now), other) for other, page in pages.items()),
                      key=lambda each: len(each[0]), default=(now, ""))  # fmt: skip
        beside = f", compared with “{nearest[1]}”" if nearest[0] is not now else ""
        texts.append("\n".join([f"=== {name}{beside}", *nearest[0]]))
        pages[name] = now
    hold_against_file(f"setup-page/{part.replace(' ', '-')}.txt", "\n\n".join(texts))


def test_the_page_of_one_role_is_light(api):
    api.world.roles[ROLE_ARN] = FakeRole("another")
    ask(api, CHECK, "nobody")

    assert "most likely first" in page_text(api)
    assert len(shown(api).text.encode()) < 60_000


def test_names_are_shown_as_text(api, scene):
    force_setattr(scene.ports, "firm", replace(FIRM, name=FIRM_NAME))
    change(api.world, Engagement, client=CLIENT_NAME)
    answer = shown(api)

    assert FIRM_NAME in PageText(answer.text).text
    assert CLIENT_NAME in PageText(answer.text).text
    assert not re.search("<b>.Bobby|<script>alert", answer.text)


def test_the_page_has_the_firms_contact_if_there_is_one(api, scene):
    force_setattr(scene.ports, "firm", replace(FIRM, contact="o.brien+aws@example.com"))
    assert "tell us (o.brien+aws@example.com) and we will revoke it" in page_text(api)
    assert shown(api).text.count('href="mailto:o.brien+aws@example.com"') == 2


def test_after_the_access_is_removed_a_check_tries_nothing(api):
    change(api.world, Engagement, **REMOVED)
    ask(api, CHECK, "nobody")
    assert "probe" not in api.world.steps
    assert "We have not tried to assume the role since then" in page_text(api)


def test_pasting_all_commands_adds_the_policy_and_deletes_nothing(api):
    api.world.add(requested(a_client_cut_off(), method=CutOffMethod.NONE))
    (stored,) = api.world.find(RoleCutOffs, where=lambda _: True)
    commands = build_cut_off_view(stored, stored.cut_offs[0], NOON).commands
    run = [line for line in commands.splitlines() if not line.startswith("#")]
    assert [line.split()[:3] for line in run] == [["aws", "iam", "put-role-policy"]]
    assert "# aws iam delete-role-policy" in commands


@pytest.fixture
def renewed(api):
    """Renew the engagement as a lead does."""
    change(api.world, Role, requested_ends=(AFTER,))
    renewal = {"ends_at": "2027-01-23T12:00:00Z", "grants": "ended-with-it", "reason": "more"}
    answer = api.post("/v1/engagements/acme-prod/renew", "lena", renewal)
    assert answer.status == 200, answer.text
    return api


def confirm(api, until=UNTIL):
    return api.send("POST", f"/setup/{LINK_TEXT}/policy/{until}").status


def test_a_confirmation_checks_the_role_and_is_shown_as_the_clients_statement(renewed):
    assert f'action="{LINK_TEXT}/policy/{UNTIL}"' in shown(renewed).text
    assert confirm(renewed) == 303
    text = page_text(renewed)
    assert "No further action is needed" in text
    assert (
        "The trust policy’s end date is 23 January 2027, 12:00 UTC, as you told us. A check can"
        " confirm this only after 24 December 2026, 12:00 UTC, when the earlier trust policy"
        " expires."
    ) in text
    actions = [entry.action for entry in renewed.world.entries if entry.actor == CLIENT]
    assert actions == [
        Action.ROLE_POLICY_REPLACED, Action.LINK_CHECK, Action.ROLE_VERIFY, Action.ROLE_VERIFY,
    ]  # fmt: skip


def test_a_confirmation_counts_right_after_a_check(renewed):
    assert renewed.send("POST", f"/setup/{LINK_TEXT}/check").status == 303
    assert confirm(renewed) == 303
    assert "as you told us" in page_text(renewed)
    assert confirm(renewed) == 409  # nothing is left to confirm, and a check has just run


def test_lists_and_reports_have_the_trust_policys_end(renewed):
    (role,) = renewed.get("/v1/engagements/acme-prod/roles", "lena").json["roles"]
    check = renewed.get("/v1/engagements/acme-prod/roles/readonly/check", "lena").json["report"]
    assert role["trust_policy"] == check["trust_policy"]
    assert role["trust_policy"]["ends_at"] == "2026-12-24T12:00:00Z"
    assert role["trust_policy"]["needs_update"]


CODE = re.compile("[a-z2-7]{4}(?:-[a-z2-7]{4}){3}")
PAGE_URL = f"https://abc.execute-api.eu-central-1.amazonaws.com/api/setup/{LINK_TEXT}"


def sent(api, route, code, **changes):
    answer = ask(api, route, "nobody", raw=f"code={code}", headers=FORM_HEADERS, **changes)
    check(route, answer)
    return answer


def code_on(answer):
    """Return the only code that a reader of the page sees."""
    (code,) = CODE.findall(PageText(answer.text).text)
    return str(code)


def elements(answer, tag):
    return [attributes for name, attributes in PageText(answer.text).elements if name == tag]


def test_the_confirmation_shows_the_code_that_its_button_sends(api):
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


def test_the_answers_to_pausing_and_lifting(api):
    texts = []

    def show(name, answer):
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


def test_pausing_again_refuses_a_leads_request(api):
    api.world.add(a_block("acme-prod", lift_request=REQUEST))
    text = PageText(ask(api, CONFIRM, "nobody").text).text
    assert "Pausing our access again refuses the request." in text
    sent(api, PAUSE, "2345-2345-2345-2345")
    assert "asks to lift" not in shown(api).text


def test_pausing_again_later_counts_no_session_that_has_expired(api):
    assert ask(api, VEND, "member").status == 201
    assert "1 session may still be active" in sent(api, PAUSE, LIFT_CODE).text
    api.world.later(minutes=15)
    assert "1 session may still be active" not in sent(api, PAUSE, "2345-2345-2345-2345").text


BODIES = {
    "no body": "",
    "no form": "{}",
    "not text": "code=%ff%fe",
    "many fields": "&".join(["code=a"] * 100),
    "a long one": "code=" + "a" * 100_000,
}


@every("body", BODIES.values(), api=fresh_api)
def test_a_body_that_is_no_form_pauses_with_a_code_of_ours_and_lifts_nothing(api, body):
    answer = ask(api, PAUSE, "nobody", raw=body, headers=FORM_HEADERS)
    check(PAUSE, answer)
    code = code_on(answer)
    refusal = ask(api, RESUME, "nobody", raw=body, headers=FORM_HEADERS)
    check(RESUME, refusal)
    assert refusal.status == 403
    api.world.clock = NOON + timedelta(minutes=1)
    assert sent(api, RESUME, code).status == 200
