"""Name the client's approvers, and make the client's approval necessary for all access."""

from __future__ import annotations

from argparse import Namespace

from daypass.broker import segment
from daypass.command import BROKER, JSON, YES, Command, argument
from daypass.commands.leads.arguments import ENGAGEMENT, GROUP, WHY
from daypass.commands.leads.cut_offs import SAVE, WAIT, check_new_file
from daypass.commands.leads.revoking import carry_out
from daypass.errors import UsageProblem
from daypass.machine.logins import connect
from daypass.terminal.output import confirm, print_json, print_table
from daypass.terminal.times import show_moment
from daypass.terminal.waiting import progress


def _manage(arguments: Namespace) -> None:
    if arguments.action != "list" and not arguments.approver:
        raise UsageProblem(f"Name the approver: daypass approvers … {arguments.action} jo")
    _ACTIONS[arguments.action](arguments)


def _path(arguments: Namespace) -> str:
    return f"/v1/engagements/{segment(arguments.engagement)}/approvers"


def _list(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    with progress("Reading the approvers"):
        approvers = broker.get(_path(arguments))["approvers"]
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
            "only hears of it" if each["is_contact"] else "approves",
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
    effect = (_CONTACT if arguments.contact else _APPROVER).format(
        name=arguments.name, engagement=arguments.engagement, email=arguments.email
    )
    if not confirm(effect, yes=arguments.yes):
        return
    body = {
        "id": arguments.approver,
        "name": arguments.name,
        "email": arguments.email,
        "is_contact": arguments.contact,
    }
    approver = connect(arguments.broker).post(_path(arguments), body)
    print_json(approver) if arguments.json else print(f"{arguments.name} is named.")


_APPROVER = (
    "This lets {name} approve requests for {engagement}, for the client. Daypass mails a link to"
    " their page to {email}. Check the address: anyone who reads the mail can decide."
)
_CONTACT = (
    "This lets {name} hear of requests for {engagement} and of the client's decisions, by mail to"
    " {email}. They decide nothing."
)


def _send_link(arguments: Namespace) -> None:
    effect = (
        f"This mails {arguments.approver} a new link to their page. It works for 30 days. No one at"
        " your firm sees it."
    )
    if confirm(effect, yes=arguments.yes):
        path = f"{_path(arguments)}/{segment(arguments.approver)}/link"
        answer = connect(arguments.broker).post(path)
        print_json(answer) if arguments.json else print("Daypass mails it in the next minutes.")


def _revoke(arguments: Namespace) -> None:
    if not arguments.reason:
        raise UsageProblem("Say why, with --because.")
    effect = (
        f"This ends the right of the client's approver or contact {arguments.approver} for"
        f" {arguments.engagement}, and any access that they approved."
    )
    check_new_file(arguments.save)
    broker = connect(arguments.broker)
    if confirm(effect, yes=arguments.yes):
        path = f"{_path(arguments)}/{segment(arguments.approver)}/revoke"
        carry_out(arguments, broker, path, {"reason": arguments.reason}, part="ended")


_ACTIONS = {"list": _list, "name": _name, "link": _send_link, "revoke": _revoke}


def _require_approval(arguments: Namespace) -> None:
    engagement = arguments.engagement
    effect = (
        f"From now on, no one has access to {engagement} without the client's own approval: no"
        " lead, and no one in an emergency. Vends in progress are withheld, and sessions that AWS"
        " has issued work until their time is up. Only the client can lift this, on their page."
    )
    if not confirm(effect, yes=arguments.yes):
        return
    path = f"/v1/engagements/{segment(engagement)}/client-approval"
    answer = connect(arguments.broker).post(path, {"reason": arguments.reason})
    if arguments.json:
        print_json(answer)
    else:
        print(f"Access to {engagement} needs the client's approval from now on.")


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
            argument("approver", nargs="?", default="", metavar="APPROVER", help="such as jo"),
            argument("--name", default="", help="the person's name, such as 'Jo Doe'"),
            argument("--email", default="", help="the address for Daypass's mails"),
            argument("--contact", action="store_true", help="they hear of requests only"),
            argument("--reason", "--because", default="", help="why you revoke them"),
            WAIT,
            SAVE,
            YES,
            JSON,
            BROKER,
        ),
        group=GROUP,
        description=(
            "daypass approvers acme-prod name jo --name 'Jo Doe' --email jo@acme.example. daypass"
            " approvers acme-prod link jo mails a new link. daypass approvers acme-prod revoke jo"
            " --because …"
        ),
    ),
    Command(
        "client-approval",
        "Let no one in without the client's approval",
        _require_approval,
        (ENGAGEMENT, WHY, YES, JSON, BROKER),
        group=GROUP,
    ),
)
