"""Enrolment, sign-in by the firm's identity provider, and machines, over HTTP."""

import subprocess
import sys

from app import app
from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.tokens import Token
from tests.builders import a_grant, a_member, an_enrolment, code_text_of
from tests.entrypoints.calls import Calls
from tests.entrypoints.driver import fresh_api
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import ask, path_of, prepare, with_token
from tests.entrypoints.valid import BIND, BODIES, ENROL, VEND
from tests.fakes import NOON
from tests.fakes.providers import PROVIDER, claims, fake_identity_token, job_claims
from tests.rows import every

ALICES = code_text_of("alice")


def use(api, code=ALICES, **more):
    answer = api.post("/v1/enrol", body={"code": code, "label": "laptop"}, **more)
    check(ENROL, answer)
    return answer


def test_enrolments_are_as_the_file_says(api):
    """Leads see that a code was used, and no secret."""
    calls = Calls(api)
    token = calls.send("", ENROL, {"code": ALICES, "label": "laptop"}).json["token"]
    calls.send("", "GET /v1/me", headers={"Authorization": f"Bearer {token}"})
    shown = calls.send("lena", "GET /v1/members/alice/enrolment").text
    shown += calls.send("lena", "GET /v1/members/alice/tokens").text
    for secret in (token, ALICES, an_enrolment().hash):
        assert secret not in shown
    calls.hold("enrolments")


def test_every_invalid_code_gets_the_same_response(api):
    """Guessing reveals neither who is a member nor the state of a code: used, unknown, expired or
    of a suspended member."""
    api.world.add(an_enrolment("lena", expires_at=NOON), an_enrolment("sam"))
    codes = [ALICES, code_text_of("bob"), code_text_of("nobody"), code_text_of("bob")[:-1] + "0"]
    codes += [code_text_of("lena"), code_text_of("sam")]
    assert use(api).status == 201
    answers = []
    for code in codes:
        answer = use(api, code)
        headers = {n: v for n, v in answer.headers.items() if n != "X-Request-Id"}
        answers.append((answer.status, answer.json | {"request_id": ""}, headers))

    assert all(answer == answers[0] for answer in answers), answers
    assert (answers[0][0], answers[0][1]["reason"]) == (403, "enrolment-refused")
    assert len(api.world.find(Token, where=lambda token: token.label == "laptop")) == 6


def test_a_malformed_code_is_refused_without_being_repeated(api):
    for wrong in (ALICES[:-30], ALICES + "x" * 60, "daypass_alice_" + "x" * 49):
        answer = ask(api, ENROL, "nobody", body=BODIES[ENROL] | {"code": wrong})
        assert (answer.reason, answer.json["field"]) == ("bad-value", "code")
        assert wrong[-20:] not in answer.text


def test_a_bearer_token_makes_no_difference(api):
    assert use(api, caller="sam").status == 201
    assert api.world.entries[-1].actor == "alice"


def test_a_code_is_accepted_only_in_the_body(api):
    answer = ask(api, ENROL, "nobody", query={"code": ALICES})
    assert (answer.status, ALICES in answer.text) == (400, False)
    assert not api.world.entries


def test_no_route_makes_or_labels_anothers_token():
    assert set(app.routes["/v1/members/{member}/tokens"]) == {"GET"}
    assert set(app.routes["/v1/members/{member}/tokens/{token}"]) == {"GET"}


WORD = fake_identity_token(claims(NOON))
TO_VEND = "/v1/engagements/acme-prod/sessions"


def bind(api, **changes):
    answer = ask(api, BIND, "nobody", body=BODIES[BIND] | changes)
    check(BIND, answer)
    return answer


def by_word(api, method, path, word=WORD, **more):
    return api.send(method, path, headers={"Authorization": f"Bearer {word}"}, **more)


def test_an_identity_is_bound_used_and_ended_as_the_file_says(api):
    calls, bearer = Calls(api), {"Authorization": f"Bearer {WORD}"}
    expired = fake_identity_token(claims(NOON, exp=NOON.timestamp()))
    calls.show("bound with an expired token", bind(api, identity_token=expired), "bind")
    bound = bind(api)
    calls.show("bound", bound, "bind")
    vend = f"POST {TO_VEND}"
    calls.send("", vend, {"role": "readonly"}, headers=bearer)
    calls.send("", "GET /v1/me", headers=bearer)
    calls.send("alice", "GET /v1/me/tokens")
    calls.send("alice", f"POST /v1/me/tokens/{bound.json['id']}/revoke", {"reason": "another firm"})
    calls.send("", vend, {"role": "readonly"}, headers=bearer)
    calls.hold("identities")


@every(
    "word, status, reason",
    [
        (WORD, 401, "identity-unknown"),
        (fake_identity_token(claims(NOON), key="a stranger's"), 401, "identity-token-refused"),
        ("a.b.c", 401, "identity-token-refused"),
        ("a.b", 401, "token-malformed"),
        (f"a.b.{'c' * 9000}", 401, "token-malformed"),
    ],
)
def test_an_unknown_caller_learns_what_to_do(api, word, status, reason):
    answer = by_word(api, "POST", TO_VEND, word, body={"role": "readonly"})
    check(VEND, answer)
    assert (answer.status, answer.reason) == (status, reason)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="daypass", error="invalid_token"'
    assert word not in answer.text


def test_an_identity_token_is_in_no_log_line_or_response(api, capsys):
    bound = bind(api).text
    by_word(api, "GET", "/v1/me")
    by_word(api, "GET", "/v1/me", WORD[:-4] + "AAAA")
    again = bind(api, code=code_text_of("bob")).text
    logged = capsys.readouterr()
    for part in (WORD, *WORD.split(".")[1:]):
        assert part not in logged.out + logged.err + bound + again


def test_cryptography_is_loaded_only_for_an_identity_token():
    program = (
        "import sys, app; from chalicelib.adapters.people.identity_providers import OidcProviders;"
        " OidcProviders([]); print([name for name in sys.modules if name.split('.')[0] in"
        " ('jwt', 'cryptography') or 'identity_providers.' in name])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


JOB = "POST /v1/members/{member}/jobs"
OWN = {
    VEND: 201,
    "GET /v1/me": 200,
    "GET /v1/access": 200,
    "GET /v1/me/sessions": 200,
    "POST /v1/me/sessions/{session}/end": 404,  # it has none
    "GET /v1/engagements/{engagement}/roles/{role}/why": 200,
}
"""The routes that a machine may use."""


def send(api, route, claims):
    bearer = {"Authorization": f"Bearer {fake_identity_token(claims)}"}
    method = route.partition(" ")[0]
    sent = {"body": BODIES[route]} if route in BODIES else {}
    return api.send(method, path_of(route, "member"), headers=bearer, **sent)


def bind_ci(api):
    api.world.add(a_member("ci", kind=Kind.MACHINE), a_grant("ci"))
    answer = api.post("/v1/members/ci/jobs", "lena", BODIES[JOB])
    assert answer.status == 201, answer.text


@every("route", with_token(), api=fresh_api)
def test_a_machine_may_use_only_what_its_sessions_need(api, route):
    bind_ci(api)
    prepare(api.world, route)
    entries = len(api.world.entries)
    answer = send(api, route, job_claims(NOON))
    if route in OWN:
        assert answer.status == OWN[route], answer.text
        return
    assert (answer.status, answer.reason) == (403, "people-only"), answer.text
    (entry,) = api.world.entries[entries:]
    assert (entry.actor, entry.outcome) == ("ci", "refused")


def test_the_answer_to_an_unknown_job_names_its_subject_and_not_its_token(api, capsys):
    answer = send(api, VEND, job_claims(NOON))
    assert (answer.status, answer.reason) == (401, "job-unknown")
    assert answer.json["detail"].endswith(
        f" MACHINE {PROVIDER.issuer} repo:acme@1234/shop@5678:environment:production"
    )
    token = fake_identity_token(job_claims(NOON))
    logged = capsys.readouterr()
    for part in (token, *token.split(".")[1:]):
        assert part not in answer.text + logged.out + logged.err


def test_only_a_lead_binds_a_job(api):
    api.world.add(a_member("ci", kind=Kind.MACHINE))
    for caller in ("alice", "ada", "sam"):
        assert api.post("/v1/members/ci/jobs", caller, BODIES[JOB]).status == 403
    assert send(api, "GET /v1/me", job_claims(NOON)).reason == "job-unknown"
