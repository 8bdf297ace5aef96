"""Secrets stay hidden: after many calls, none appears where it must not."""

import pytest
from msgspec.structs import asdict, replace

from chalicelib.domain.errors import AwsRefused, DaypassError, Unavailable
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.people.enrolments import Enrol, Enrolment
from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.tokens import Token, parse_token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import Stop
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.usecases.admission import LEADS, admit
from chalicelib.usecases.people.enrol import enrol
from chalicelib.usecases.people.operator import create_first_lead
from chalicelib.usecases.ports import RequestOrigin
from chalicelib.usecases.requests.own import start_access_of_link
from chalicelib.usecases.vending.access_links import make_access_link, revoke_access_link
from chalicelib.usecases.vending.vend_by_link import check_link_without_use, vend_by_link
from tests.builders import (
    ACCESS_TEXT,
    ASKED_IN,
    LINK_TEXT,
    a_binding,
    a_link,
    an_access_link,
    an_enrolment,
    code_text_of,
    presented_by,
    token_text_of,
)
from tests.fakes.roles import CANARY_SECRET_KEY, CANARY_SESSION_TOKEN
from tests.usecases.changes_table import CHANGES, TO_THEMSELVES, two_leads
from tests.usecases.lost_answers import failing
from tests.usecases.vending.revocations import VEND_STEPS

MEMBERS = ["alice", "bob", "lena", "luis", "ada", "sam"]


class Story:
    """Scenes that all went through, with every error that was raised and every token made."""

    def __init__(self):
        self.scenes = []
        self.errors = []
        self.values = []
        self.secrets = {CANARY_SECRET_KEY, CANARY_SESSION_TOKEN, LINK_TEXT, a_link().hash}
        for member in MEMBERS:
            self.secrets |= {token_text_of(member), presented_by(member).hash}
            self.secrets |= {code_text_of(member), an_enrolment(member).hash}

    def scene(self):
        self.scenes.append(two_leads())
        return self.scenes[-1]

    def tell(self, act, *arguments, **options):
        try:
            value = act(*arguments, **options)
        except (DaypassError, ArithmeticError) as error:
            self.errors.append(error)
            return
        self.values.append(value)
        if hasattr(value, "text"):
            claimed = parse_token(value.text)  # a token's text, or else a link's
            self.secrets |= {value.text, claimed.hash if claimed else value.link.hash}
        for made in (value, getattr(value, "enrolment", None)):
            if hasattr(made, "code"):
                self.secrets |= {made.code, made.enrolment.hash}


def vends(story):
    request = SessionRequest(role="readonly", reason="INC-7")
    for member in MEMBERS:
        for engagement in ("acme-prod", "globex", "closed", "nowhere"):
            scene = story.scene()
            story.tell(scene.vend, member, engagement, request=request)
    for step in [*VEND_STEPS, "put_outcome withheld", "put_outcome failed"]:
        for failure in (
            Unavailable(Reason.AWS_UNREACHABLE),
            AwsRefused(Reason.ROLE_REFUSED_DAYPASS),
            ZeroDivisionError(),
        ):
            scene = story.scene()
            scene.fails_at(step, failure)
            story.tell(scene.vend, request=request)


def changes(story):
    for change in (CHANGES | TO_THEMSELVES).values():
        scene = story.scene()
        story.tell(scene.vend)
        for _ in range(2):
            story.tell(scene.do, change)
        with failing(scene, "change"):
            story.tell(scene.do, change)
        story.tell(scene.vend)


def links(story):
    """Run in Slack for all of them, and check the results."""
    request = SessionRequest(role="readonly", reason="INC-7")
    for member in MEMBERS:
        scene = story.scene()
        scene.add(*map(a_binding, MEMBERS), an_access_link())
        story.secrets |= {a_binding(member).hash, an_access_link().hash, ACCESS_TEXT}
        story.tell(asked_for, scene, member, request)
        for text in (ACCESS_TEXT, ACCESS_TEXT[:-1]):
            for _ in range(2):
                story.tell(check_link_without_use, scene.ports, text)
                start = {"address": "192.0.2.1", "start_access": start_access_of_link}
                story.tell(vend_by_link, scene.ports, text, **start)
        story.tell(scene.do, revoke_access_link, an_access_link().hash, by=member)


def asked_for(scene, member, request):
    origin = scene.in_slack(member)
    return make_access_link(scene.ports, origin, "acme-prod", request, asked_in=ASKED_IN)


def doors(story):
    for member in MEMBERS:
        scene = story.scene()
        wrong = RequestOrigin(replace(presented_by(member), hash="0" * 64))
        for origin in (scene.origin(member), wrong):
            story.tell(admit, scene.ports, origin, LEADS, "read")
    scene, empty = story.scene(), story.scene()
    empty.items.clear()
    for each in (scene, empty):
        story.tell(create_first_lead, each.ports, id="eve", name="Eve")
    for code in (code_text_of("alice"), code_text_of("bob"), "daypass_enrol_alice_x"):
        for _ in range(2):
            story.tell(enrol, scene.ports, Enrol(code=code, label="l"), address="192.0.2.1")


@pytest.fixture(scope="module")
def story():
    value = Story()
    vends(value)
    changes(value)
    links(value)
    doors(value)
    return value


def places_of(secrets, texts):
    return [text for text in texts if any(secret in text for secret in secrets)]


def test_the_story_is_long_and_its_secrets_are_real(story):
    assert len(story.errors) > 50
    assert len(story.values) > 50
    assert len({error.reason for error in story.errors if isinstance(error, DaypassError)}) > 12
    kept = {
        item.hash
        for scene in story.scenes
        for item in scene.items.values()
        if isinstance(item, Token | SetupLink | AccessLink | Enrolment)
        and not getattr(item, "issuer", "")  # no text has the hash of an identity
    }
    assert kept <= story.secrets
    handed_over = [value for value in story.values if hasattr(value, "credentials")]
    assert handed_over
    assert all(item.credentials.secret_access_key in story.secrets for item in handed_over)


def test_no_entry_holds_a_secret(story):
    entries = [entry for scene in story.scenes for entry in scene.entries]
    assert len(entries) > 100
    texts = [repr(asdict(entry)) for entry in entries]
    assert not places_of(story.secrets, texts)


def test_no_error_holds_a_secret(story):
    texts = [
        text
        for error in story.errors
        for cause in (error, error.__cause__, error.__context__)
        for text in (str(cause), repr(cause), repr(vars(cause) if cause else ""))
    ]
    assert not places_of(story.secrets, texts)


def test_no_item_holds_a_secret_but_a_token_a_code_or_a_link_its_own_hash(story):
    for scene in story.scenes:
        for item in scene.items.values():
            values = {name: repr(value) for name, value in asdict(item).items()}
            if isinstance(item, Token | SetupLink | AccessLink | Enrolment):
                del values["hash"]
            if isinstance(item, AccessLink):
                del values["token"]  # the hash of the token that requested the link
            if isinstance(item, Stop):
                del values["names"]  # a token is found by its hash
            if isinstance(item, Token):
                del values["enrolment"]  # the hash of the code that it was got with
            assert not places_of(story.secrets, list(values.values()))


def test_nothing_that_a_use_case_gives_shows_a_secret(story):
    assert not places_of(story.secrets, [f"{value!r} {value}" for value in story.values])


def test_a_session_that_may_be_alive_shows_no_more_than_its_key_id(story):
    sessions = [s for value in story.values for s in getattr(value, "sessions", ())]
    assert sessions
    assert all(s.access_key_id.startswith("ASIA") for s in sessions if s.access_key_id)
    assert Kind.LEAD in {value.kind for value in story.values if hasattr(value, "kind")}
