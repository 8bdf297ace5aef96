"""The command in a job of a CI: its token is the login, and the runner keeps nothing."""

import json
import re

import pytest

from daypass.machine.files import write_private_json
from tests.cli.scripted_broker import ScriptedBroker, answer_with
from tests.cli.typed import Machine
from tests.rows import every

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqb2IifQ.c2lnbmF0dXJl"
SECRET = "the-runner-s-secret"
CREDS = ("creds", "acme-prod/readonly")
ADDRESS = "ACTIONS_ID_TOKEN_REQUEST_URL"


@pytest.fixture
def github():
    """GitHub's address for tokens, over loopback."""
    with ScriptedBroker() as running:
        running.answers["/token"] = (200, {"count": 9, "value": JWT})
        yield running


@pytest.fixture
def new_job(tmp_path, broker, github):
    """Return a function that returns a job of this CI, with these changes to its variables."""
    of_the_ci = {
        "GitHub": {
            "GITHUB_ACTIONS": "true",
            ADDRESS: f"{github.url}/token?api-version=2",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": SECRET,
        },
        "GitLab": {"GITLAB_CI": "true", "DAYPASS_ID_TOKEN": JWT},
    }

    def new_job(ci="GitHub", **changes):
        variables = {"DAYPASS": broker.url} | of_the_ci[ci] | changes
        return Machine(tmp_path, {k: v for k, v in variables.items() if v is not None})

    return new_job


def files_below(home):
    return [path for path in home.rglob("*") if path.is_file()]


@pytest.fixture(params=["GitHub", "GitLab"])
def job(request, new_job):
    return new_job(request.param)


def test_a_job_gets_a_session_without_a_login_and_keeps_nothing(job, broker):
    output = job.type(*CREDS)
    assert (output.code, output.err) == (0, "")
    assert json.loads(output.out)["AccessKeyId"]
    sent = [headers["Authorization"] for _, path, headers, _ in broker.requests if "/v1" in path]
    assert sent == [f"Bearer {JWT}"]
    assert files_below(job.home) == []
    for words in (("env", CREDS[1]), ("exec", CREDS[1], "--", "env")):
        assert "AWS_SESSION_TOKEN" in job.prints(*words)
    # This reads the list of all roles, whose names say who the firm's clients are.
    assert job.type("exec", "initech", "--", "true").code == 0
    assert files_below(job.home) == []
    assert broker.vends == 3


def test_a_program_that_a_job_starts_gets_sessions_anew(job, broker):
    program = ["daypass", "creds", "acme-prod/readonly"]
    output = job.type("exec", CREDS[1], "--", "python3", "-m", *program)
    assert (output.code, broker.vends) == (0, 2), output.err


def test_github_is_asked_for_the_brokers_audience_with_its_own_secret(new_job, broker, github):
    new_job().type(*CREDS)
    ((method, path, headers, _),) = github.requests
    quoted = broker.url.replace(":", "%3A").replace("/", "%2F")
    assert (method, path) == ("GET", f"/token?api-version=2&audience={quoted}")
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert SECRET not in str(broker.requests)
    github.requests.clear()
    new_job(DAYPASS_AUDIENCE="daypass & more").type(*CREDS)
    assert github.requests[0][1].endswith("&audience=daypass%20%26%20more")


def test_a_job_never_acts_as_the_person_who_logged_in_on_its_runner(new_job, broker):
    job = new_job()
    job.log_in(broker.url)
    before = {path: path.read_bytes() for path in files_below(job.home)}
    job.prints(*CREDS)
    assert {h["Authorization"] for _, p, h, _ in broker.requests if "/v1" in p} == {f"Bearer {JWT}"}
    assert {path: path.read_bytes() for path in files_below(job.home)} == before


def test_no_name_or_folder_that_someone_bound_on_the_runner_leads_a_job_elsewhere(job, broker):
    """A job before, or the person whose runner it is, may have bound them at another broker."""
    folder = job.home / ".daypass"
    with ScriptedBroker() as other:
        bound = {CREDS[1]: ["acme-prod/deploy", other.url]}
        for name in ("aliases.json", "trusted.json"):
            write_private_json(str(folder / name), bound)
        assert job.type(*CREDS).code == 0
        assert job.type("exec", CREDS[1], "--", "true").code == 0
        assert other.requests == []
    assert broker.vends == 2
    (_, _, _, body) = broker.requests[-1]
    assert body["role"] == "readonly"


def test_a_persons_cached_session_is_not_a_jobs(tmp_path, broker, new_job):
    person = Machine(tmp_path)
    person.log_in(broker.url)
    assert person.vend() != new_job().vend()


def drop(handler):
    handler.close_connection = True


@every(
    "answer",
    [
        (403, {"message": "no"}), (500, {}), (200, {}), (200, {"value": 7}), (200, ["value"]),
        (200, {"value": "not a token"}), (200, {"value": f"{JWT}\n"}), (200, None), drop,
        answer_with({}, 302, Location="https://example.com"),
    ],
)  # fmt: skip
def test_a_token_that_github_does_not_give_is_explained(new_job, broker, github, answer):
    github.answers["/token"] = answer
    sentence = new_job().fails(5, *CREDS)
    assert broker.requests == []
    assert sentence.startswith("Daypass: The CI gave this job no identity token")
    assert SECRET not in sentence


@every(
    "ci, changes, text",
    [
        ("GitHub", {ADDRESS: None}, "permissions: {id-token: write}"),
        ("GitHub", {"DAYPASS": None}, "set DAYPASS to the address"),
        ("GitHub", {ADDRESS: "http://example.com/token"}, f"{ADDRESS} is not an https address"),
        ("GitHub", {ADDRESS: "file:///etc/passwd"}, f"{ADDRESS} is not an https address"),
        ("GitHub", {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "a\nb: c"}, "is not what GitHub sets"),
        ("GitHub", {"DAYPASS": "http://example.com"}, "must begin with https://"),
        ("GitLab", {"DAYPASS_ID_TOKEN": None}, "id_tokens: {DAYPASS_ID_TOKEN: {aud: "),
        ("GitLab", {"DAYPASS_ID_TOKEN": "$DAYPASS_ID_TOKEN"}, "holds no identity token"),
        ("GitLab", {"DAYPASS_ID_TOKEN": f"{JWT} x"}, "holds no identity token"),
        ("GitLab", {"DAYPASS": None}, "set DAYPASS to the address"),
    ],
)
def test_what_a_job_lacks_is_said(new_job, ci, changes, text):
    output = new_job(ci, **changes).type(*CREDS)
    assert (output.code != 0, output.out) == (True, "")
    assert text in output.sentence


@every(
    "reason, text",
    [
        ("job-unknown", "Ask a lead to bind it: daypass bind MACHINE"),
        ("identity-token-refused", "IDENTITY_PROVIDERS"),
        ("identity-token-expired", "the job's timeout"),
        ("token-revoked", "Ask a lead to bind it to its machine again"),
        ("token-expired", "Ask a lead to bind it to its machine again"),
    ],
)
def test_a_jobs_refusal_says_what_to_do_and_shows_no_token(job, broker, reason, text):
    detail = "This job is not bound to a machine. Ask a lead to bind it: daypass bind MACHINE i s"
    broker.refuse("/v1/engagements/acme-prod/sessions", reason, detail, 401)
    sentence = job.fails(4, *CREDS)
    assert text in sentence
    assert reason in sentence
    assert JWT not in sentence
    assert "daypass login" not in sentence
    assert files_below(job.home) == []


def test_the_doctor_says_that_it_is_a_jobs_login(job, broker):
    output = job.type("doctor")
    assert re.search("a job of Git(Hub Actions|Lab CI) at .*, and nothing is stored", output.out)
    assert "configure" not in output.out
    broker.answers["/v1/me"] = (200, {"token": {"expires_at": "2026-01-01T00:00:00Z"}})
    assert "Ask a lead to bind this job to its machine again." in job.type("doctor").out


def test_a_lead_binds_a_job_after_seeing_the_effect(terminal):
    machine = {"id": "ci", "kind": "machine", "enrolment": None, "message": "It is created."}
    answers = terminal.broker.answers
    answers["/v1/members"] = answers["/v1/members/ci/jobs"] = (201, machine)
    terminal.broker.refuse("/v1/members/ci", "no-such-member", "There is none.", 404)
    terminal.run("""
        invite ci --kind=machine --yes
        bind ci https://ci.example repo:acme@1/shop@2:environment:prod --until=2036-01-01 --yes
    """)
    terminal.hold("bind")
