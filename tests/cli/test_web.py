"""`daypass web` opens a sign-in link of the broker's own address, and of no other."""

import pytest

LINKS = "/v1/me/web-links"
SECRET = "w2345672" * 6 + "once"


def with_link(broker, url):
    broker.answers[LINKS] = (201, {"url": url, "expires_at": "2026-11-24T12:01:00Z"})
    return url


@pytest.fixture
def link(broker):
    return with_link(broker, f"{broker.url}/web/sign-in/{SECRET}")


def test_the_link_is_printed_on_request(machine, link):
    output = machine.type("web", "--print")
    assert (output.code, output.out) == (0, f"{link}\n")
    assert output.err.startswith("Anyone with this link can sign in as you. It works once,")


@pytest.mark.usefixtures("link")
def test_without_a_browser_it_says_how_to_get_the_link(machine):
    machine.variables["BROWSER"] = "/bin/false"
    output = machine.type("web")
    assert output.code != 0
    assert "Add --print to get the link." in output.sentence
    assert SECRET not in output.out + output.err


def test_the_browser_gets_the_link(machine, link):
    opened = machine.home / "opened"
    program = machine.home / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" > {opened}\n', encoding="utf-8")
    program.chmod(0o755)
    machine.variables["BROWSER"] = f"{program} %s"
    output = machine.type("web")
    assert output.code == 0, output.err
    assert output.err == "The sign-in page opens in your browser. Press its button.\n"
    assert opened.read_text(encoding="utf-8").strip() == link


@pytest.mark.parametrize(
    "url", ["https://evil.example/web/sign-in/x", "", None, "javascript:alert(1)"]
)
def test_no_page_of_another_address_is_opened(machine, broker, url):
    with_link(broker, url)
    assert "a sign-in link" in machine.fails(5, "web", "--print")
