"""The tools of an agent, as a real MCP client sees them: no session of a person's, and no key."""

import json
import subprocess

import pytest

from tests.cli.agents import client
from tests.cli.samples import ACCESS, EXPLANATION, access_list
from tests.cli.scripted_broker import TOKEN
from tests.cli.typed import Output
from tests.golden import hold_against_file

SESSIONS = "/v1/engagements/acme-prod/sessions"
SECRETS = ("secret-access-key", "session-token", "ASIA", TOKEN)


def judged(machine, *calls):
    """Return what the client saw: the tools, and the results of the calls. Fail for a secret."""

    def run(*words, stdin):
        finished = subprocess.run(
            words, input=stdin, env=machine.environment, capture_output=True, text=True, timeout=60
        )
        return Output(finished.returncode, finished.stdout, finished.stderr)

    seen, text = client.judged(run, *calls)
    assert [secret for secret in SECRETS if secret in text] == []
    return seen


def result_of(machine, name, **arguments):
    (result,) = judged(machine, (name, arguments))["results"]
    assert not result["failed"], result["text"]
    return result["value"]["result"] if set(result["value"]) == {"result"} else result["value"]


def error_of(machine, name, **arguments):
    (result,) = judged(machine, (name, arguments))["results"]
    assert result["failed"], result
    return result["text"]


def test_an_agent_prepares_a_profile_and_its_key_stays_here(machine, broker):
    role = {"engagement": "acme-prod", "role": "readonly"}
    calls = (("list_engagements", {}), ("prepare_profile", role), ("my_sessions", {}))
    results = [result["value"] for result in judged(machine, *calls)["results"]]
    (deploy, readonly), prepared = results[0]["result"], results[1]
    (session,) = results[2]["result"]
    assert (deploy["role"], deploy["state"], deploy["requires_reason"]) == ("deploy", "open", True)
    assert (readonly["engagement"], readonly["agents"]) == ("acme-prod", "read-only")
    assert set(session) == {"engagement", "role", "ends_by", "session_name", "note"}
    assert set(prepared) == {"profile", "config_file", "expires_at", "session_name"}
    assert prepared["profile"] == "acme-prod-readonly-agent"
    config = (machine.home / ".aws" / "config").read_text()
    assert "[profile acme-prod-readonly-agent]" in config
    assert f"creds acme-prod/readonly --broker {broker.url} --as-agent\n" in config
    ((_, _, _, body),) = [request for request in broker.requests if request[1] == SESSIONS]
    assert body == {"role": "readonly", "caller": "agent"}
    (line,) = [line for line in config.splitlines() if line.startswith("credential_process")]
    output = subprocess.check_output(
        line.partition(" = ")[2], shell=True, env=machine.environment, text=True
    )
    assert json.loads(output)["AccessKeyId"] == "ASIA0000000000000001"
    assert broker.vends == 1  # AWS's tools use the same session


def test_profiles_of_several_roles_stay_and_can_be_removed(machine, broker):
    own = "[profile mine]\nregion = eu-central-1"
    config = machine.home / ".aws" / "config"
    config.parent.mkdir()
    config.write_text(own)
    calls = [
        ("prepare_profile", {"engagement": "acme-prod", "role": "deploy", "reason": "ticket 7"}),
        ("prepare_profile", {"engagement": "acme-prod", "role": "readonly"}),
        ("prepare_profile", {"engagement": "acme-prod", "role": "readonly"}),
    ]
    assert not any(result["failed"] for result in judged(machine, *calls)["results"])
    text = config.read_text()
    assert text.startswith(own)
    assert text.count("[profile acme-prod-") == 2
    assert "--as-agent --reason ticket\\ 7\n" in text
    assert "-[profile acme-prod-deploy-agent]" in machine.prints(
        "configure", "--remove", "--dry-run"
    )
    assert "no longer has any Daypass profiles" in machine.prints("configure", "--remove")
    assert config.read_text() == own


def test_no_profile_changes_its_client(machine):
    targets = [("acme", "prod-admin"), ("acme-prod", "admin")] * 2
    names = [
        result_of(machine, "prepare_profile", engagement=engagement, role=role)["profile"]
        for engagement, role in targets
    ]
    assert names == ["acme-prod-admin-agent", "acme-prod.admin-agent"] * 2
    text = (machine.home / ".aws" / "config").read_text()
    assert text.count("creds acme/prod-admin ") == text.count("creds acme-prod/admin ") == 1


@pytest.mark.parametrize(
    ("own", "others"),
    [
        ("acme-prod-admin-agent", []),
        ("acme-prod.admin-agent", [("acme", "prod-admin")]),  # whose profile has the other name
    ],
)
def test_a_profile_of_the_persons_own_stays(machine, own, others):
    config = machine.home / ".aws" / "config"
    config.parent.mkdir()
    config.write_text(f"[profile {own}]\nregion = eu-central-1\n")
    for engagement, role in others:
        result_of(machine, "prepare_profile", engagement=engagement, role=role)
    before = config.read_text()
    error = error_of(machine, "prepare_profile", engagement="acme-prod", role="admin")
    assert f"has a profile {own} of your own" in error
    assert config.read_text() == before


REASONS = ['x"\ncredential_process = x', "a # b", "a\\b", "a;b", "$(x)", "`x`", "a\0b", "a%b"]


def test_a_reason_cannot_write_into_the_config_file(machine, broker):
    calls = [
        ("prepare_profile", {"engagement": "acme-prod/deploy", "reason": reason})
        for reason in REASONS
    ]
    results = judged(machine, *calls)["results"]
    assert all("Use only letters, digits, blanks" in result["text"] for result in results)
    assert all(result["failed"] for result in results)
    assert not (machine.home / ".aws").exists()
    assert broker.vends == 0


def test_a_refusal_is_one_sentence(machine, broker):
    role = {"engagement": "acme-prod", "role": "deploy", "reason": "r"}
    requests = "/v1/engagements/acme-prod/requests"
    broker.refuse(SESSIONS, "agents-refused", "This engagement gives programs no session.")
    broker.refuse(requests, "requests-not-allowed", "No one is set to approve requests.")
    calls = (("prepare_profile", role), ("request_access", {**role, "hours": 1}))
    first, second = (result["text"] for result in judged(machine, *calls)["results"])
    assert "This engagement gives programs no session. (agents-refused, request r-1)" in first
    assert "No one is set to approve requests. (requests-not-allowed, request r-1)" in second
    (machine.store / "logins.json").unlink()
    # Its person types it.
    assert "Type daypass login ADDRESS" in error_of(machine, "list_engagements")


def test_an_agent_asks_for_access_as_an_agent_and_sees_its_requests(machine, broker):
    wanted_for = {"role": "deploy", "reason": "deploy the new home page"}
    requested = result_of(
        machine, "request_access", engagement="acme-prod", hours=1.5, **wanted_for
    )
    ((_, _, _, body),) = [each for each in broker.requests if each[1].endswith("/requests")]
    assert body == wanted_for | {"duration": 5400, "caller": "agent"}
    assert requested["state"].startswith("The request needs approval from a lead")
    assert requested["status"] == "waiting"
    assert requested["waiting_for"] == ["a lead"]
    (mine,) = result_of(machine, "my_requests")
    assert mine["state"].startswith("lena approved this request")
    assert set(mine) == set(requested)


def test_tools_and_explanations_are_as_the_file_says(machine, broker):
    """A refusal is explained without a request for a session."""
    why = "/v1/engagements/{}/roles/readonly/why"
    agents = {"reading": "read-only", "all": "allow"}
    rows = [ACCESS[1] | {"engagement": name, "agents": each} for name, each in agents.items()]
    broker.answers["/v1/access"] = 200, access_list(*rows)
    for name in agents:
        broker.answers[why.format(name)] = 200, {"allowed": True, "clauses": []}
    broker.answers[why.format("over")] = 200, EXPLANATION
    names = [*agents, "over"]
    seen = judged(
        machine, *(("explain_refusal", {"engagement": name, "role": "readonly"}) for name in names)
    )
    assert [path.partition("?")[2] for _, path, _, _ in broker.requests if "/why" in path] == [
        "caller=agent&reason=no"
    ] * 3
    assert not [path for _, path, _, _ in broker.requests if path.endswith("/sessions")]
    parts = [f"{name}: {seen['tools'][name]}" for name in sorted(seen["tools"])]
    parts += [
        f"=== {name}\n{result['text']}" for name, result in zip(names, seen["results"], strict=True)
    ]
    hold_against_file("command/mcp.txt", "\n".join(parts))


def test_without_the_sdk_the_command_says_what_to_install(machine):
    output = machine.type("mcp")
    assert (output.code, output.out) == (6, "")
    assert "daypass mcp needs the package mcp 2" in output.err
