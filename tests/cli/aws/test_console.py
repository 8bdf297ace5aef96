"""A session becomes a sign-in link: by a POST to AWS, with a page from a fixed list."""

import json
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from daypass.aws.sign_in import PARTITIONS, SERVICES, destination, sign_in_endpoint
from tests.cli.scripted_broker import ScriptedBroker
from tests.rows import every

TARGET = "acme-prod/readonly"
SESSIONS = "/v1/engagements/acme-prod/sessions"
SECRETS = ("secret-access-key", "session-token")


@pytest.fixture
def sign_in(machine):
    """A federation endpoint on this machine."""
    with ScriptedBroker() as endpoint:
        endpoint.answers["/federation"] = (200, {"SigninToken": "signed/in+"})
        machine.variables["DAYPASS_SIGNIN_ENDPOINT"] = f"{endpoint.url}/federation"
        yield endpoint


def test_the_session_travels_in_the_body(machine, sign_in):
    machine.prints("console", TARGET, "--print")
    ((method, path, headers, body),) = sign_in.requests
    assert (method, path) == ("POST", "/federation")
    fields = parse_qs(body)
    assert fields.keys() == {"Action", "Session"}
    assert fields["Action"] == ["getSigninToken"]
    session = json.loads(fields["Session"][0])
    assert session.keys() == {"sessionId", "sessionKey", "sessionToken"}
    assert (session["sessionKey"], session["sessionToken"]) == SECRETS
    assert "Authorization" not in headers
    assert not any(secret in path + str(headers) for secret in SECRETS)


def test_the_link_signs_in_on_the_page(machine, sign_in):
    output = machine.type("console", TARGET, "--print", "--service", "s3", "--region", "eu-west-1")
    link = urlsplit(output.out.strip())
    assert f"{link.scheme}://{link.netloc}{link.path}" == f"{sign_in.url}/federation"
    assert parse_qs(link.query) == {
        "Action": ["login"],
        "Issuer": ["daypass"],
        "Destination": ["https://console.aws.amazon.com/s3/home?region=eu-west-1"],
        "SigninToken": ["signed/in+"],
    }
    assert not any(secret in output.out + output.err for secret in SECRETS)
    assert "secret" in output.err


@every("partition", PARTITIONS)
@every("service", ["", *SERVICES])
def test_destinations_are_pages_of_the_partitions_console(partition, service):
    hosts = PARTITIONS[partition]
    page = urlsplit(destination(hosts, service, "eu-west-1"))
    assert (page.scheme, page.netloc) == ("https", hosts.console)
    assert page.query == "region=eu-west-1"
    assert sign_in_endpoint(hosts) == f"https://{hosts.sign_in}/federation"


@pytest.mark.parametrize("partition", PARTITIONS)
def test_each_partition_has_its_own_console(machine, broker, sign_in, partition):
    answer_with_partition(broker, partition)
    output = machine.type("console", TARGET, "--print")
    query = parse_qs(urlsplit(output.out).query)
    assert query["Destination"] == [f"https://{PARTITIONS[partition].console}/console/home"]


def answer_with_partition(broker, partition):
    status, vended = broker._vend("readonly")
    arn = vended["assumed_role_arn"].replace("arn:aws:", f"arn:{partition}:")
    broker.answers[SESSIONS] = (status, {**vended, "assumed_role_arn": arn})


REFUSED = [(400, {}), (403, {}), (500, {}), (200, {}), (200, []), (302, {})]
REFUSED += [(200, {"SigninToken": 5})]
ADDRESSES = (
    *("https://evil.example/federation", "http://10.0.0.1/", "http://127.0.0.1.evil.example/"),
    "x",
)
WRONG = [("--service", "https://evil.example"), ("--service", "../x")]
WRONG += [("--region", each) for each in ("eu-west-1&x=y", "eu west", "../..", "eu-west-1#", "\n")]


def test_what_gives_no_link_is_said_in_one_sentence(terminal, sign_in):
    variables = terminal.machine.variables
    for words in WRONG:  # a destination is not free
        assert terminal.type("console", TARGET, "--print", *words).code == 2
    terminal.note("a role of another partition")
    answer_with_partition(terminal.broker, "aws-iso")
    assert terminal.type("console", TARGET, "--print").code == 6
    del terminal.broker.answers[SESSIONS]
    (cached,) = terminal.machine.cached()
    cached.unlink()
    terminal.note("no browser is installed")
    variables["PATH"] = "/nowhere"
    for words in (("--firefox-container",), ("--chrome-profile", "Acme")):
        assert terminal.type("console", TARGET, *words).code == 6
    sign_in.requests.clear()
    for answer in REFUSED:
        terminal.note(f"AWS answers {answer}")
        sign_in.answers["/federation"] = answer
        assert terminal.type("console", TARGET, "--print").out == ""
    for address in ADDRESSES:
        terminal.note(f"DAYPASS_SIGNIN_ENDPOINT={address}")
        variables["DAYPASS_SIGNIN_ENDPOINT"] = address
        assert terminal.type("console", TARGET, "--print").code == 2
    assert len(sign_in.requests) == len(REFUSED)
    terminal.hold("console-refused")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--firefox-container",), "ext+container:name=acme-prod%2Freadonly&"),
        (("--chrome-profile", "Acme 1"), "--profile-directory=Acme 1"),
    ],
)
def test_a_browser_gets_the_link(machine, sign_in, words, expected):
    folder, seen = machine.home / "bin", machine.home / "seen"
    folder.mkdir()
    for program in ("firefox", "google-chrome"):
        (folder / program).write_text(
            f'#!/bin/sh\nprintf "%s\\n" "$@" > {seen}.new\nmv {seen}.new {seen}\n'
        )
        (folder / program).chmod(0o700)
    machine.variables["PATH"] = f"{folder}:/usr/bin:/bin"
    machine.prints("console", TARGET, *words)
    for _ in range(100):
        if seen.exists():
            break
        time.sleep(0.05)
    assert expected in seen.read_text()
    assert "signed%2Fin%2B" in seen.read_text() or "signed%252Fin%252B" in seen.read_text()
