"""List, name and revoke the client's approvers."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from daypass.command import BROKER, ENGAGEMENT, JSON, YES, Command, argument
from daypass.commands.leads.actions import send, stop
from daypass.commands.leads.cut_offs import SAVE, WAIT
from daypass.errors import UsageProblem
from daypass.machine.logins import connect
from daypass.terminal.output import confirm, print_json, print_table, progress
from daypass.terminal.times import show_moment

_ALL = "/v1/engagements/{engagement}/approvers"


def _manage(arguments: Namespace) -> None:
    if arguments.action != "list" and not arguments.approver:
        raise UsageProblem(f"Name the approver: daypass approvers … {arguments.action} jo")
    _ACTIONS[arguments.action](arguments)


def _list(arguments: Namespace) -> None:
    with progress("Reading the approvers"):
        answer = send(
            connect(arguments.broker), f"GET {_ALL}", {"engagement": arguments.engagement}
        )
    approvers = answer["approvers"]
    if arguments.json:
        print_json(approvers)
        return
    if not approvers:
        print(
            "The client has no approver. To name one: daypass approvers"
            f" {arguments.engagement} name jo --name 'Jo Doe' --email jo@acme.example"
        )
        return
    rows = [
        (
            each["id"],
            each["name"],
            each["email"],
            "is only notified" if each["is_contact"] else "approves",
            show_moment(each["named_at"]),
            each["named_by"],
            "revoked" if each["revoked_at"] else "",
        )
        for each in approvers
    ]
    print_table(("APPROVER", "NAME", "ADDRESS", "", "SINCE", "NAMED BY", ""), rows)


def _name(arguments: Namespace) -> None:
    if not (arguments.name and arguments.email):
        raise UsageProblem(
            "Add --name and --email, such as --name 'Jo Doe' --email jo@acme.example"
        )
    template = _CONTACT if arguments.is_contact else _APPROVER
    names = "engagement", "name", "email", "is_contact"
    fields = {"id": arguments.approver, **{each: getattr(arguments, each) for each in names}}
    _confirm_and_send(
        arguments, template.format(**fields), "", fields, f"{arguments.name} is added."
    )


_APPROVER = (
    "This lets {name} approve requests for {engagement} on behalf of the client. Daypass mails a"
    " link to their page to {email}. Check the address, because anyone who can read the mail can"
    " decide on requests."
)
_CONTACT = (
    "Daypass notifies {name} of requests for {engagement} and of the client's decisions, by mail"
    " to {email}. {name} cannot decide on requests."
)


def _send_link(arguments: Namespace) -> None:
    effect = (
        f"This mails {arguments.approver} a new link to their page. The link works for 30 days. No"
        " one at your firm sees it."
    )
    names = {"engagement": arguments.engagement, "approver": arguments.approver}
    done = "Daypass sends the e-mail within a few minutes."
    _confirm_and_send(arguments, effect, "/{approver}/link", names, done)


def _confirm_and_send(
    arguments: Namespace, effect: str, path: str, fields: dict[str, Any], done: str
) -> None:
    if confirm(effect, yes=arguments.yes):
        answer = send(connect(arguments.broker), f"POST {_ALL}{path}", fields)
        print_json(answer) if arguments.json else print(done)


def _revoke(arguments: Namespace) -> None:
    if not arguments.reason:
        raise UsageProblem("Add a reason with --because.")
    names = {"engagement": arguments.engagement, "approver": arguments.approver}
    stop(arguments, "revoke-approver", f"POST {_ALL}/{{approver}}/revoke", names)


_ACTIONS = {"list": _list, "name": _name, "link": _send_link, "revoke": _revoke}
COMMANDS = (
    Command(
        "approvers",
        "List, name or revoke the client's approvers",
        _manage,
        (
            ENGAGEMENT,
            argument(
                "action",
                nargs="?",
                default="list",
                choices=tuple(_ACTIONS),
                help="default: list",
            ),
            argument("approver", nargs="?", metavar="APPROVER", help="such as jo"),
            argument("--name", help="the person's name, such as 'Jo Doe'"),
            argument("--email", help="the address that Daypass mails to"),
            argument(
                "--contact",
                dest="is_contact",
                action="store_true",
                help="name a contact, who is only notified of requests",
            ),
            argument("--reason", "--because", help="why you are revoking the approver"),
            WAIT,
            SAVE,
            YES,
            JSON,
            BROKER,
        ),
        description=(
            "To name one: daypass approvers acme-prod name jo --name 'Jo Doe' --email"
            " jo@acme.example. To mail a new link: daypass approvers acme-prod link jo. To revoke"
            " one: daypass approvers acme-prod revoke jo --because …"
        ),
    ),
)
