"""Programs that count as agents, and how a lead sets what agents may do."""

import pytest

from tests.cli.samples import ENGAGEMENT, STORED
from tests.rows import every

TARGET = "acme-prod/readonly"
SESSIONS = "/v1/engagements/acme-prod/sessions"


def caller_of(machine, broker, *words):
    """Type the command, and return the caller that its vend named."""
    machine.prints(*words)
    body = [body for _, path, _, body in broker.requests if path == SESSIONS][-1]
    return body.get("caller", "person")


@every(
    "name, value, caller",
    [
        ("CLAUDECODE", "1", "agent"),
        ("CLAUDE_CODE", "1", "agent"),
        ("CODEX_SANDBOX", "seatbelt", "agent"),
        ("CODEX_SANDBOX_NETWORK_DISABLED", "1", "agent"),
        ("CURSOR_AGENT", "1", "agent"),
        ("CURSOR_TRACE_ID", "4f2a", "agent"),
        ("GEMINI_CLI", "1", "agent"),
        ("OPENCODE", "1", "agent"),
        ("AWS_EXECUTION_ENV", "AmazonQ-For-CLI Version/1.19.3", "agent"),
        ("AWS_EXECUTION_ENV", "CloudShell", "person"),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_python3.13", "person"),
        ("AWS_EXECUTION_ENV", "AWS_ECS_FARGATE", "person"),
        ("CLAUDECODE", "", "person"),
        ("EDITOR", "vi", "person"),
    ],
)
def test_programs_that_work_by_themselves_are_recognised(new_machine, broker, name, value, caller):
    machine = new_machine()
    machine.variables[name] = value
    assert caller_of(machine, broker, "creds", TARGET) == caller


@pytest.mark.parametrize(("value", "shown"), [("1", True), ("", False)])
def test_a_person_who_counts_as_an_agent_learns_it_from_the_doctor(machine, *, value, shown):
    machine.variables["CURSOR_TRACE_ID"] = value
    assert ("an AI agent, because CURSOR_TRACE_ID is set" in machine.type("doctor").out) == shown


@pytest.mark.parametrize("command", ["creds", "env"])
def test_a_program_can_say_what_it_is(machine, broker, command):
    assert caller_of(machine, broker, command, TARGET, "--as-agent") == "agent"


def test_an_agent_and_its_person_never_share_a_session(machine, broker):
    person = machine.vend()
    machine.variables["CLAUDECODE"] = "1"
    agent = machine.vend()
    assert machine.vend(TARGET, "--as-agent") == agent != person
    del machine.variables["CLAUDECODE"]
    assert machine.vend() == person
    assert broker.vends == 2


def test_a_refusal_of_an_agent_is_not_its_persons(machine, broker):
    broker.refuse(SESSIONS, "agents-refused", "This engagement gives programs no session.")
    machine.fails(3, "creds", TARGET, "--as-agent")
    broker.answers.clear()
    machine.vend()
    machine.fails(3, "creds", TARGET, "--as-agent")


def test_a_lead_says_what_agents_may_do_as_the_file_says(terminal):
    terminal.run("""
        agents acme-prod allow
        agents acme-prod allow --yes
        agents acme-prod read-only
        agents acme-prod everything --yes
    """)
    opened = {**STORED, "engagement": ENGAGEMENT, "roles": [], "link": None}
    opened |= {"engagements": [], "cursor": None}
    terminal.note("a new engagement", {"/v1/engagements": (201, opened)})
    terminal.run("""
        open acme-prod 987654321098 --client Acme --until 2036-01-01 --yes
        open acme-prod 987654321098 --client Acme --until 2036-01-01 --yes --agents refuse
    """)
    terminal.hold("agents")
