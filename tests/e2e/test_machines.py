"""A job of a CI works as docs/machines.md says, with signed tokens and an API on the local AWS."""

import re
import shlex
import subprocess
import time
from functools import cache, partial
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from chalicelib import bootstrap
from chalicelib.adapters.people.identity_providers import OidcProviders
from chalicelib.adapters.people.identity_providers.keys import fetch
from chalicelib.adapters.people.identity_providers.verifier import TokenVerifier
from chalicelib.domain.people.identities import Provider
from local.processes import stack
from local.sample_data import Api, create_sample_data
from tests.adapters.people.identity_providers.provider import an_identity_provider, an_rsa_key
from tests.cli.scripted_broker import ScriptedBroker, send
from tests.cli.typed import Machine
from tests.e2e.stories import blocks
from tests.rows import every

PLACEHOLDER, ACCOUNT = "https://daypass.example.com/api", "987654321098"


@cache
def jobs():
    """Return the page's job of GitHub and that of GitLab."""
    pages = [text for kind, text in blocks("docs/machines.md") if kind == "yaml"]
    github, gitlab = (yaml.load(text, yaml.BaseLoader) for text in pages)  # noqa: S506
    return github["jobs"]["deploy"], gitlab["deploy"]


def steps_of(name):
    github, gitlab = jobs()
    return [step["run"] for step in github["steps"]] if name == "github" else gitlab["script"]


class Ci:
    """A CI whose tokens a real key signs, an API that trusts it, and a lead's token."""

    def __init__(self, provider, running, github):
        self.provider, self.url, self.aws = provider, running.api_url, running.aws
        self.lena = Api(self.url, create_sample_data(running)["lena"])
        self.github, self.changes, self.audiences = github, {}, []
        github.answers["/token"] = self._give

    def sign(self, audience, kid="current", **changes):
        now = int(time.time())
        github = {
            "sub": "repo:acme/shop:environment:production",
            "repository_id": "5678",
            "repository_owner_id": "1234",
            "event_name": "push",
        }
        usual = {
            "iss": self.provider.url,
            "aud": audience,
            "iat": now,
            "nbf": now,
            "exp": now + 300,
        }
        return self.provider.token({**usual, **github, **changes}, kid)

    def _give(self, handler):
        (audience,) = parse_qs(urlsplit(handler.path).query)["audience"]
        self.audiences.append(audience)
        send(handler, {"value": self.sign(audience, **self.changes)})

    def job(self, home, aws_cli, env, **more):
        """Return a runner with the variables of the page's job."""
        variables = {name: text.replace(PLACEHOLDER, self.url) for name, text in env.items()}
        home.mkdir(exist_ok=True)
        path = f"{home}:{aws_cli}:/usr/bin:/bin"
        aws = {"AWS_ENDPOINT_URL": self.aws.url, "AWS_DEFAULT_REGION": self.aws.region}
        return Machine(home, {**variables, **aws, "PATH": path, **more})

    def on_github(self, home, aws_cli):
        return self.job(
            home,
            aws_cli,
            jobs()[0]["env"],
            GITHUB_ACTIONS="true",
            ACTIONS_ID_TOKEN_REQUEST_URL=f"{self.github.url}/token?v=1",
            ACTIONS_ID_TOKEN_REQUEST_TOKEN="the-runner-s",
        )

    def on_gitlab(self, home, aws_cli):
        (aud,) = (each["aud"] for each in jobs()[1]["id_tokens"].values())
        claims = {
            "sub": "project_path:acme/shop:ref_type:branch:ref:main",
            "project_id": "5678",
            "pipeline_source": "push",
            "ref_protected": "true",
            "repository_id": None,
        }
        token = self.sign(aud.replace(PLACEHOLDER, self.url), **claims)
        names = jobs()[1]["variables"]
        (variable,) = jobs()[1]["id_tokens"]
        return self.job(home, aws_cli, names, GITLAB_CI="true", **{variable: token})


@pytest.fixture(scope="module")
def ci(tmp_path_factory):
    with (
        an_identity_provider(tmp_path_factory.mktemp("provider")) as provider,
        ScriptedBroker() as github,
        pytest.MonkeyPatch.context() as patch,
    ):
        provider.publish(current=an_rsa_key())
        provider.keys["stolen"] = an_rsa_key()
        trusted = []

        def build(_config):
            providers = OidcProviders(trusted)
            fetch_here = partial(fetch, tls_context=provider.trusting)
            providers.__dict__["_verifier"] = TokenVerifier(trusted, fetch_here)
            return providers

        patch.setattr(bootstrap, "build_identity_providers", build)
        with stack(aws_port=0, api_port=0) as running:
            of_ci = {"issuer": provider.url, "algorithms": ("RS256",)}
            trusted.append(Provider(audience=running.api_url, **of_ci))
            bootstrap.ports.cache_clear()
            try:
                yield Ci(provider, running, github)
            finally:
                bootstrap.ports.cache_clear()


def run(job, steps):
    """Run a job's steps as a runner does, and return the last one's process."""
    for step in steps:
        done = subprocess.run(
            ["bash", "-e", "-c", step], env=job.environment, cwd=job.home, capture_output=True,
            text=True, timeout=60,
        )  # fmt: skip
        if done.returncode:
            break
    return done


@pytest.fixture
def bind(ci, tmp_path):
    """Return a function that types the line of a job's refusal as lena."""
    lead = Machine(tmp_path / "lead")
    lead.home.mkdir()
    lead.log_in(ci.url, ci.lena.token)

    def bind(machine, refusal):
        line = re.search(r"daypass (bind MACHINE .*?) \(job-unknown", refusal)[1]
        output = lead.type(*shlex.split(line.replace("MACHINE", machine)), "--yes")
        assert output.code == 0, output.err

    return bind


@every("name", ["github", "gitlab"])
def test_a_pages_job_is_bound_by_the_line_that_it_prints(ci, bind, tmp_path, aws_cli, name):
    steps = steps_of(name)
    machine = f"ci-{name}"
    ci.changes = {}
    job = getattr(ci, f"on_{name}")(tmp_path / name, aws_cli)
    ci.lena("POST", "/v1/members", id=machine, name=name, kind="machine")
    ci.lena("POST", "/v1/engagements/acme-prod/grants", member=machine, roles=["readonly"])
    refused = run(job, steps)
    assert (refused.returncode, refused.stdout) == (4, ""), refused.stderr
    bind(machine, refused.stderr)
    done = run(job, steps)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{ACCOUNT}\n", "")
    assert [path.name for path in job.home.rglob("*") if path.is_file()] == ["daypass"]
    (token,) = ci.lena("GET", f"/v1/members/{machine}/tokens")["tokens"]
    sessions = ci.lena("GET", f"/v1/sessions?member={machine}")["sessions"]
    assert len(sessions) == 1
    path = f"/v1/members/{machine}/tokens/{token['id']}/revoke"
    ci.lena("POST", path, reason="the job is gone")
    ended = run(job, steps[-1:])
    assert (ended.returncode, "token-revoked" in ended.stderr) == (4, True)
    assert ci.github.counts["/token"] == len(ci.audiences)
    assert set(ci.audiences) == {ci.url}


ATTACKS = {
    "another repository of this name": ({"repository_id": "9"}, "job-unknown"),
    "another owner of this name": ({"repository_owner_id": "9"}, "job-unknown"),
    "another environment": ({"sub": "repo:acme/shop:environment:prod"}, "job-unknown"),
    "a pull request that names the environment": (
        {"event_name": "pull_request"}, "job-refused",
    ),
    "a fork's pull request in the base's name": (
        {"event_name": "pull_request_target"}, "job-refused",
    ),
    "an unprotected branch": (
        {"sub": "repo:acme/shop:ref:refs/heads/main", "ref_protected": "false"}, "job-refused",
    ),
    "a token for another service": ({"aud": "https://other.example"}, "identity-token-refused"),
    "a token that another key signed": ({"kid": "stolen"}, "identity-token-refused"),
    "an old token": ({"iat": 1, "nbf": 1, "exp": 2}, "identity-token-expired"),
    "a token for two days": ({"exp": 2**31}, "identity-token-refused"),
    "a token of another provider": ({"iss": "https://ci.example"}, "identity-token-refused"),
}  # fmt: skip


def test_no_other_job_gets_in_as_a_bound_one(ci, bind, tmp_path, aws_cli):
    job, steps = ci.on_github(tmp_path / "runner", aws_cli), steps_of("github")
    ci.lena("POST", "/v1/members", id="ci-shop", name="Shop", kind="machine")
    ci.lena("POST", "/v1/engagements/acme-prod/grants", member="ci-shop", roles=["readonly"])
    ci.changes = own = {"repository_id": "77"}
    run(job, steps[:1])
    bind("ci-shop", run(job, steps[1:]).stderr)
    assert run(job, steps[1:]).stdout == f"{ACCOUNT}\n"
    for name, (changes, reason) in ATTACKS.items():
        ci.changes = own | changes
        done = run(job, steps[1:])
        assert (done.returncode, done.stdout) == (4, ""), name
        assert reason in done.stderr, (name, done.stderr)
    ci.changes = own
    assert run(job, steps[1:]).stdout == f"{ACCOUNT}\n"


def test_the_page_has_valid_jobs():
    github, gitlab = jobs()
    assert github["permissions"]["id-token"] == "write"
    assert github["environment"]
    (aud,) = (each["aud"] for each in gitlab["id_tokens"].values())
    assert {aud, github["env"]["DAYPASS"], gitlab["variables"]["DAYPASS"]} == {PLACEHOLDER}
    assert steps_of("github") == steps_of("gitlab")
