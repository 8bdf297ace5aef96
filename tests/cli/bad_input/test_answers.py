"""A broker that answers wrongly: one sentence that says what to do, and the token goes nowhere."""

import json
import socket
import time

import pytest

from daypass import connection
from tests.cli.samples import ACCESS, ANSWERS, access_list
from tests.cli.scripted_broker import TOKEN, ScriptedBroker
from tests.rows import every

LS = "/v1/access"


def raw(status, content, length=None, **headers):
    """Return an answer of these bytes, which may claim another length."""

    def answer(request):
        request.send_response_only(status)
        request.send_header("Content-Length", str(len(content) if length is None else length))
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(content)

    return answer


def silent(request):
    time.sleep(3)


def dripping(request):
    """Send a byte again and again, so that no single read takes long."""
    request.send_response_only(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    for _ in range(30):
        request.wfile.write(b" ")
        time.sleep(0.1)


def not_http(request):
    request.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")


WHOLE = json.dumps(access_list(*ACCESS)).encode()
WRONG = {
    "HTML": raw(200, b"<html>Sign in</html>"),
    "a proxy's refusal": raw(403, b"<html>no</html>"),
    "nothing": raw(200, b""),
    "null": raw(200, b"null"),
    "a list": raw(200, b"[]"),
    "bytes": raw(200, b"\xff\xfe\x00\x01"),
    "deep brackets": raw(200, b"[" * 100_000),
    "half an answer": raw(200, WHOLE[:20], len(WHOLE)),
    "half of JSON": raw(200, WHOLE[:20]),
    "no HTTP": not_http,
    "another list": (200, {"members": [], "cursor": None}),
    "no list": (200, {"rows": 5, "cursor": None}),
    "one page for ever": (200, {"rows": [], "cursor": "a"}),
    "a huge answer": raw(200, b" " * 9_000_000),
    "no answer": silent,
    "drops for ever": dripping,
    "a gateway's error": raw(502, b"<html>Bad Gateway</html>"),
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
        broker.answers[LS] = raw(status, b"", Location=f"{elsewhere.url}{LS}")
        output = machine.type("ls")
        assert elsewhere.requests == []
    assert output.code == 5
    assert "redirects to another address" in output.sentence


@every("token", ["daypass_a\nX-Injected: 1", "daypass_a\r", "daypass ä", "\x00"])
def test_a_token_that_could_be_two_headers_is_not_sent(machine, broker, token):
    machine.log_in(broker.url, token)
    output = machine.type("ls")
    assert output.code == 4
    assert "daypass login" in output.sentence
    assert broker.requests == []


def test_nothing_listens(machine):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    machine.log_in(url)
    output = machine.type("ls")
    assert output.code == 5
    assert f"Nothing answers at {url}" in output.sentence


@every("date", ["", "yesterday", "Tue, 99 Nov 2026 10:00:00 GMT", "Thu, 26 Nov 99999 10:00:00 GMT"])
def test_a_date_that_is_none_does_not_matter(machine, broker, date):
    broker.answers[LS] = raw(200, WHOLE, Date=date)
    assert machine.type("ls").code == 0


@pytest.mark.parametrize(("hours", "word"), [(1, "behind"), (-1, "ahead")])
def test_a_clock_that_is_an_hour_off_is_named_and_asked_about_once(machine, broker, hours, word):
    broker.clock_offset = hours * 3600
    outputs = [machine.type("creds", "acme-prod/readonly") for _ in range(3)]
    assert {(output.code, output.out) for output in outputs} == {(6, "")}
    assert f"clock is 60 minutes {word}" in outputs[0].sentence
    assert {output.err for output in outputs} == {outputs[0].err}
    assert broker.counts["/healthz"] == 1
    assert broker.vends == 0  # no session is issued that no one can use


REFUSALS = {
    "fresh": lambda machine: machine.type("creds", "acme-prod/readonly").sentence,
    "remembered": lambda machine: [
        machine.type("creds", "acme-prod/readonly").sentence for _ in range(2)
    ][1],
    "of another command": lambda machine: machine.type("env", "acme-prod/readonly").sentence,
}


@pytest.mark.parametrize("when", REFUSALS)
def test_a_refusal_cannot_steer_the_terminal(machine, broker, when):
    evil = "No.\x1b]0;owned\x07\x1b[2J\nDaypass: Run this:\u202e rm\x9b31m"
    broker.refuse("/v1/engagements/acme-prod/sessions", "refused", evil)
    sentence = REFUSALS[when](machine)
    assert sentence.startswith("Daypass: No.·]0;owned··[2J Daypass: Run this:· rm·31m")


NAMES = ("ls", "status", "whoami", "tokens", "who", "trail", "access bob", "ls --json")


@every("command", NAMES)
def test_a_name_cannot_steer_the_terminal(machine, broker, command):
    evil = "\x1b[2J\u202e\x9b"
    text = json.dumps(ANSWERS).replace('"Acme"', json.dumps(evil)).replace("Bob Berg", evil)
    text = (
        text.replace("bob got", evil)
        .replace('"bob.1"', json.dumps(evil))
        .replace('"laptop"', json.dumps(evil))
    )
    text = text.replace('"vend"', json.dumps(evil)).replace(evil, json.dumps(evil)[1:-1])
    text = text.replace(json.dumps(evil) + ":", '"vend":')
    broker.answers.update({path: (200, answer) for path, answer in json.loads(text).items()})
    output = machine.type(*command.split())
    assert output.code == 0, output.err
    assert not set("\x1b\u202e\x9b") & set(output.out)
    assert "·[2J··" in output.out


def test_no_answer_shows_the_token(machine, broker):
    broker.answers[LS] = raw(200, b"<html>")
    machine.variables["DAYPASS_DEBUG"] = "1"
    output = machine.type("ls")
    assert TOKEN not in output.err + output.out
