"""A machine over HTTP: its job's token, and the few routes that it may use."""

from chalicelib.domain.people.members import Kind
from tests.builders import a_grant, a_member
from tests.entrypoints.driver import fresh_api
from tests.entrypoints.matrix import path_of, prepare, with_token
from tests.entrypoints.valid import BODIES, VEND
from tests.fakes import NOON
from tests.fakes.providers import PROVIDER, fake_identity_token, job_claims
from tests.rows import every

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
