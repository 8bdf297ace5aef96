"""Log in and out, and look after one's tokens."""

from __future__ import annotations

import os
import platform
import sys
from argparse import Namespace
from typing import Any

from daypass import __version__
from daypass.broker import Broker, check_address, segment
from daypass.cached import Login
from daypass.command import BROKER, JSON, LIST, YES, Command, argument
from daypass.errors import CommandError, UsageProblem
from daypass.lists import show_list
from daypass.machine.browser_login import log_in_with_browser
from daypass.machine.logins import (
    connect,
    forget_login,
    require_login,
    store_login,
    stored_login,
    stored_logins,
)
from daypass.stored_sessions import wipe_cache_of
from daypass.terminal.output import (
    ask_secret,
    confirm,
    count_of,
    print_json,
    printable,
    progress,
    warn,
)
from daypass.terminal.times import show_moment
from daypass.versions import check_versions, version_problem


def _log_in(arguments: Namespace) -> None:
    broker = Broker(check_address(arguments.address or _known_address()))
    with progress("Asking Daypass"):
        check_versions(broker)
    label = arguments.label or platform.node()[:60] or "a machine"
    if arguments.identity:
        _log_in_with_identity(broker, label)
        return
    code = ""
    if not arguments.browser:
        code = ask_secret("Enrolment code", otherwise="or press Enter to use your browser")
    if not code:
        enrolled = log_in_with_browser(broker, label)
    elif not code.startswith("daypass_enrol_"):
        raise UsageProblem("This is not an enrolment code. A code begins with daypass_enrol_.")
    else:
        with progress("Logging in"):
            enrolled = broker.post("/v1/enrol", {"code": code, "label": label})
    _finish(Login(broker.address, enrolled["member"], enrolled["token"]), enrolled["expires_at"])
    _report_other_tokens(enrolled["other_tokens"])


def _known_address() -> str:
    """Return the address of the last login, for a person whose token has ended. Say it, because
    they are about to paste a secret. Raise UsageProblem if this machine knows none."""
    address = os.environ.get("DAYPASS") or stored_logins()["current"]
    if not address:
        raise UsageProblem("Type daypass login ADDRESS, with the address from your lead.")
    print(f"Logging in at {printable(address)}", file=sys.stderr)
    return str(address)


def _log_in_with_identity(broker: Broker, label: str) -> None:
    token = ask_secret("Identity token")
    signed_in = Broker(broker.address, token)
    with progress("Logging in"):
        try:
            me = signed_in.get("/v1/me")
        except CommandError as error:
            if getattr(error, "reason", "") != "identity-unknown":
                raise
            code = ask_secret("Enrolment code")
            body = {"code": code, "identity_token": token, "label": label}
            _report_other_tokens(broker.post("/v1/enrol/identity", body)["other_tokens"])
            me = signed_in.get("/v1/me")
    _finish(Login(broker.address, me["member"]["id"], token), me["token"]["expires_at"])


def _finish(login: Login, expires_at: str) -> None:
    in_keyring = store_login(login)
    wipe_cache_of(login.broker)
    store = "your keyring" if in_keyring else "a file that only you can read"
    print(f"You are logged in as {login.member} until {show_moment(expires_at)}.")
    print(f"Your token is in {store}. Next: daypass ls")


def _report_other_tokens(tokens: list[dict[str, Any]]) -> None:
    if tokens:
        labels = ", ".join(f"{token['label']} ({token['id']})" for token in tokens)
        print(
            f"Your other tokens: {labels}. If you do not recognise a token, revoke it, and tell"
            " your lead."
        )


def _log_out(arguments: Namespace) -> None:
    login = stored_login(arguments.broker)
    if arguments.revoke:
        broker = connect(arguments.broker)
        me = broker.get("/v1/me")
        body = {"reason": "logged out with daypass logout --revoke"}
        broker.post(f"/v1/me/tokens/{segment(me['token']['id'])}/revoke", body)
    try:
        forget_login(login)
    finally:  # also if the keyring stays locked
        deleted = wipe_cache_of(login.broker)
    print(f"You are logged out of {login.broker}. Deleted {count_of(deleted, 'cached session')}.")
    if not arguments.revoke:
        print("The token itself stays valid. To also revoke it next time, add --revoke.")


def _show_me(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    with progress("Asking Daypass"):
        me = broker.get("/v1/me")
    if arguments.json:
        print_json({"broker": broker.address, **me})
        return
    member, token = me["member"], me["token"]
    print(f"{member['name']} ({member['id']}, {member['kind']}) at {broker.address}")
    print(f"Token {token['id']}, {token['label']}, valid until {show_moment(token['expires_at'])}")
    others = [address for address in stored_logins()["logins"] if address != broker.address]
    if others:
        print(f"Other logins, for --broker: {', '.join(others)}")


def _list_tokens(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    if arguments.revoke:
        _revoke_token(broker, arguments)
        return
    if arguments.rotate:
        _rotate_token(broker, arguments)
        return
    show_list(broker, "/v1/me/tokens", "tokens", arguments=arguments)


def _revoke_token(broker: Broker, arguments: Namespace) -> None:
    effect = f"This revokes your token {arguments.revoke}, and logs out the machine that holds it."
    if confirm(effect, yes=arguments.yes):
        body = {"reason": arguments.reason or "revoked with daypass tokens"}
        answer = broker.post(f"/v1/me/tokens/{segment(arguments.revoke)}/revoke", body)
        print(answer["message"])


def _rotate_token(broker: Broker, arguments: Namespace) -> None:
    login = require_login(arguments.broker)
    new = broker.post("/v1/me/tokens/rotate")
    store_login(login._replace(token=new["token"]), is_new=False)
    print(f"Your new token works until {show_moment(new['expires_at'])}. The old token is revoked.")


def _link_slack(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    code = ask_secret("Code from /daypass link")
    bound = broker.post("/v1/me/slack", {"code": code})
    print(f"Your Slack account is linked until {show_moment(bound['expires_at'])}.")


def show_versions(_arguments: Namespace) -> None:
    """Print the version of this command and, if logged in, of the broker."""
    print(f"daypass {__version__} (Python {platform.python_version()})")
    try:
        broker = connect()
        health = broker.get("/healthz")
    except CommandError as error:
        warn(str(error))
        return
    print(f"{broker.address} {health.get('version', 'unknown')}")
    problem = version_problem(health, broker.address)
    if problem:
        warn(problem)


COMMANDS = (
    Command(
        "login",
        "Log this machine in to your firm's Daypass",
        _log_in,
        (
            argument(
                "address",
                nargs="?",
                metavar="ADDRESS",
                help="the API's address, from your lead. Default: the address of your last login",
            ),
            argument(
                "--browser",
                action="store_true",
                help="sign in with your identity provider in the browser, without a code",
            ),
            argument(
                "--identity",
                action="store_true",
                help="log in with a token from your identity provider",
            ),
            argument("--label", help="a name for this machine's token"),
        ),
        description="Paste the enrolment code that your lead sent you, or press Enter to sign in"
        " with your firm's identity provider in your browser.",
    ),
    Command(
        "logout",
        "Remove this machine's token and its cached sessions",
        _log_out,
        (argument("--revoke", action="store_true", help="also revoke the token"), BROKER),
    ),
    Command(
        "whoami", "Show who you are logged in as, and on which Daypass", _show_me, (JSON, BROKER)
    ),
    Command(
        "tokens",
        "List, replace or revoke your tokens",
        _list_tokens,
        (
            argument("--revoke", metavar="TOKEN", help="revoke the token with this ID"),
            argument("--reason", help="why you are revoking the token"),
            argument("--rotate", action="store_true", help="replace this machine's token"),
            YES,
            *LIST,
            BROKER,
        ),
    ),
    Command("link-slack", "Link your Slack account to Daypass", _link_slack, (BROKER,)),
)
