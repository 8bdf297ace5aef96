"""`daypass login --browser`, typed on a new machine, with a real browser."""

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.pages.browser import CHROMIUM, DRIVER, chromium
from tests.running import ROOT, make_run

SECONDS = 60


def in_a_day():
    return (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")


@pytest.fixture
def running():
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("There is no chromium with its chromedriver on this machine (.ci/run has it).")
    with make_run(program="tests.e2e.web.with_provider") as started:
        yield started


@pytest.fixture
def type_command(tmp_path):
    """Start the command on a machine whose browser only writes down the page that it opens."""
    opened = tmp_path / "opened"
    program = tmp_path / "browser"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}.new\nmv {opened}.new {opened}\n')
    program.chmod(0o755)
    variables = {
        "HOME": str(tmp_path),
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT / "cli"),
        "BROWSER": f"{program} %s",
    }

    started = []

    def start(*words):
        command = subprocess.Popen(
            [sys.executable, "-m", "daypass", *words],
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(command)
        return command

    start.opened = opened
    yield start
    for command in started:
        command.kill()
        command.communicate()


def page_of(command):
    deadline = time.monotonic() + SECONDS
    while not command.opened.exists():
        assert time.monotonic() < deadline, "the command opened no page"
        time.sleep(0.05)
    return command.opened.read_text()


def test_a_member_logs_in_for_the_first_time(running, type_command, tmp_path):
    """She types her code on the page, and presses two buttons."""
    lena = running.api("lena")
    code = lena("POST", "/v1/members/alice/enrolment", expires_at=in_a_day())["code"]
    login = type_command("login", running.url, "--browser")
    with chromium(tmp_path) as browser:
        browser.open(page_of(type_command))
        browser.examine()
        browser.unfold()
        browser.element("[name=code]").send_keys(code)
        browser.click("form button")  # to the provider, which sends the browser back
        browser.wait_for("return location.pathname.includes('log-in-command')")
        browser.wait_for("return document.readyState === 'complete'")
        browser.examine()
        assert "Continue only if you have just typed daypass login" in browser.text
        browser.click("form.act button[type=submit]")
        browser.wait_for("return document.title.includes('You are logged in')")
        assert browser.url.partition("/")[2].count("daypass_enrol") == 0
        assert browser.complaints() == []
    out, err = login.communicate(timeout=SECONDS)
    assert login.returncode == 0, err
    assert out.startswith("You are logged in as alice until ")
    out, err = type_command("whoami").communicate(timeout=SECONDS)
    assert "(alice, member)" in out, err
