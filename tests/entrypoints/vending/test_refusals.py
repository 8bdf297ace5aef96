"""A refused vend: a shell shows it and keeps no earlier session, and each surface has the words of
the people who read it there."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.domain.errors import AwsRefused, Unavailable
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.entrypoints.vending.formats import AWS_VARIABLES, SessionFormat, format_refusal
from tests.builders import (
    ACCESS_TEXT,
    NOON,
    a_grant,
    a_member,
    a_role,
    a_scene,
    an_access_link,
    bound,
    token_text_of,
)
from tests.entrypoints.driver import fresh_api, served
from tests.entrypoints.http.contract import PROBLEM, check
from tests.entrypoints.matrix import ask
from tests.entrypoints.onboarding.reading import PageText
from tests.entrypoints.slack.leads import ALICE
from tests.entrypoints.valid import VEND
from tests.entrypoints.vending.test_formats import NEVER, ODD, SHELLS
from tests.fakes.slack import text_of
from tests.rows import every

AS_TEXT = [form for form in SessionFormat if form is not SessionFormat.JSON]
# Evaluates the texts in order, and prints each text's status and the number of variables left.
EACH = 'for text in "$@"; do eval "$text"; echo "$?"; env | grep -c ^AWS_; done'
EACH_IN_FISH = "for text in $argv; echo $text | source; echo $status; env | grep -c ^AWS_; end"
ENV = {"role": "readonly", "format": "env"}
FISH = [shell for shell in ("fish",) if shutil.which(shell)]


def said_by(shell, texts):
    """Return the error stream of a shell with an earlier session.

    The shell went on after each text. Each text failed, unset that session, and did nothing else.
    """
    with TemporaryDirectory() as folder:
        done = subprocess.run(
            [shell, "-c", *([EACH_IN_FISH] if shell in FISH else [EACH, shell]), *texts],
            env={"PATH": os.environ["PATH"], "HOME": folder}
            | dict.fromkeys(AWS_VARIABLES, "earlier"),
            capture_output=True,
            text=True,
            cwd=folder,
        )
        assert done.stdout.splitlines() == ["1", "0"] * len(texts)
        assert [path for path in Path(folder).iterdir() if not path.name.startswith(".")] == []
    return done.stderr.splitlines()


def on_one_line(text):
    return re.sub("[^ -~]", "_", " ".join(text.replace("…", "...").split()))


@pytest.mark.parametrize("shell", [*SHELLS, *FISH])
def test_no_text_breaks_out_of_a_shells_quotes(shell):
    form = SessionFormat.FISH if shell in FISH else SessionFormat.ENV

    @given(st.lists(st.text(st.characters(codec="utf-8"), max_size=60), max_size=12))
    @settings(max_examples=20)
    @example([*ODD, *NEVER])
    def property_holds(said):
        assert said_by(shell, [format_refusal(form, text) for text in said]) == [
            on_one_line(text) for text in said
        ]

    property_holds()


@pytest.mark.parametrize("shell", SHELLS)
def test_an_interactive_shell_stays_open(shell):
    typed = f"{format_refusal(SessionFormat.ENV, 'Daypass: no.')}echo still here, $?\n"

    done = subprocess.run([shell, "-i"], input=typed, capture_output=True, text=True)

    assert done.stdout.splitlines()[-1] == "still here, 1"
    assert "Daypass: no." in done.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_that_ends_where_something_fails_ends_there(shell):
    refusal = format_refusal(SessionFormat.ENV, "Daypass: no.")
    command = [shell, "-ec", 'eval "$1"; echo on', shell, refusal]

    done = subprocess.run(command, capture_output=True, text=True)

    assert (done.returncode, done.stdout, done.stderr) == (1, "", "Daypass: no.\n")


def refused_as_text(api, status, text, caller="member", **sent):
    """Send a request for a session, and return the refusal, which has this status and text."""
    answer = ask(api, VEND, caller, **sent)
    check(VEND, answer)
    assert answer.status == status
    assert f"Daypass: {text}" in answer.text
    return answer


@every("form", AS_TEXT, api=fresh_api)
def test_a_refusal_comes_in_the_requested_format(api, form):
    text = f"{Reason.NOT_A_MEMBER.text(Surface.SHELL)} (not-a-member, "
    answer = refused_as_text(api, 403, text, "other", body=ENV | {"format": form.value})
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@every(
    "token, reason",
    [
        ("", Reason.TOKEN_MISSING),
        ("daypass_alice_short", Reason.TOKEN_MALFORMED),
        (token_text_of("nina"), Reason.TOKEN_UNKNOWN),
    ],
    api=fresh_api,
)
def test_a_bad_token_is_refused_in_the_requested_format(api, token, reason):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    text = f"{reason.text(Surface.SHELL)} ({reason}, "
    answer = refused_as_text(api, 401, text, "nobody", body={"format": "env"}, headers=headers)
    assert "WWW-Authenticate" in answer.headers


@every(
    "body, text",
    [
        ({}, "role: This field is required. Add it. (missing-field, "),
        ({"role": "readonly", "duration": 7}, "duration: Enter "),
        (
            {"role": "readonly", "x": 1},
            "x: This request contains an unknown field. The valid fields are: role, ",
        ),
    ],
    api=fresh_api,
)
def test_an_invalid_request_names_the_field(api, body, text):
    refused_as_text(api, 400, text, body=body | {"format": "env"})


@every(
    "sent",
    [
        {"body": {"role": "readonly", "format": "bash"}},
        {"body": {"role": "readonly", "format": ["env"]}},
        {"body": ["env"]},
        {"raw": '{"format": "env", "role": "read'},
        {"raw": '{"format": "env", "format": "env", "role": "readonly"}'},
        {"raw": f'{{"format": "env", "role": "{"a" * 17_000}"}}'},
    ],
    api=fresh_api,
)
def test_a_refusal_is_json_if_the_format_cannot_be_read(api, sent):
    answer = ask(api, VEND, "member", **sent)
    check(VEND, answer)
    assert answer.headers["Content-Type"] == PROBLEM


@every(
    "error, status, reason",
    [
        (AwsRefused(Reason.AWS_REJECTED), 502, Reason.AWS_REJECTED),
        (Unavailable(Reason.RECORDS_UNAVAILABLE), 503, Reason.RECORDS_UNAVAILABLE),
        (ValueError("daypass_secret"), 500, Reason.BUG),
    ],
)
def test_a_failure_comes_in_the_requested_format(api, monkeypatch, error, status, reason):
    def breaks(*_, **__):
        raise error

    monkeypatch.setattr("chalicelib.entrypoints.vending.vend.vend", breaks)
    text = f"{reason.text(Surface.SHELL)} ({reason}, request "
    answer = refused_as_text(api, status, text, body=ENV)
    assert ("Retry-After" in answer.headers) == (status == 503)


SESSIONS = "/v1/engagements/acme-prod/sessions"
COMMAND = {"User-Agent": "daypass/0.1.0 (Linux)"}


def vended(api, body=ENV, **sent):
    return api.post(SESSIONS, "alice", body, **sent)


PLAIN = {"role": "readonly"}
READ = {
    Surface.API: lambda api: vended(api, PLAIN).json["detail"],
    Surface.COMMAND: lambda api: vended(api, PLAIN, headers=COMMAND).json["detail"],
    Surface.SHELL: lambda api: " ".join(shlex.split(vended(api).text)),
    Surface.SLACK: lambda api: text_of(api.types("access acme-prod readonly", ALICE).json),
    Surface.PAGE: lambda api: PageText(api.send("GET", f"/access/{ACCESS_TEXT}").text).text,
}
REFUSED = {
    Reason.REASON_REQUIRED: [a_role(requires_reason=True)],
    Reason.ROLE_NOT_GRANTED: [a_grant(roles=frozenset({"deploy"}))],
    Reason.GRANT_NOT_CURRENT: [a_grant(revoked_at=NOON)],
    Reason.MEMBER_SUSPENDED: [a_member(suspended_at=NOON)],
}


@every("surface", READ)
@every("reason", REFUSED)
def test_a_refusal_has_the_words_of_its_surface(reason, surface):
    scene = a_scene()
    scene.world.add(*bound("alice"), an_access_link(), *REFUSED[reason])
    with served(scene) as api:
        text = READ[surface](api)
    assert reason.text(surface).replace("…", "...") in text.replace("…", "...")
    for other in READ:
        if reason.text(other) not in reason.text(surface):
            assert reason.text(other) not in text
