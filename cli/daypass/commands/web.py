"""Sign in to Daypass's web console in a browser."""

from __future__ import annotations

import sys
import webbrowser
from argparse import Namespace

from daypass.broker import Broker
from daypass.command import BROKER, Command, argument
from daypass.errors import LocalProblem, UnexpectedAnswer
from daypass.machine.logins import connect


def _open_web(arguments: Namespace) -> None:
    link = _create_link(connect(arguments.broker))
    if arguments.print:
        print(link)
        print(
            "This link signs its holder in as you. It works once, for a minute.",
            file=sys.stderr,
        )
    elif webbrowser.open(link):
        print("The sign-in page opens in your browser. Press its button.", file=sys.stderr)
    else:
        raise LocalProblem("No browser could be started. Add --print to get the link.")


def _create_link(broker: Broker) -> str:
    """Return a new link. Raise UnexpectedAnswer if it leads to another host than the broker's,
    because a browser would show that page as Daypass's."""
    link = broker.post("/v1/me/web-links").get("url")
    if not isinstance(link, str) or not link.startswith(f"{broker.address}/web/sign-in/"):
        raise UnexpectedAnswer(broker.address, "a sign-in link")
    return link


COMMANDS = (
    Command(
        "web",
        "Sign in to Daypass's web console in your browser",
        _open_web,
        (argument("--print", action="store_true", help="print the link instead"), BROKER),
        group="Your access",
    ),
)
