"""A folder that another person filled, such as a cloned repository: nothing in it runs or shows."""

import pytest


@pytest.fixture
def cloned(machine):
    folder = machine.home / "cloned"
    folder.mkdir()
    return folder


def test_a_link_in_place_of_a_daypass_file_shows_no_secret(machine, cloned):
    (machine.home / ".vault-token").write_text("a-secret-of-one-line\n")
    (cloned / ".daypass").symlink_to(machine.home / ".vault-token")
    for words in (("creds",), ("use", "--trust")):
        sentence = machine.fails(6, *words, folder=cloned)
        assert "cannot be read" in sentence
        assert "secret" not in sentence


def test_a_program_of_the_working_folder_runs_only_if_its_folder_is_typed(machine, cloned):
    """Windows looks there first, and a PATH may name it."""
    program = cloned / "aws"
    program.write_text("#!/bin/sh\necho it ran\n")
    program.chmod(0o755)
    machine.variables["PATH"] = f".:{machine.environment['PATH']}"
    words = ("exec", "acme-prod/readonly", "--")
    assert "type it as ./aws" in machine.fails(6, *words, "aws", folder=cloned)
    assert machine.prints(*words, "./aws", folder=cloned) == "it ran\n"
