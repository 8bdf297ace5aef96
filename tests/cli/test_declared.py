"""Every command explains itself, exit codes have causes, and a misplaced secret is not repeated."""

import pytest

from daypass.catalogue import list_commands
from daypass.command import REASON
from daypass.errors import EXIT_CODES
from tests.cli.samples import TYPED
from tests.fakes.digests import FakeSigningKey
from tests.rows import every

SHOWN = [command for command in list_commands() if command.group]
WITHOUT_JSON = {
    "login", "logout", "link-slack",  # they change what is on this machine
    "creds", "env", "exec", "shell", "console", "serve", "web",  # their output is for programs
    "export",  # it has formats
    "done", "configure", "use", "completion", "prompt",  # they change what is on this machine
    "upgrade",
    "mcp",  # it speaks JSON
}  # fmt: skip


@every("command", SHOWN)
def test_a_command_has_a_summary_and_explains_each_argument(command):
    assert command.summary
    assert command.summary[0].isupper()
    assert not command.summary.endswith(".")
    for argument in command.arguments:
        assert argument.options.get("help"), argument.names


@every("command", SHOWN)
def test_a_command_that_prints_a_list_or_an_item_prints_json(command):
    names = {name for argument in command.arguments for name in argument.names}
    assert ("--json" in names) == (command.name not in WITHOUT_JSON)


MISTYPED = """
    grnt
    --bogus
    ls x y
    exec a/b ls
    ls -- x
    grant
    trail --limit 0
    trail --limit -1
    trail --from someday
    exec acme-prod/readonly
    revoke grant bob --reason r
"""


def blank_lines():
    """Yield a line for each declared argument that takes a value, with a blank one in its place,
    and how the message names it."""
    for command in SHOWN:
        words = [command.name]
        for argument in command.arguments:
            name, options = argument.names[0], argument.options
            is_option = name.startswith("-")
            if options.get("action", "append") == "append" and argument is not REASON:
                blanks = [" "] * {2: 2}.get(options.get("nargs"), 1)
                label = "/".join(argument.names) if is_option else options.get("metavar", name)
                yield [*words, *([name] if is_option else []), *blanks], label
            words += [] if is_option else [next(iter(options.get("choices", ["acme"])))]


@every("words, name", blank_lines)
def test_a_blank_argument_is_named_and_reaches_nothing(machine, broker, words, name):
    output = machine.type(*words)
    assert (output.code, broker.requests) == (2, [])
    assert f"rgument {name}: " in output.err or "' '" in output.err or "--wait" in words


def test_help_is_as_the_file_says(terminal):
    outputs = [terminal.type(), *(terminal.type(each.name, "--help") for each in SHOWN)]
    for output in outputs:
        assert (output.code, output.err) == (0, "")
        assert max(map(len, output.out.splitlines())) <= 100
    terminal.hold("help")


def test_a_mistyped_command_is_explained(terminal):
    outputs = terminal.run(MISTYPED)
    outputs += [terminal.machine.type(word) for word in ("\x1b[2J", "x" * 100_000)]
    for output in outputs:
        assert (output.code, output.out) == (2, "")
        assert len(output.sentence) < 300
    terminal.hold("mistyped")


BROKEN_LIBRARY = """
import daypass.lists as s
def show_list(*_, **__): raise RuntimeError('x')
s.show_list = show_list
"""


def cause(machine, broker, code):
    """Prepare the machine so that `daypass ls` ends with the code."""
    if code == 1:
        (machine.home / "sitecustomize.py").write_text(BROKEN_LIBRARY)
        machine.variables["PYTHONPATH"] = f"{machine.environment['PYTHONPATH']}:{machine.home}"
    if code == 3:
        broker.refuse("/v1/access", "refused", "No.")
    if code == 4:
        broker.refuse("/v1/access", "token-expired", "It has expired.", 401)
    if code == 5:
        broker.refuse("/v1/access", "timed-out", "It took too long.", 504)
    if code == 7:
        (machine.home / "key.pem").write_bytes(FakeSigningKey().read_public_key())
        (machine.home / "trail" / "2026-11-24T12").mkdir(parents=True)
    if code == 6:
        (machine.store / "logins.json").chmod(0o644)


@pytest.mark.parametrize("code", EXIT_CODES)
def test_each_exit_code_is_reached(machine, broker, code):
    cause(machine, broker, code)
    if code == 130:
        machine = machine.with_fault("interrupt", 3)
    words = {2: ["ls", "--bogus"], 7: ["verify-trail", f"{machine.home}/trail"]}.get(code, ["ls"])
    if code == 7:
        words.append(f"--key={machine.home}/key.pem")
    output = machine.type(*words)
    assert output.code == code
    if code in (0, 130):
        assert output.err == ""
    else:
        assert output.sentence


def test_each_command_that_asks_the_broker_has_a_sample():
    """A new command is then in the tests of wrong answers."""
    alone = {"shell", "console", "serve", "use", "done", "completion", "prompt", "upgrade", "mcp"}
    alone |= {"verify-trail"}
    assert {typed.split()[0] for typed in TYPED} | alone == {command.name for command in SHOWN}


CODE = "daypass_enrol_alice_" + "aB3" * 16
TOKEN = "daypass_alice_" + "aB3" * 16
IDENTITY = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl"


@every("secret", [CODE, TOKEN, IDENTITY])
@every(
    "words",
    [("login", "https://daypass.example.com/api"), ("creds",), ("ls",), ("use",), ("link-slack",)],
)
def test_a_misplaced_secret_is_not_echoed(machine, secret, words):
    output = machine.type(*words, secret)
    assert output.code != 0
    assert secret[20:] not in output.out + output.err
