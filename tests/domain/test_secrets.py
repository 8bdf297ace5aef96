"""Secrets have no face: nothing that holds one shows it."""

import logging

from msgspec import UnsetType
from msgspec.structs import replace

from chalicelib.domain.onboarding.links import PauseCodes
from chalicelib.domain.people.enrolments import Enrol
from chalicelib.domain.values import Internal, Secret, ShownOnce, Value
from chalicelib.domain.vending.access import Allowed, SessionRequest, decide_access
from chalicelib.domain.vending.vends import Credentials, VendedSession
from chalicelib.entrypoints.http.responses import to_json_value
from chalicelib.usecases.onboarding.links import NewLink
from chalicelib.usecases.people.enrol import Enrolled
from chalicelib.usecases.people.members import NewEnrolment, NewMember
from chalicelib.usecases.people.sign_in import NewWebLink, NewWebSession
from chalicelib.usecases.people.tokens import NewToken
from chalicelib.usecases.ports import RequestOrigin
from chalicelib.usecases.vending.access_links import NewAccessLink
from chalicelib.usecases.vending.vend_by_link import check_link_without_use
from tests.builders import (
    ACCESS_TEXT,
    COOKIE_TEXT,
    EXTERNAL_ID,
    LINK_TEXT,
    WEB_LINK_TEXT,
    a_binding,
    a_link,
    a_member,
    a_token,
    a_used_form,
    a_web_link,
    a_web_session,
    an_access_link,
    an_enrolment,
    code_text_of,
    facts_by_link,
    presented_by,
    presented_in_slack,
    some_facts,
    token_text_of,
)
from tests.fakes import NOON
from tests.fakes.roles import CANARY_SECRET_KEY, CANARY_SESSION_TOKEN
from tests.rows import every
from tests.usecases.vending.linking import a_scene_in_slack

CREDENTIALS = Credentials(
    access_key_id="ASIA1",
    secret_access_key=CANARY_SECRET_KEY,
    session_token=CANARY_SESSION_TOKEN,
    expires_at=NOON,
    assumed_role_arn="arn:aws:sts::987654321098:assumed-role/Role/alice.v1",
    request_id="r1",
)
VENDED = VendedSession(
    role="readonly",
    vend="v1",
    engagement="acme-prod",
    account_id="987654321098",
    session_name="alice.v1",
    credentials=CREDENTIALS,
)
ALLOWED = decide_access(some_facts(), presented_by(), SessionRequest(role="readonly"), NOON)
assert isinstance(ALLOWED, Allowed)
HASH = presented_by().hash
CODE = code_text_of("alice")
GOT = a_token(enrolment=an_enrolment().hash)
KEYS = (CANARY_SECRET_KEY, CANARY_SESSION_TOKEN)
ACCESS = an_access_link()
OF_A_LINK = (ACCESS.hash, a_binding().hash)

HOLDERS = [
    (CREDENTIALS, KEYS),
    (VENDED, KEYS),
    (presented_by(), (HASH,)),
    (RequestOrigin(presented_by(), "203.0.113.7"), (HASH,)),
    (a_token(), (HASH,)),
    (a_link(), (a_link().hash,)),
    (PauseCodes(link=a_link().hash, count=1, since=NOON), (a_link().hash,)),
    (NewLink(a_link(), LINK_TEXT), (a_link().hash, LINK_TEXT)),
    (ACCESS, OF_A_LINK),
    (NewAccessLink(ACCESS, ACCESS_TEXT), (*OF_A_LINK, ACCESS_TEXT)),
    (a_web_link(), (a_web_link().hash, a_web_link().token)),
    (NewWebLink(a_web_link(), WEB_LINK_TEXT), (a_web_link().hash, WEB_LINK_TEXT)),
    (a_web_session(), (a_web_session().hash, a_web_session().token)),
    (NewWebSession(a_web_session(), COOKIE_TEXT), (a_web_session().hash, COOKIE_TEXT)),
    (a_used_form(), (a_web_session().hash,)),
    (presented_in_slack(link=ACCESS), OF_A_LINK),
    (facts_by_link(), OF_A_LINK),
    (check_link_without_use(a_scene_in_slack().ports, ACCESS_TEXT), OF_A_LINK),
    (an_enrolment(), (an_enrolment().hash,)),
    (NewEnrolment(an_enrolment(), CODE), (an_enrolment().hash, CODE)),
    (NewMember(a_member(), NewEnrolment(an_enrolment(), CODE)), (an_enrolment().hash, CODE)),
    (Enrol(code=CODE, label="laptop"), (CODE,)),
    (Enrolled(GOT, token_text_of("alice"), (GOT,)), (HASH, CODE, token_text_of("alice"))),
    (NewToken(a_token(), token_text_of("alice")), (HASH, token_text_of("alice"))),
    (ALLOWED, (HASH,)),
    (ALLOWED.caller, (HASH,)),
    (some_facts(), (HASH,)),
    (ALLOWED.terms, (EXTERNAL_ID,)),  # not secret, but internal
]


@every("holder, secrets", HOLDERS)
def test_a_holder_of_secrets_does_not_show_them(holder, secrets):
    record = logging.LogRecord("d", logging.INFO, "", 0, "%s %r", (holder, [holder]), None)
    shown = [
        repr(holder),
        str(holder),
        f"{holder}",
        f"{holder!r}",
        str({"nested": (holder,)}),
        repr(ValueError(holder)),
        record.getMessage(),
    ]
    for secret in secrets:
        assert not any(secret in text for text in shown)


def test_a_tokens_name_is_the_beginning_of_its_hash_and_no_more():
    token = replace(a_token(), hash="0123456789abcdef" * 4)
    assert token.id == "0123456789ab"


class Marked(Value):
    """A value with a secret in every kind of field."""

    plain: Secret[str] = "SECRET-1"
    may_be_missing: Secret[str] | None = "SECRET-2"
    may_be_unset: Secret[str] | UnsetType = "SECRET-3"
    several: tuple[Secret[str], ...] = ("SECRET-4",)
    once: ShownOnce[str] | None = "SECRET-5"
    own_business: Internal[str] | None = "hidden"
    public: str = "shown"


def test_a_secret_is_one_wherever_it_is_marked():
    assert "SECRET" not in repr(Marked())
    assert "shown" in repr(Marked())
    assert to_json_value(Marked()) == {"once": "SECRET-5", "public": "shown"}


def test_a_session_has_aws_names_for_its_keys_and_shows_nothing_internal():
    assert to_json_value(VENDED) == {
        "vend": "v1",
        "engagement": "acme-prod",
        "role": "readonly",
        "session_name": "alice.v1",
        "credentials": {
            "AccessKeyId": "ASIA1",
            "SecretAccessKey": CANARY_SECRET_KEY,
            "SessionToken": CANARY_SESSION_TOKEN,
            "Expiration": "2026-11-24T12:00:00Z",
        },
        "assumed_role_arn": "arn:aws:sts::987654321098:assumed-role/Role/alice.v1",
        "expires_at": "2026-11-24T12:00:00Z",
    }
