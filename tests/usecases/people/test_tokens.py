"""Tokens: labelled and rotated by whose they are, revoked by them or a lead."""

from datetime import timedelta

from chalicelib.domain.errors import Conflict, DaypassError, NotFound
from chalicelib.domain.people.enrolments import Enrol
from chalicelib.domain.people.tokens import (
    ChangeToken,
    Token,
    TokenKind,
    TokenState,
    parse_token,
)
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.usecases.admission import RequestOrigin
from chalicelib.usecases.people.enrol import enrol
from chalicelib.usecases.people.lead_changes import suspend_member
from chalicelib.usecases.people.members import create_enrolment, reinstate_member
from chalicelib.usecases.people.tokens import (
    TOKENS,
    TokenFilters,
    change_token,
    find_token,
    read_token,
    revoke_token,
    rotate_token,
)
from chalicelib.usecases.vending.vend import vend
from tests.builders import (
    a_binding,
    a_scene,
    a_token,
    code_text_of,
    token_text_of,
)
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.changes_table import two_leads
from tests.usecases.people.enrolment_scene import (
    CODE,
    HERE,
    THERE,
    caller,
    got,
    is_let_in,
    refused,
    used,
    used_and_superseded,
)
from tests.usecases.refusals import refusal_of

ALICES = a_token("alice").id


def list_of(scene, member):
    return TOKENS.ask(scene.ports, scene.caller(), TokenFilters(member=member))


def test_a_token_is_found_by_its_name_and_only_under_its_member():
    scene = a_scene()
    assert find_token(scene.ports, "alice", ALICES) == a_token("alice")
    assert refusal_of(NotFound, find_token, scene.ports, "bob", ALICES) == "no-such-token"
    assert refusal_of(NotFound, find_token, scene.ports, "eve", ALICES) == "no-such-member"


def test_a_suspension_marks_all_tokens_as_revoked_also_after_the_reinstatement():
    scene = a_scene()
    scene.do(suspend_member, "alice", why="a laptop is lost")
    suspended = list_of(scene, "alice")
    scene.later(minutes=5)
    scene.do(reinstate_member, "alice", why="back")
    reinstated = list_of(scene, "alice")
    assert {row.token.revoked_at for row in suspended.items} == {NOON}
    assert {row.token.revoked_at for row in reinstated.items} == {NOON + timedelta(minutes=5)}
    assert {row.state for row in (*suspended.items, *reinstated.items)} == {TokenState.REVOKED}
    assert read_token(scene.ports, "alice", ALICES) in reinstated.items
    new = scene.enrolled("alice").token.id
    assert read_token(scene.ports, "alice", new).works


def test_the_list_has_those_that_work_first():
    scene = a_scene()
    for label, changes in {
        "old": {"revoked_at": NOON},
        "expired": {"expires_at": NOON},
        "idp": {"issuer": "https://idp.example", "subject": "alice@firm"},
    }.items():
        scene.add(a_token(label=label, hash=label.encode().hex().ljust(64, "0"), **changes))
    scene.add(a_binding())
    rows = list_of(scene, "alice").items
    assert {(row.token.label, row.kind) for row in rows[:3]} == {
        ("laptop", TokenKind.TOKEN),
        ("idp", TokenKind.IDENTITY),
        ("Slack", TokenKind.BINDING),
    }
    assert [row.works for row in rows] == [True] * 3 + [False] * 2
    assert {(row.token.label, row.state) for row in rows[3:]} == {
        ("old", TokenState.REVOKED),
        ("expired", TokenState.EXPIRED),
    }
    token = a_token("bob")
    scene.do(revoke_token, "bob", token.id, why="lost laptop")
    scene.add(token)  # as it was before its stop was applied
    (row,) = list_of(scene, "bob").items
    assert row.state is TokenState.REVOKED


def test_a_revoked_token_stays_revoked_whatever_its_label():
    scene = a_scene()
    alice = caller(scene, scene.enrolled())
    scene.do(revoke_token, "alice", ALICES, why="leaked")
    assert change_token(scene.ports, alice, ALICES, ChangeToken(label="leaked")).revoked_at == NOON


def test_rotating_gives_one_token_for_one_with_which_nothing_can_be_done_any_more():
    scene = a_scene()
    alice = scene.caller("alice")
    scene.later(days=1)
    new = rotate_token(scene.ports, alice)
    assert is_let_in(scene, new.text)
    assert refusal_of(DaypassError, scene.vend, "alice") == "token-revoked"
    assert refusal_of(Conflict, rotate_token, scene.ports, alice) == "changed-meanwhile"


def vended_with(scene, token):
    """Vend with the token of this text, and return the session's ID."""
    origin = RequestOrigin(parse_token(token))
    return vend(scene.ports, origin, "acme-prod", SessionRequest(role="readonly")).vend


def test_a_revocation_lists_the_sessions_of_the_tokens_that_this_one_replaced():
    scene = a_scene()
    new = scene.enrolled()
    tokens, vended = [new.token], [vended_with(scene, new.text)]
    vended_with(scene, token_text_of("alice"))
    for _ in range(2):
        scene.later(minutes=1)
        new = rotate_token(scene.ports, caller(scene, new))
        tokens.append(new.token)
        vended.append(vended_with(scene, new.text))
    for number, token in enumerate(tokens, start=1):
        revoked = scene.do(revoke_token, "alice", token.id, why="leaked")
        assert {session.vend for session in revoked.sessions} == {*vended[:number]}


# A code that is used again: the leads are alerted, but not without end.


def tokens_of_code(scene):
    return scene.ports.state.list(Token, enrolment=CODE.hash, limit=1000).items


def second_uses(scene):
    return [alert.alert for alert in scene.alerts].count("code-used-twice")


@every("use_code", [used, used_and_superseded])
def test_a_code_used_twice_alerts_the_leads_once_a_day_and_every_use_is_recorded(use_code):
    """The first user cannot hide by sending the member another code."""
    scene = two_leads()
    use_code(scene)
    scene.entries.clear()
    (stolen,) = tokens_of_code(scene)
    for hours, times in ((1, 1), (24.9, 1), (25, 2), (26, 2)):
        scene.world.clock = NOON + timedelta(hours=hours)
        refused(scene)
        refused(scene)
        assert second_uses(scene) == times
    about = [(entry.details["because"], entry.details["token"]) for entry in scene.entries]
    assert about == [("used", stolen.id)] * 8
    further, event, _ = scene.alerts
    assert further.alert == "further-token"  # alice has another that works
    assert (event.member, event.at) == ("alice", NOON + timedelta(hours=1))
    for fact in ("24 November 2026, 12:00 UTC", THERE, HERE, stolen.id):
        assert fact in event.text


def test_a_second_use_of_another_code_raises_an_alert_too():
    scene = two_leads()
    used(scene)
    second = scene.do(create_enrolment, "alice").code
    enrol(scene.ports, Enrol(code=second, label="desktop"), address=THERE)
    for code in (code_text_of("alice"), second):
        refused(scene, code)
    assert second_uses(scene) == 2


@every("changes", [1, 4])
def test_a_concurrent_change_of_the_token_hides_no_second_use(
    changes,
):
    scene = two_leads()
    used(scene)
    label = 0

    def relabel(step):
        nonlocal label
        if step == "change" and label < changes:
            label += 1
            (token,) = tokens_of_code(scene)
            scene.add(next_version(token, label=f"laptop {label}"))

    scene.world.before = relabel
    refused(scene)
    refused(scene)
    (token,) = tokens_of_code(scene)
    assert token.label == f"laptop {changes}"
    assert second_uses(scene) == (1 if changes < 4 else 2)
    assert scene.story().count("enrolment.use refused enrolment-refused") == 2


def test_rotating_does_not_wash_a_stolen_codes_token_clean():
    scene = two_leads()
    thief = caller(scene, got(scene, address=THERE))
    new = rotate_token(scene.ports, thief)
    scene.later(hours=1)
    refused(scene, address=HERE)
    assert new.token.enrolment == CODE.hash
    assert new.token.id in scene.alerts[-1].text
    assert thief.token.id not in scene.alerts[-1].text
