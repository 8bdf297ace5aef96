"""Open the AWS console of a client's account, or Daypass's own, in a browser."""

from __future__ import annotations

import sys
from argparse import Namespace
from urllib.parse import quote, urlencode

from daypass.aws.sign_in import SERVICES, console_link
from daypass.broker import Broker
from daypass.command import BROKER, SESSION, Command, argument, region
from daypass.commands.credentials import session_for
from daypass.errors import UnexpectedAnswer
from daypass.machine.logins import connect
from daypass.machine.programs import open_browser, start_browser
from daypass.terminal.output import progress

_FIREFOX = ("firefox", "/Applications/Firefox.app/Contents/MacOS/firefox")
_CHROME = (
    "google-chrome",
    "chromium",
    "chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_COLOURS = ("blue", "turquoise", "green", "yellow", "orange", "red", "pink", "purple")


def _open_console(arguments: Namespace) -> None:
    entry = session_for(arguments)
    with progress("Asking AWS for a sign-in link"):
        link = console_link(entry, arguments.service, arguments.region)
    engagement, role = entry["key"][2:4]
    if arguments.print:
        print(link)
        print("This link is a secret. It works for 15 minutes.", file=sys.stderr)
        return
    if arguments.firefox_container:
        start_browser(_FIREFOX, container_link(f"{engagement}/{role}", link))
    elif arguments.chrome_profile:
        profile = f"--profile-directory={arguments.chrome_profile}"
        start_browser(_CHROME, profile, "--no-first-run", "--no-default-browser-check", link)
    else:
        open_browser(link)
    print(f"The console of {engagement}/{role} opens in your browser.", file=sys.stderr)


def container_link(name: str, link: str) -> str:
    """Return a link that opens the link in a Firefox container of its own.

    The add-on "Open external links in a container" reads it.
    """
    colour = _COLOURS[sum(map(ord, name)) % len(_COLOURS)]
    fields = {"name": name, "color": colour, "icon": "briefcase", "url": link}
    return f"ext+container:{urlencode(fields, quote_via=quote)}"


def _open_web(arguments: Namespace) -> None:
    link = _create_link(connect(arguments.broker))
    if arguments.print:
        print(link)
        print(
            "Anyone with this link can sign in as you. It works once, within one minute.",
            file=sys.stderr,
        )
        return
    open_browser(link)
    print("The sign-in page opens in your browser. Press its button.", file=sys.stderr)


def _create_link(broker: Broker) -> str:
    """Return a new link. Raise UnexpectedAnswer if it leads to another host than the broker's,
    because a browser would show that page as Daypass's."""
    link = broker.post("/v1/me/web-links").get("url")
    if not isinstance(link, str) or not link.startswith(f"{broker.address}/web/sign-in/"):
        raise UnexpectedAnswer(broker.address, "a sign-in link")
    return link


COMMANDS = (
    Command(
        "console",
        "Open the AWS console in the client's account",
        _open_console,
        (
            *SESSION,
            argument(
                "--service",
                choices=sorted(SERVICES),
                metavar="SERVICE",
                help="the AWS service to open, such as s3",
            ),
            argument("--region", type=region, help="the console's region"),
            argument("--print", action="store_true", help="print the link instead of opening it"),
            argument(
                "--firefox-container",
                action="store_true",
                help="open it in a Firefox container for the engagement",
            ),
            argument("--chrome-profile", metavar="FOLDER", help="open it in this Chrome profile"),
        ),
    ),
    Command(
        "web",
        "Sign in to Daypass's web console in your browser",
        _open_web,
        (
            argument("--print", action="store_true", help="print the link instead of opening it"),
            BROKER,
        ),
        group="Your access",
    ),
)
