"""Check this machine for what would keep Daypass or an AWS tool from working."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import NamedTuple

from daypass import __version__
from daypass.aws.config import (
    config_path,
    credentials_names,
    credentials_path,
    profile_names,
    read_config,
)
from daypass.aws.own_files import default_credentials
from daypass.aws.shells import AWS_VARIABLES, OTHER_SOURCES
from daypass.broker import Broker
from daypass.cached import Login, caller_kind, is_job, name_agent_variable
from daypass.errors import CommandError
from daypass.machine.ci import name_ci
from daypass.machine.logins import require_login, stored_login
from daypass.sessions import CLOCK_TOLERANCE
from daypass.terminal.times import parse_api_time, show_duration, show_moment
from daypass.versions import version_problem

_OF_SERVE = (
    "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "BOTO_CONFIG"
)  # fmt: skip
"""The variables that `daypass serve` sets for its program."""
SOON = 7 * 86400
"""Seconds before a token's end from which the check mentions it."""


class Finding(NamedTuple):
    """One check's result: whether it is fine, and what it saw. `fix` says what to do if not, or
    what to mind."""

    name: str
    is_fine: bool
    text: str
    fix: str = ""


def check_machine(address: str) -> Iterator[Finding]:
    """Yield the findings, the most basic first. Stop early if there is no login."""
    yield from _check_variables()
    try:
        login = require_login(address)
    except CommandError as error:
        yield Finding("login", is_fine=False, text="none", fix=str(error))
        return
    if is_job():
        text = (
            f"a job of {name_ci()} at {login.broker}, with its own identity, and nothing is stored"
        )
        yield Finding("login", is_fine=True, text=text)
        yield from _check_broker(login)
        return
    store = "a file that only you can read" if stored_login(address).token else "your keyring"
    text = f"{login.member} at {login.broker}, with the token in {store}"
    yield Finding("login", is_fine=True, text=text)
    yield from _check_config(login)
    yield from _check_broker(login)


def _check_variables() -> Iterator[Finding]:
    names = [name for name in (*AWS_VARIABLES, *OTHER_SOURCES) if os.environ.get(name)]
    keys = [name for name in names if "PROFILE" not in name and name not in _OF_SERVE]
    if keys:
        yield Finding(
            "environment",
            is_fine=False,
            text=f"AWS tools may use {', '.join(keys)} instead of AWS_PROFILE",
            fix=f"Type: unset {' '.join(keys)}",
        )
    else:
        yield Finding("environment", is_fine=True, text="no variable overrides a profile")
    paths = default_credentials()
    if paths:
        yield Finding(
            "default",
            is_fine=True,
            text=f"[default] in {' and '.join(paths)} has credentials",
            fix="Programs that run without a profile use these credentials. Always name a profile.",
        )
    if caller_kind() == "agent":
        variable = name_agent_variable()
        text = f"an AI agent, because {variable} is set. Its sessions may have fewer permissions"
        yield Finding("caller", is_fine=True, text=text)


def _check_config(login: Login) -> Iterator[Finding]:
    try:
        config = read_config(login.broker)
    except CommandError as error:
        yield Finding("profiles", is_fine=False, text="not readable", fix=str(error))
        return
    names = profile_names(config.block)
    if not names:
        yield Finding(
            "profiles",
            is_fine=False,
            text=f"none in {config_path()}",
            fix="Type: daypass configure",
        )
        return
    shadowed = sorted(names & credentials_names())
    if shadowed:
        yield Finding(
            "profiles",
            is_fine=False,
            text=f"keys in {credentials_path()} override {', '.join(shadowed)}",
            fix="Delete these sections from the file.",
        )
    else:
        yield Finding("profiles", is_fine=True, text=f"{len(names)} in {config_path()}")


def _check_broker(login: Login) -> Iterator[Finding]:
    broker = Broker(login.broker, login.token)
    try:
        health = broker.get("/healthz")
    except CommandError as error:
        yield Finding("network", is_fine=False, text="Daypass does not answer", fix=str(error))
        return
    yield Finding("network", is_fine=True, text=f"{login.broker} answers")
    yield _check_version(health, login.broker)
    yield _check_clock(broker)
    try:
        token = broker.get("/v1/me")["token"]
    except CommandError as error:
        yield Finding("token", is_fine=False, text="refused", fix=str(error))
        return
    left = parse_api_time(token["expires_at"]).timestamp() - time.time()
    yield _check_expiry(token["expires_at"], left)


def _check_version(health: dict[str, str], address: str) -> Finding:
    text = f"daypass {__version__}, broker {health.get('version', 'unknown')}"
    problem = version_problem(health, address)
    return Finding("version", is_fine=not problem, text=text, fix=problem)


def _check_clock(broker: Broker) -> Finding:
    offset = broker.clock_offset
    if offset is None:
        return Finding("clock", is_fine=True, text="the broker did not send its time")
    if abs(offset) > CLOCK_TOLERANCE:
        text = f"{show_duration(abs(offset))} {'behind' if offset > 0 else 'ahead'}"
        return Finding("clock", is_fine=False, text=text, fix="Correct this machine's clock.")
    return Finding("clock", is_fine=True, text="correct to within a few seconds")


def _check_expiry(expires_at: str, left: float) -> Finding:
    text = f"valid until {show_moment(expires_at)}"
    if left < SOON:
        fix = "Type: daypass tokens --rotate"
        if is_job():
            fix = "Ask a lead to bind this job to its machine again."
        return Finding("token", is_fine=False, text=text, fix=fix)
    return Finding("token", is_fine=True, text=text)
