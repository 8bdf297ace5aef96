"""A broker that answers wrongly: one sentence that says what to do, and the token goes nowhere."""

import json
import socket
import time

import pytest

from daypass import connection
from tests.cli.samples import ACCESS, ANSWERS, access_list
from tests.cli.scripted_broker import TOKEN, ScriptedBroker, answer_with, send
from tests.rows import every

LS = "/v1/access"


def silent(request):
    time.sleep(3)


def dripping(request):
    """Send a byte again and again, so that no single read takes long."""
    send(request, b"", Content_Length="1000")
    for _ in range(30):
        request.wfile.write(b" ")
        time.sleep(0.1)


def not_http(request):
    request.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")


WHOLE = json.dumps(access_list(*ACCESS)).encode()
WRONG = {
    "HTML": answer_with(b"<html>Sign in</html>"),
    "a proxy's refusal": answer_with(b"<html>no</html>", 403),
    "nothing": answer_with(b""),
    "null": answer_with(b"null"),
    "a list": answer_with(b"[]"),
    "bytes": answer_with(b"\xff\xfe\x00\x01"),
    "deep brackets": answer_with(b"[" * 100_000),
    "half an answer": answer_with(WHOLE[:20], Content_Length=str(len(WHOLE))),
    "half of JSON": answer_with(WHOLE[:20]),
    "no HTTP": not_http,
    "another list": (200, {"members": [], "cursor": None}),
    "no list": (200, {"rows": 5, "cursor": None}),
    "one page for ever": (200, {"rows": [], "cursor": "a"}),
    "a huge answer": answer_with(b" " * 9_000_000),
    "no answer": silent,
    "drops for ever": dripping,
    "a gateway's error": answer_with(b"<html>Bad Gateway</html>", 502),
}


def test_a_wrong_answer_is_one_sentence(terminal, monkeypatch):
    for name, answer in WRONG.items():
        monkeypatch.setattr(connection, "TIMEOUT", 0.6 if answer in (silent, dripping) else 25.0)
        terminal.note(name, {LS: answer})
        output = terminal.type("ls")
        assert (output.code, output.out) == (5, "")
        assert output.sentence
    terminal.hold("wrong-answers")


ADDRESSES = (
    "daypass.example",
    "ftp://daypass.example",
    "http://daypass.example/api",
    "https://",
    "https://user:secret@daypass.example",
    "https://daypass.example/?a=b",
    "https://daypass.example/#x",
    "https://daypass.example:99999/",
    "https://[::1/",
    "https://daypass.example/a b",
    "https://daypass.example/\n[profile x]",
    'https://daypass.example/"$(id)"',
    "https://dаypass.example",
)


def test_an_address_that_is_none_or_unknown_is_one_sentence(terminal, monkeypatch):
    look_up = socket.getaddrinfo

    def without_network(host, *more, **by):
        if host == "daypass.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(host, *more, **by)

    monkeypatch.setattr("socket.getaddrinfo", without_network)
    for address in ADDRESSES:
        output = terminal.type("login", address, stdin="daypass_enrol_alice_x\n")
        assert (output.code, output.out) == (2, "")
    for host in ("daypass.invalid", "a" * 64 + ".example", "a..example"):
        terminal.note(f"logged in at https://{host}")
        terminal.machine.log_in(f"https://{host}")
        assert terminal.type("ls").code == 5
    terminal.hold("wrong-addresses")


@every("status", [301, 302, 303, 307, 308])
def test_the_token_follows_no_redirect(machine, broker, status):
    with ScriptedBroker() as elsewhere:
        broker.answers[LS] = answer_with(b"", status, Location=f"{elsewhere.url}{LS}")
        assert "redirects to another address" in machine.fails(5, "ls")
        assert elsewhere.requests == []


@every("token", ["daypass_a\nX-Injected: 1", "daypass_a\r", "daypass ä", "\x00"])
def test_a_token_that_could_be_two_headers_is_not_sent(machine, broker, token):
    machine.log_in(broker.url, token)
    assert "daypass login" in machine.fails(4, "ls")
    assert broker.requests == []


def test_nothing_listens(machine):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    machine.log_in(url)
    assert f"Nothing answers at {url}" in machine.fails(5, "ls")


@every("date", ["", "yesterday", "Tue, 99 Nov 2026 10:00:00 GMT", "Thu, 26 Nov 99999 10:00:00 GMT"])
def test_a_date_that_is_none_does_not_matter(machine, broker, date):
    broker.answers[LS] = answer_with(WHOLE, Date=date)
    machine.prints("ls")


@pytest.mark.parametrize(("hours", "word"), [(1, "behind"), (-1, "ahead")])
def test_a_clock_that_is_an_hour_off_is_named_and_asked_about_once(machine, broker, hours, word):
    broker.clock_offset = hours * 3600
    outputs = [machine.type("creds", "acme-prod/readonly") for _ in range(3)]
    assert {(output.code, output.out) for output in outputs} == {(6, "")}
    assert f"clock is 60 minutes {word}" in outputs[0].sentence
    assert {output.err for output in outputs} == {outputs[0].err}
    assert broker.counts["/healthz"] == 1
    assert broker.vends == 0  # no session is issued that no one can use


def test_a_refusal_cannot_steer_the_terminal_fresh_or_remembered(machine, broker):
    evil = "No.\x1b]0;owned\x07\x1b[2J\nDaypass: Run this:\u202e rm\x9b31m"
    broker.refuse("/v1/engagements/acme-prod/sessions", "refused", evil)
    for command in ("creds", "creds", "env"):
        sentence = machine.type(command, "acme-prod/readonly").sentence
        assert sentence.startswith("Daypass: No.·]0;owned··[2J Daypass: Run this:· rm·31m")


NAMES = ("ls", "status", "whoami", "tokens", "who", "trail", "access bob", "ls --json")


@every("command", NAMES)
def test_a_name_cannot_steer_the_terminal(machine, broker, command):
    evil = "\x1b[2J\u202e\x9b"
    text, escaped = json.dumps(ANSWERS), json.dumps(evil)
    for name in ('"Acme"', '"bob.1"', '"laptop"', '"vend"'):
        text = text.replace(name, escaped)
    for part in ("Bob Berg", "bob got"):
        text = text.replace(part, escaped[1:-1])
    text = text.replace(f"{escaped}:", '"vend":')
    broker.answers.update({path: (200, answer) for path, answer in json.loads(text).items()})
    shown = machine.prints(*command.split())
    assert not set("\x1b\u202e\x9b") & set(shown)
    assert "·[2J··" in shown


def test_no_answer_shows_the_token(machine, broker):
    broker.answers[LS] = answer_with(b"<html>")
    machine.variables["DAYPASS_DEBUG"] = "1"
    output = machine.type("ls")
    assert TOKEN not in output.err + output.out
