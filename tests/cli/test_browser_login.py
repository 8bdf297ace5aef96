"""`daypass login` in the browser: the command waits on this machine for a code, and takes it from
nobody else."""

import re
import sys
import threading
from http.client import HTTPConnection
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from chalicelib.domain.people.identities import challenge_of
from daypass.broker import Broker
from daypass.errors import CommandError, LocalProblem, Refused
from daypass.machine import browser_login
from daypass.machine.browser_login import log_in_with_browser
from tests.cli.scripted_broker import send

CODE = "daypass_enrol_alice_" + "a" * 49
TOKEN = "daypass_alice_" + "b" * 49
ENROLLED = {
    "member": "alice",
    "token": TOKEN,
    "expires_at": "2026-11-25T00:00:00Z",
    "other_tokens": [],
}


class FakeBrowser:
    """A browser in the tests' process: it keeps the opened page, and sends what a test tells it."""

    def __init__(self) -> None:
        self.opened, self.query, self.answers = threading.Event(), {}, []

    def open(self, page):
        self.page = page
        self.query = {name: texts[0] for name, texts in parse_qs(urlsplit(page).query).items()}
        self.opened.set()

    @property
    def port(self):
        return int(self.query["port"])

    def send(self, fields, method="POST", **headers):
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request(method, "/", urlencode(fields), form | headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except ConnectionError:  # the command reads no long form, and may have ended
            return 404, ""
        finally:
            connection.close()


@pytest.fixture
def browser(monkeypatch):
    browser = FakeBrowser()
    monkeypatch.setattr(browser_login, "open_browser", browser.open)
    return browser


@pytest.fixture
def login(broker, browser):
    """A command that waits for its browser. `end` returns what it returned or raised."""
    outcomes = []

    def wait():
        try:
            outcomes.append(log_in_with_browser(Broker(broker.url), "laptop"))
        except CommandError as error:
            outcomes.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    assert browser.opened.wait(5)

    def end():
        thread.join(10)
        assert not thread.is_alive()
        return outcomes[0]

    yield end
    if thread.is_alive():
        browser.send({"code": CODE})
        thread.join(10)


def test_the_browser_brings_the_code_and_the_command_proves_that_it_asked(login, broker, browser):
    broker.answers["/v1/enrol"] = (201, ENROLLED)
    assert browser.page.startswith(f"{broker.url}/web/sign-in?")
    status, text = browser.send({"code": CODE})
    assert (status, "You are logged in" in text) == (200, True)
    assert login() == ENROLLED
    sent = broker.requests[-1][3]
    assert (sent["code"], sent["label"]) == (CODE, "laptop")
    assert challenge_of(sent["verifier"]) == browser.query["challenge"]
    assert sent["verifier"] not in browser.page


NOT_A_LOGIN = {
    "another host's name leads here": ({"code": CODE}, "POST", {"Host": "evil.example"}),
    "without a code": ({}, "POST", {}),
    "another code": ({"code": "daypass_alice_x"}, "POST", {}),
    "in the address": ({"code": CODE}, "GET", {}),
    "far too long": ({"code": CODE + "a" * 5000}, "POST", {}),
}


def test_it_takes_a_code_only_from_a_form_for_this_port(login, broker, browser):
    broker.answers["/v1/enrol"] = (201, ENROLLED)
    for name, (fields, method, headers) in NOT_A_LOGIN.items():
        status, text = browser.send(fields, method, **headers)
        assert (status, CODE in text) == (404, False), name
    assert browser.send({"code": CODE})[0] == 200
    assert login() == ENROLLED
    assert len(broker.requests) == 1


def test_a_refused_code_ends_the_login_and_the_terminal_says_why(login, broker, browser):
    problem = {"reason": "enrolment-refused", "detail": "This code is invalid."}
    broker.answers["/v1/enrol"] = (403, problem)
    status, text = browser.send({"code": CODE})
    assert (status, "which says why" in text) == (200, True)
    assert isinstance(error := login(), Refused)
    assert "This code is invalid." in str(error)


def test_only_the_first_code_counts(login, broker, browser):
    received, others_answered = threading.Event(), threading.Event()

    def answer(handler):
        received.set()
        assert others_answered.wait(5)
        send(handler, ENROLLED, 201)

    broker.answers["/v1/enrol"] = answer
    first = threading.Thread(target=browser.send, args=({"code": CODE},))
    first.start()
    assert received.wait(5)
    assert browser.send({"code": CODE})[0] == 404
    others_answered.set()
    first.join(5)
    assert login() == ENROLLED
    assert len(broker.requests) == 1


def test_it_does_not_wait_for_ever(broker, browser, monkeypatch):
    monkeypatch.setattr(browser_login, "PATIENCE", 0.05)
    with pytest.raises(LocalProblem, match="No one signed in within 5 minutes"):
        log_in_with_browser(Broker(broker.url), "laptop")


BROWSER = """#!{python}
import http.client, sys, urllib.parse
port = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(sys.argv[1]).query))["port"]
connection = http.client.HTTPConnection("127.0.0.1", int(port))
form = {{"Content-Type": "application/x-www-form-urlencoded"}}
connection.request("POST", "/", "code={code}", form)
connection.getresponse()
"""


def test_the_whole_command_logs_in_without_a_question(machine, broker):
    broker.answers["/v1/enrol"] = (201, ENROLLED)
    program = machine.home / "browser"
    program.write_text(BROWSER.format(python=sys.executable, code=CODE), encoding="utf-8")
    program.chmod(0o755)
    machine.variables["BROWSER"] = f"{program} %s"
    output = machine.type("login", broker.url, "--browser")
    assert output.code == 0, output.err
    assert output.out.startswith("You are logged in as alice until ")
    assert "The sign-in page opens in your browser." in output.err
    assert not re.search(f"{TOKEN}|{CODE}", output.out + output.err)
