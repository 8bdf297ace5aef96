"""List engagements, open and change them, and change their roles and links."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from daypass.broker import Broker, segment
from daypass.command import (
    BROKER,
    ENGAGEMENT,
    JSON,
    LIST,
    ONE_ENGAGEMENT,
    WHY,
    YES,
    Argument,
    Command,
    argument,
    duration_argument,
    why,
)
from daypass.commands.leads.actions import act, perform, send, sent_fields
from daypass.commands.leads.declared import AGENTS, CUT_OFFS
from daypass.errors import UsageProblem
from daypass.json_object import JsonObject
from daypass.lists import show_list, show_named
from daypass.machine.logins import connect
from daypass.targets import parse_role
from daypass.terminal.output import confirm, print_json, print_text, printable, shorten
from daypass.terminal.times import read_day, read_moment, show_moment

_ALL, _ENGAGEMENT = "/v1/engagements", "/v1/engagements/{engagement}"
_ROLES = f"{_ENGAGEMENT}/roles"
PERMISSIONS = (
    "view-only-access", "read-basics", "read-only-access", "security-audit", "as-they-are",
)  # fmt: skip
"""The permissions that an engagement can ask a client to give a new role."""
_change = act("change-engagement", f"PATCH {_ENGAGEMENT}")


def _change_or_show_engagements(arguments: Namespace) -> None:
    """Change the engagement if the arguments say what changes. Otherwise list the engagements."""
    if arguments.cut_off or arguments.ends_at:
        if not arguments.engagement:
            raise UsageProblem("Name the engagement to change, such as acme-prod.")
        _change(arguments)
        return
    broker = connect(arguments.broker)
    if arguments.json and arguments.engagement:
        # A list of one, like the JSON of the whole list.
        print_json([broker.get(f"{_ALL}/{segment(arguments.engagement)}")])
        return
    show_named(broker, "engagements", arguments.engagement, arguments)


def _open(arguments: Namespace) -> None:
    """Open the engagement after a confirmation, and print the link for the client."""
    draft = sent_fields(arguments)
    if not arguments.client:
        # The name of acme-prod does not show which part is the client.
        if "-" in arguments.engagement:
            raise UsageProblem("Name the client, such as --client Acme.")
        draft["client"] = arguments.engagement.capitalize()
    # The preview takes the ID as `engagement`, the request itself as `id`.
    body = {**draft, "id": arguments.engagement}
    del body["engagement"]
    draft.pop("roles", None)  # the preview takes no roles
    opened = perform(
        arguments, connect(arguments.broker), "open-engagement", f"POST {_ALL}", body, draft
    )
    if opened is not None and opened["link"] and not arguments.json:
        _print_link(opened["link"])


def _requested_role(text: str) -> dict[str, str]:
    """Return the role that NAME, NAME=PERMISSIONS or NAME=ARN asks for."""
    name, separator, value = text.partition("=")
    if name.strip() and not separator:
        return {"name": name}
    if not name or not value:
        raise UsageProblem(
            f"{shorten(text)} is not a valid role. Type NAME=PERMISSIONS, such as"
            " readonly=security-audit, or NAME=ARN for a role that exists."
        )
    if value.startswith("arn:"):
        return {"name": name, "arn": value}
    if value not in PERMISSIONS:
        choices = f"{', '.join(PERMISSIONS[:-1])} or {PERMISSIONS[-1]}"
        raise UsageProblem(f"{shorten(value)} is not a set of permissions. Type {choices}.")
    return {"name": name, "permissions": value}


def _change_role(arguments: Namespace) -> None:
    """Change the role, or add it if the engagement has no role of this name in use."""
    broker, target = connect(arguments.broker), parse_role(arguments.target)
    arn = _read_arn(broker, target.engagement, arguments.arn)
    fields: JsonObject = {
        "arn": arn,
        "max_session": arguments.longest,
        "requires_reason": {"yes": True, "no": False}.get(arguments.needs_reason),
    }
    fields = {name: value for name, value in fields.items() if value not in ("", None)}
    if not fields:
        raise UsageProblem("Add what to change, such as --arn ARN or --longest 30m.")
    path = f"{_ROLES}/{{role}}"
    names = target._asdict()
    stored = broker.find(path.format(**names), "no-such-role")
    if stored is not None and stored["ended_at"] is None:
        change = {**names, **fields}
        # What the preview says depends on nothing else.
        draft = {**names, **({"arn": arn} if arn else {})}
        perform(arguments, broker, "change-role", f"PATCH {path}", change, draft=draft)
    elif not arn:
        raise UsageProblem(
            f"{'/'.join(target)} does not exist or has ended. To add the role, use --arn."
        )
    else:
        draft = {"engagement": target.engagement, "arn": arn}
        role = {**draft, "name": target.role, **fields}
        perform(arguments, broker, "add-role", f"POST {_ROLES}", role, draft=draft)


def _read_arn(broker: Broker, engagement: str, text: str) -> str:
    """Return the ARN of the client's IAM role. `text` is the ARN, or the role's name in the
    engagement's account. An empty text stays empty."""
    if not text or text.startswith("arn:"):
        return text
    stored = broker.get(f"{_ALL}/{segment(engagement)}")
    return f"arn:{stored['partition']}:iam::{stored['account_id']}:role/{text}"


def _links(arguments: Namespace) -> None:
    """Revoke a link to the client's page, list the links, or make a new link."""
    broker, path = connect(arguments.broker), f"{_ENGAGEMENT}/links"
    if arguments.revoke:
        if not arguments.reason:
            raise UsageProblem("Add a reason, such as --reason 'sent to a wrong address'.")
        fields = {**sent_fields(arguments), "link": arguments.revoke}
        del fields["revoke"]
        perform(arguments, broker, "revoke-link", f"POST {path}/{{link}}/revoke", fields)
    elif arguments.list:
        show_list(
            broker,
            path.format(engagement=segment(arguments.engagement)),
            "links",
            arguments=arguments,
        )
    else:
        _make_link(arguments, broker)


def _make_link(arguments: Namespace, broker: Broker) -> None:
    effect = (
        f"This creates a link to the client's page of {arguments.engagement}. Anyone with the"
        " link can see the engagement's roles and external ID for 14 days. Earlier links keep"
        " working."
    )
    if confirm(effect, yes=arguments.yes):
        names = {"engagement": arguments.engagement}
        link = send(broker, f"POST {_ENGAGEMENT}/links", names)
        print_json(link) if arguments.json else _print_link(link)


def _print_link(link: JsonObject) -> None:
    print(f"Send this link to the client. It works until {show_moment(link['expires_at'])}.")
    print(link["url"])


def _renew(arguments: Namespace) -> None:
    """Extend the engagement after a confirmation, with the grants that the arguments choose. Print
    what was not renewed, and the client's next steps."""
    fields = sent_fields(arguments)
    has_none = fields.pop("no_grants", False)
    # By default, renew the grants that have the engagement's present end.
    fields["grants"] = "named" if arguments.members else "none" if has_none else "ended-with-it"
    broker = connect(arguments.broker)
    renewal = perform(arguments, broker, "renew-engagement", f"POST {_ENGAGEMENT}/renew", fields)
    if renewal is None or arguments.json:
        return
    for grant in renewal["not_renewed"]:
        print(f"{grant['member']}'s grant was not renewed. {printable(grant['why'])}")
    for step in renewal["client_steps"]:
        print_text(f"{step['role']}: {step['message']}")
    if renewal["client_steps"]:
        print(f"The client's page shows how. For a link to it: daypass link {arguments.engagement}")


def _until(help: str, *, required: bool = True) -> Argument:
    return argument(
        "--until", dest="ends_at", type=read_moment, metavar="TIME", required=required, help=help
    )


def _cut_off(help: str, **options: Any) -> Argument:
    return argument("--cut-off", choices=tuple(CUT_OFFS), help=help, **options)


def _describe(choices: dict[str, str]) -> str:
    return " ".join(f"{name}: {text}" for name, text in choices.items())


COMMANDS = (
    Command(
        "engagements",
        "List engagements, or show one, or change its end or cut-off method",
        _change_or_show_engagements,
        (
            ONE_ENGAGEMENT,
            _until(
                "change its end, but not the ends of its grants; see also renew", required=False
            ),
            _cut_off("change how revocations end its live sessions"),
            YES,
            *LIST,
            BROKER,
        ),
        description=_describe(CUT_OFFS),
    ),
    Command(
        "open",
        "Open an engagement, and get the link for the client",
        _open,
        (
            ENGAGEMENT,
            argument("account_id", metavar="ACCOUNT", help="the client's AWS account ID"),
            argument("--client", help="the client's name. Default for the engagement stark: Stark"),
            _until("when the engagement ends, such as 2026-12-31 or 12w"),
            argument(
                "--role",
                dest="roles",
                type=_requested_role,
                action="append",
                default=[],
                metavar="NAME[=PERMISSIONS]",
                help="such as readonly (view-only-access) or audit=security-audit. Repeat it for"
                " several roles",
            ),
            argument(
                "--agents",
                default="read-only",
                choices=tuple(AGENTS),
                help="what AI agents can do (read-only)",
            ),
            _cut_off(
                "how revocations end live sessions (none; recommended: brake)", default="none"
            ),
            YES,
            JSON,
            BROKER,
        ),
    ),
    Command(
        "agents",
        "Set what AI agents can do in an engagement",
        _change,
        (
            ENGAGEMENT,
            argument("agents", choices=tuple(AGENTS), help="see the descriptions above"),
            YES,
            JSON,
            BROKER,
        ),
        description=_describe(AGENTS),
    ),
    Command(
        "role",
        "Add a role to an engagement, or change one",
        _change_role,
        (
            argument("target", metavar="ENGAGEMENT/ROLE", completes="targets", help="the role"),
            argument("--arn", help="the ARN or the name of the IAM role in the client's account"),
            duration_argument("the longest session, such as 30m", "--longest"),
            argument(
                "--needs-reason", choices=("yes", "no"), help="whether each session needs a reason"
            ),
            YES,
            JSON,
            BROKER,
        ),
        description="To remove a role: daypass revoke role ENGAGEMENT/ROLE.",
    ),
    Command(
        "link",
        "Create, list or revoke links to the client's page",
        _links,
        (
            ENGAGEMENT,
            argument("--list", action="store_true", help="list the links from the last 91 days"),
            argument(
                "--revoke",
                metavar="LINK",
                help="revoke the link with this ID; --list shows the IDs",
            ),
            why("why you are revoking the link", required=False),
            YES,
            *LIST,
            BROKER,
        ),
    ),
    Command(
        "renew",
        "Extend an engagement, and renew its grants",
        _renew,
        (
            ENGAGEMENT,
            argument(
                "--until",
                dest="ends_at",
                type=read_day,
                metavar="TIME",
                required=True,
                help="the new end, such as 2027-06-30, or 12w for the day in 12 weeks",
            ),
            argument(
                "--member",
                dest="members",
                action="append",
                default=[],
                metavar="MEMBER",
                help="renew only this member's grant",
            ),
            argument("--no-grants", action="store_true", help="do not renew any grants"),
            WHY,
            YES,
            JSON,
            BROKER,
        ),
    ),
)
