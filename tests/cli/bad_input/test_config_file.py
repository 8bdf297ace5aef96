"""`daypass configure` changes its own block of ~/.aws/config, and no other byte."""

import re
import subprocess
import sys

from tests.cli.samples import ACCESS, access_list
from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.typed import Output
from tests.rows import every

OWN = b"[default]\nregion = eu-central-1\n"
FILES = {
    "empty": b"",
    "ordinary": OWN,
    "no final newline": b"[default]\nregion = eu-central-1",
    "only a newline": b"\n",
    "CRLF": b"[default]\r\nregion = eu-central-1\r\n",
    "CRLF, no final newline": b"[default]\r\nregion = eu-central-1",
    "broken lines": b"[default\nregion\n= x\n[[profile]]\n\t\tx=y\n]\n",
    "other encodings": b"# caf\xe9 \xff\xfe\n[profile \xe9]\nregion = x\n",
    "a byte order mark": b"\xef\xbb\xbf[default]\n",
    "comments": b"; one\n# two\n\n\n[profile a] ; three\n# BEGIN something\n# END something\n",
    "old Mac lines": b"[default]\rregion = x\r",
    "a marker in a line": b"[default]\nx = # BEGIN daypass http://127.0.0.1:1\n",
    "long": b"[default]\n" + b"# a comment\n" * 50_000,
}


def config(machine):
    return machine.home / ".aws" / "config"


def write(machine, content):
    config(machine).parent.mkdir(exist_ok=True)
    config(machine).write_bytes(content)


def configured(machine, *words):
    """Run `daypass configure`, and return the file that it leaves."""
    machine.prints("configure", *words)
    return config(machine).read_bytes()


def block_of(content):
    match = re.search(rb"(?sm)(?:^|(?<=\r))# BEGIN daypass.*^# END daypass[^\n]*\n", content)
    assert match
    return match[0]


@every("name", FILES)
def test_every_other_byte_stays(new_machine, name):
    machine, own = new_machine(), FILES[name]
    write(machine, own)
    first = configured(machine)
    block = block_of(first)
    assert block.count(b"[profile acme-prod-") == 2
    before, after = first.split(block)
    assert before.startswith(own)
    assert before[len(own) :] in (b"", b"\n", b"\r\n")
    assert after == b""
    assert machine.type("configure").out.startswith(f"{config(machine)} is up to date.")
    assert config(machine).read_bytes() == first
    assert configured(machine, "--remove") == own

    mine = b"[profile mine]\nregion = x"
    config(machine).write_bytes(first + mine)
    content = configured(machine, "--region", "eu-west-1")
    assert (content.startswith(own), content.endswith(mine)) == (True, True)
    assert content.count(b"region = eu-west-1") == 2
    removed = configured(machine, "--remove")
    assert b"daypass http" not in removed.replace(own, b"")
    assert removed.startswith(own)
    assert re.search(rb"(?m)(?:^|\r)\[profile mine\]\nregion = x\Z", removed)


def test_a_profile_that_ends_goes(machine, broker):
    machine.type("configure")
    broker.answers["/v1/access"] = (200, access_list())
    assert "You have no engagements" in machine.prints("configure")
    assert config(machine).read_bytes() == b""


def test_dry_run_changes_nothing_and_otherwise_the_file_before_is_kept(machine):
    assert "region" in machine.fails(2, "configure", "--region", "x\n[profile y]")
    machine.prints("configure", "--dry-run")
    assert not config(machine).parent.exists()
    write(machine, OWN)
    config(machine).chmod(0o640)
    assert "+[profile acme-prod-readonly]" in machine.prints("configure", "--dry-run")
    assert config(machine).read_bytes() == OWN
    assert sorted(path.name for path in config(machine).parent.iterdir()) == ["config"]
    machine.type("configure")
    assert machine.type("configure", "--dry-run").out == "Nothing would change.\n"
    backup = config(machine).with_name("config.before-daypass")
    assert backup.read_bytes() == OWN
    assert backup.stat().st_mode & 0o777 == 0o600
    assert config(machine).stat().st_mode & 0o777 == 0o640
    config(machine).unlink()
    machine.variables["AWS_CONFIG_FILE"] = "~/elsewhere/config"
    machine.prints("configure")
    assert b"[profile acme-prod" in (machine.home / "elsewhere" / "config").read_bytes()
    assert not config(machine).exists()


@every("content", [OWN, None])
def test_a_link_is_followed_and_stays_a_link(new_machine, content):
    machine = new_machine()
    target = machine.home / "dotfiles" / "aws-config"
    if content is not None:
        target.parent.mkdir()
        target.write_bytes(content)
    config(machine).parent.mkdir()
    config(machine).symlink_to(target)
    machine.prints("configure")
    assert config(machine).is_symlink()
    assert b"[profile acme-prod-readonly]" in target.read_bytes()


BROKEN = {
    "no end": lambda block: block[: block.index(b"# END")],
    "no begin": lambda block: block[block.index(b"\n") + 1 :],
    "twice": lambda block: block * 2,
    "another block in it": lambda block: block.replace(
        b"\n", b"\n# BEGIN daypass https://other.example\n", 1
    ),
    "the wrong way round": lambda block: b"".join(reversed(block.splitlines(keepends=True))),
}


@every("how", BROKEN)
@every("words", [(), ("--remove",), ("--dry-run",)])
def test_a_broken_block_is_left_alone(new_machine, how, words):
    machine = new_machine()
    write(machine, OWN)
    content = OWN + BROKEN[how](block_of(configured(machine)))
    write(machine, content)
    assert "is broken" in machine.fails(6, "configure", *words)
    assert config(machine).read_bytes() == content


@every("content", ["[default]\n".encode("utf-16"), b"\x00\x01"])
def test_a_file_that_is_no_utf_8_text(machine, content):
    write(machine, content)
    assert "Save it as UTF-8" in machine.fails(6, "configure")
    assert config(machine).read_bytes() == content


@every("kind", ["folder", "file", "loop", "proc"])
def test_a_path_that_is_no_file(new_machine, kind):
    machine = new_machine()
    path = config(machine)
    if kind == "folder":
        path.mkdir(parents=True)
    elif kind == "file":
        path.parent.write_text("")
    elif kind == "loop":
        path.parent.mkdir()
        path.symlink_to(path)
    else:
        machine.variables["AWS_CONFIG_FILE"] = "/proc/daypass/config"
    sentence = machine.fails(6, "configure")
    assert str(path.parent) in sentence or "/proc/daypass" in sentence


def test_a_profile_made_by_hand_is_kept_and_named(machine):
    own = b'[profile "acme-prod-readonly"]\nregion = x\n'
    write(machine, own)
    output = machine.type("configure")
    assert output.code == 0
    assert "is your own, so it was not changed" in output.sentence
    content = config(machine).read_bytes()
    assert content.startswith(own)
    assert content.count(b"acme-prod-readonly") == 1
    assert b"[profile acme-prod-deploy]" in content


def test_two_brokers_with_profiles_of_the_same_names(machine, broker):
    first = configured(machine)
    with ScriptedBroker() as other:
        machine.log_in(other.url)
        output = machine.type("configure")
        assert output.code == 0
        assert output.err.count(f"belongs to {broker.url}") == 2
        assert config(machine).read_bytes() == first
        rows = (row | {"engagement": "other-prod"} for row in ACCESS)
        other.answers["/v1/access"] = 200, access_list(*rows)
        content = configured(machine)
    assert content.startswith(first)
    assert content.count(b"# BEGIN daypass") == 2
    machine.log_in(broker.url)
    assert configured(machine, "--remove") == content[len(first) :]


def test_keys_that_override_a_profile_are_named(machine):
    write(machine, b"")
    (machine.home / ".aws" / "credentials").write_text("[acme-prod-readonly]\naws_access_key_id=x")
    output = machine.type("configure")
    assert "[acme-prod-readonly]" in output.sentence
    assert "override the profile" in output.sentence
    assert machine.type("doctor").code == 6


def test_four_at_once_write_one_block(machine):
    write(machine, OWN)
    processes = [machine.start("configure") for _ in range(4)]
    outputs = [Output(process.wait(60), *process.communicate()) for process in processes]
    assert {(output.code, output.err) for output in outputs} == {(0, "")}
    content = config(machine).read_bytes()
    assert content == OWN + block_of(content)
    assert block_of(content).count(b"[profile ") == 2


def test_the_profiles_are_read_by_botocore(machine):
    write(machine, FILES["no final newline"])
    machine.type("configure", "--region", "eu-west-1")
    code = (
        "from botocore.session import Session;"
        "print(Session(profile='acme-prod-readonly').get_credentials().access_key)"
    )
    cloned = machine.home / "cloned"
    cloned.mkdir()
    (cloned / "daypass.py").write_text("print('a module of a cloned repository')")
    environment = {**machine.environment, "AWS_EC2_METADATA_DISABLED": "true"}
    del environment["PYTHONPATH"]
    command = [sys.executable, "-P", "-c", code]
    shown = subprocess.check_output(command, env=environment, cwd=cloned, text=True)
    assert shown.startswith("ASIA")
