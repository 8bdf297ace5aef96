"""`daypass use --as` lets a short name stand for a role at the broker of that moment."""

import pytest

from daypass.machine.folders import find_target


def test_a_short_name_stands_for_a_role_until_it_is_forgotten(machine, broker):
    shown = machine.prints("use", "acme-prod/readonly", "--as", "prod")
    assert shown.startswith(f"prod stands for acme-prod/readonly at {broker.url}.")
    assert not (machine.home / ".daypass").is_file()
    key = machine.prints("exec", "prod", "--", "printenv", "AWS_ACCESS_KEY_ID")
    assert key == "ASIA0000000000000001\n"
    machine.prints("use", "acme-prod/deploy", "--as", "prod")
    assert "acme-prod/deploy" in machine.type("shell", "prod", "--reason", "r").err
    assert machine.prints("use", "--as", "prod") == "prod no longer stands for a role.\n"
    broker.refuse("/v1/engagements/prod/sessions", "no-such-engagement", "There is none.", 404)
    assert machine.type("exec", "prod", "--", "true").code == 3


def test_it_leads_to_the_broker_for_which_it_was_made(machine, monkeypatch):
    machine.type("use", "acme-prod/readonly", "--as", "prod")
    monkeypatch.setenv("DAYPASS_HOME", str(machine.store))
    bound = find_target("prod", "")
    assert bound[0] == "acme-prod/readonly"
    assert bound[1].startswith("http://127.0.0.1:")
    assert find_target("prod", "https://other.example") == (
        "acme-prod/readonly", "https://other.example",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["acme-prod", "a/b", "Prod", "../x", "-x", ""])
def test_it_is_no_name_that_has_a_meaning_already(machine, name):
    machine.type("ls")
    output = machine.type("use", "acme-prod/readonly", f"--as={name}")
    assert (machine.store / "aliases.json").exists() is False
    assert output.code == 2 or not name


@pytest.mark.parametrize("content", ["5", '{"prod": 5}', '{"prod": ["a"]}', '{"prod": [1, 2]}'])
def test_a_file_that_is_not_as_written_is_no_list_of_names(machine, broker, content):
    path = machine.store / "aliases.json"
    path.write_text(content)
    path.chmod(0o600)
    broker.refuse("/v1/engagements/prod/sessions", "no-such-engagement", "There is none.", 404)
    assert machine.type("exec", "prod", "--", "true").code == 3
