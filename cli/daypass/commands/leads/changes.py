"""A lead's changes. Each shows its exact effect first, and asks."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from daypass.broker import Broker, segment
from daypass.command import BROKER, JSON, YES, Command, argument
from daypass.commands.leads.arguments import ENGAGEMENT, GROUP, WHY
from daypass.commands.leads.engagements import CUT_OFFS, change_choice
from daypass.errors import UsageProblem
from daypass.machine.logins import connect
from daypass.terminal.output import confirm, print_json, printable, shorten
from daypass.terminal.times import api_time, parse_moment, show_moment
from daypass.terminal.waiting import progress


def _open(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    ends_at = parse_moment(arguments.until)
    roles = [_requested_role(text) for text in arguments.role]
    warning = _other_clients(broker, arguments.account, arguments.client)
    names = ", ".join(role["name"] for role in roles) or "none yet"
    effect = (
        f"This opens the engagement {arguments.engagement} with {arguments.client} in AWS account"
        f" {arguments.account}, until {show_moment(api_time(ends_at))}. Roles: {names}."
        f" {_AGENTS[arguments.agents]} {CUT_OFFS[arguments.cut_off]}"
        " No one has access before a lead grants it."
    )
    if not confirm(f"{effect}{warning}", yes=arguments.yes):
        return
    body = {
        "id": arguments.engagement,
        "client": arguments.client,
        "account_id": arguments.account,
        "ends_at": api_time(ends_at),
        "agents": arguments.agents,
        "cut_off": arguments.cut_off,
        **({"roles": roles} if roles else {}),
    }
    with progress("Opening the engagement"):
        opened = broker.post("/v1/engagements", body)
    if arguments.json:
        print_json(opened)
    elif opened["link"]:
        _print_link(opened["link"])
    else:
        print(f"{arguments.engagement} is open.")


def _other_clients(broker: Broker, account: str, client: str) -> str:
    """Return a line that warns of engagements with other clients in this account; empty if there
    are none. The lead may have copied another client's account ID."""
    with progress("Reading the engagements"):
        others = [
            f"{each['id']} ({printable(each['client'])})"
            for each in broker.pages("/v1/engagements", "engagements")
            if each["account_id"] == account and each["client"].casefold() != client.casefold()
        ]
    if not others:
        return ""
    return (
        f"\nWarning: AWS account {account} is another client's: {', '.join(others)}. Is it"
        f" {client}'s, too?"
    )


_AGENTS = {
    "refuse": "Agents get no session.",
    "read-only": "Agents can list resources of common services and see their settings. AWS denies"
    " them everything else.",
    "allow": "Agents can do what their member can.",
}
"""The access that an engagement can give agents, programs that work for a member by themselves."""


def _set_agents(arguments: Namespace) -> None:
    effect = (
        "This changes what agents may do in {engagement}, from {before} to {after}. {text} Sessions"
        " that they have work until their time is up, and a program that does not say what it is"
        " counts as its member."
    )
    broker = connect(arguments.broker)
    change_choice(broker, arguments, "agents", arguments.access, _AGENTS, effect)


def _requested_role(text: str) -> dict[str, str]:
    """Return the role that NAME=PERMISSIONS or NAME=ARN asks for."""
    name, _, value = text.partition("=")
    if not name or not value:
        raise UsageProblem(
            f"{shorten(text)} is not a role. Type NAME=PERMISSIONS, such as"
            " readonly=security-audit, or NAME=ARN for a role that exists."
        )
    if value.startswith("arn:"):
        return {"name": name, "arn": value}
    if value not in PERMISSIONS:
        choices = f"{', '.join(PERMISSIONS[:-1])} or {PERMISSIONS[-1]}"
        raise UsageProblem(f"{shorten(value)} is not a set of permissions. Type {choices}.")
    return {"name": name, "permissions": value}


PERMISSIONS = (
    "view-only-access", "read-basics", "read-only-access", "security-audit", "as-they-are",
)  # fmt: skip
"""The permissions that an engagement can ask a client to give a new role."""


def _make_link(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    effect = (
        f"This makes a link to the client's page of {arguments.engagement}. Anyone who has it sees"
        " the engagement's roles and external ID, for 14 days. Earlier links go on working."
    )
    if confirm(effect, yes=arguments.yes):
        link = broker.post(f"/v1/engagements/{segment(arguments.engagement)}/links")
        print_json(link) if arguments.json else _print_link(link)


def _print_link(link: dict[str, Any]) -> None:
    print(f"Send this link to the client. It works until {show_moment(link['expires_at'])}.")
    print(link["url"])


def _renew(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    engagement = broker.get(f"/v1/engagements/{segment(arguments.engagement)}")
    ends_at = api_time(parse_moment(arguments.until))
    which = "named" if arguments.member else "none" if arguments.no_grants else "ended-with-it"
    grants = {
        "named": f"the grants of {', '.join(arguments.member)}",
        "none": "no grants",
        "ended-with-it": "the grants that end with it",
    }[which]
    effect = (
        f"This moves the end of {engagement['id']} from {show_moment(engagement['ends_at'])} to"
        f" {show_moment(ends_at)}, and renews {grants}."
    )
    if not confirm(effect, yes=arguments.yes):
        return
    body = {"ends_at": ends_at, "grants": which, "reason": arguments.reason}
    if arguments.member:
        body["members"] = arguments.member
    renewal = broker.post(f"/v1/engagements/{segment(arguments.engagement)}/renew", body)
    if arguments.json:
        print_json(renewal)
        return
    print(f"{engagement['id']} continues until {show_moment(renewal['engagement']['ends_at'])}.")
    for grant in renewal["not_renewed"]:
        print(f"The grant of {grant['member']} was not renewed: {printable(grant['why'])}")
    for step in renewal["client_steps"]:
        print(f"{step['role']}: {printable(step['message'])}")
    if renewal["client_steps"]:
        print(f"The client's page shows how. For a link to it: daypass link {engagement['id']}")


def _rotate(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    engagement = broker.get(f"/v1/engagements/{segment(arguments.engagement)}")
    effect = (
        f"This creates the next external ID of {engagement['id']}"
        f" ({printable(engagement['client'])}). Sessions go on. The client has to update the trust"
        " policy of each role twice."
    )
    if not confirm(effect, yes=arguments.yes):
        return
    path = f"/v1/engagements/{segment(arguments.engagement)}/rotate"
    broker.post(path, {"reason": arguments.reason})
    print(f"The client's page shows how. For a link to it: daypass link {engagement['id']}")


def _reopen(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    engagement = broker.get(f"/v1/engagements/{segment(arguments.engagement)}")
    effect = (
        f"This reopens {engagement['id']} ({printable(engagement['client'])}). Members whose grants"
        f" are current get sessions again, until {show_moment(engagement['ends_at'])}."
    )
    if confirm(effect, yes=arguments.yes):
        path = f"/v1/engagements/{segment(arguments.engagement)}/reopen"
        broker.post(path, {"reason": arguments.reason})
        print(f"{arguments.engagement} is open again.")


COMMANDS = (
    Command(
        "open",
        "Open an engagement, and get the link for the client",
        _open,
        (
            ENGAGEMENT,
            argument("--client", required=True, help="the client's name"),
            argument("--account", required=True, help="the client's AWS account ID"),
            argument("--until", required=True, help="the end, such as 2026-12-31 or 12w"),
            argument(
                "--role",
                action="append",
                default=[],
                metavar="NAME=PERMISSIONS",
                help="such as readonly=security-audit; several times for several roles",
            ),
            argument(
                "--agents",
                default="read-only",
                choices=tuple(_AGENTS),
                help="what AI agents may do (read-only)",
            ),
            argument(
                "--cut-off",
                default="none",
                choices=tuple(CUT_OFFS),
                help="how a revocation ends live sessions (none; recommended: brake)",
            ),
            YES,
            JSON,
            BROKER,
        ),
        group=GROUP,
    ),
    Command(
        "agents",
        "Say what AI agents may do in an engagement",
        _set_agents,
        (
            ENGAGEMENT,
            argument("access", choices=tuple(_AGENTS), help="see the descriptions above"),
            YES,
            JSON,
            BROKER,
        ),
        GROUP,
        description=" ".join(f"{name}: {text}" for name, text in _AGENTS.items()),
    ),
    Command(
        "link",
        "Make a link to the client's page",
        _make_link,
        (ENGAGEMENT, YES, JSON, BROKER),
        GROUP,
    ),
    Command(
        "renew",
        "Move an engagement's end, and renew its grants",
        _renew,
        (
            ENGAGEMENT,
            argument("--until", required=True, help="the new end, such as 2027-06-30 or 12w"),
            argument("--member", action="append", default=[], help="renew only this grant"),
            argument("--no-grants", action="store_true", help="renew no grants"),
            WHY,
            YES,
            JSON,
            BROKER,
        ),
        group=GROUP,
    ),
    Command(
        "rotate",
        "Give an engagement another external ID",
        _rotate,
        (ENGAGEMENT, WHY, YES, BROKER),
        group=GROUP,
    ),
    Command(
        "reopen",
        "Undo the close or the revocation of an engagement",
        _reopen,
        (ENGAGEMENT, WHY, YES, BROKER),
        group=GROUP,
    ),
)
