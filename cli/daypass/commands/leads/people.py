"""Let people in: create members and codes, list and change members, and grant access."""

from __future__ import annotations

from argparse import Namespace
from datetime import datetime, timezone

from daypass.broker import segment
from daypass.command import (
    BROKER,
    ENGAGEMENT,
    JSON,
    LIST,
    MEMBER,
    YES,
    Argument,
    Command,
    argument,
)
from daypass.commands.leads.actions import act, perform, sent_fields
from daypass.errors import UsageProblem
from daypass.json_object import JsonObject
from daypass.lists import show_named
from daypass.machine.logins import connect
from daypass.terminal.times import parse_api_time, read_moment

_GRANTS = "/v1/engagements/{engagement}/grants"


def _invite(arguments: Namespace) -> None:
    """Create the member, or a new enrolment code for an existing member. Print what to send."""
    broker, member = connect(arguments.broker), arguments.member
    if broker.find(f"/v1/members/{segment(member)}", "no-such-member") is None:
        name, kind = arguments.name or member.capitalize(), arguments.kind or "member"
        new = {"id": member, "name": name, "kind": kind}
        answer = perform(arguments, broker, "invite-member", "POST /v1/members", new)
    elif arguments.name or arguments.kind:
        raise UsageProblem(
            f"{member} already exists. To create a new code, omit --name and --kind."
        )
    else:
        route = "POST /v1/members/{member}/enrolment"
        answer = perform(arguments, broker, "create-enrolment", route, {"member": member})
    # A new member's answer has their kind, and their code in `enrolment`. A new code's answer has
    # neither. Daypass refuses a code for an existing machine.
    if answer is not None and not arguments.json and answer.get("kind") == "machine":
        print(
            "Next, run its job. The error shows the issuer and the subject for: daypass bind"
            f" {member} ISSUER SUBJECT"
        )
    elif answer is not None and not arguments.json:
        print("Send these two lines to this person only. The code is not shown again.\n")
        print(f"daypass login {broker.address}")
        print(answer.get("enrolment", answer)["code"])


def _change_or_show_members(arguments: Namespace) -> None:
    """Change the member if the arguments say what changes. Otherwise list the members."""
    broker = connect(arguments.broker)
    if arguments.kind or arguments.name:
        if not arguments.member:
            raise UsageProblem("Name the member to change, such as bob.")
        fields = sent_fields(arguments)
        perform(arguments, broker, "change-member", "PATCH /v1/members/{member}", fields)
        return
    show_named(broker, "members", arguments.member, arguments)


def _grant(arguments: Namespace) -> None:
    """Change the member's grant if it is in force, or else create a grant."""
    broker = connect(arguments.broker)
    names = {"engagement": arguments.engagement, "member": arguments.member}
    path = f"{_GRANTS}/{{member}}".format(**{name: segment(each) for name, each in names.items()})
    before = broker.find(path, "no-such-grant")
    if before is None or not _is_current(before):
        fields, name, route = _build_grant({}, arguments), "grant-access", f"POST {_GRANTS}"
    else:
        fields = _build_grant(before, arguments)
        name, route = "change-grant", f"PATCH {_GRANTS}/{{member}}"
    answer = perform(arguments, broker, name, route, {**names, **fields})
    if answer is not None and answer["on_request"] and not arguments.json:
        print(f"To see who approves requests: daypass approvals {arguments.engagement}")


def _build_grant(before: JsonObject, arguments: Namespace) -> JsonObject:
    """Return the fields of the grant after the change. Keep the roles of `before`, the stored
    grant, that the arguments do not name. A role that they name again gets the new conditions only.

    `roles` includes the roles on request. These include the roles that the member may open in an
    emergency. Raise UsageProblem if no role is left.
    """
    on_request = [*arguments.on_request, *arguments.emergency]
    listed = [*arguments.roles, *on_request]
    held = dict.fromkeys([*before.get("roles", ()), *listed])
    roles = [role for role in held if role not in arguments.remove]
    if not roles:
        raise UsageProblem(
            "A grant needs at least one role. To end the grant: daypass revoke grant MEMBER"
            " ENGAGEMENT --reason …"
            if arguments.remove
            else "Name a role, such as readonly, or --on-request deploy."
        )

    def merge(field: str, chosen: list[str]) -> list[str]:
        """Return the roles with this condition: those chosen now, and those that had it before and
        are not named again."""
        kept = [role for role in before.get(field) or () if role not in listed]
        return [role for role in roles if role in (*chosen, *kept)]

    return {
        "roles": roles,
        "on_request": merge("on_request", on_request),
        "emergency": merge("emergency", arguments.emergency),
        # Without an end in the request, Daypass keeps the grant's end.
        **({"ends_at": arguments.ends_at} if arguments.ends_at else {}),
    }


def _is_current(grant: JsonObject) -> bool:
    """Return whether the grant is in force now or later. A grant that is over is not extended,
    because its former roles would come back unseen."""
    is_over = parse_api_time(grant["ends_at"]) <= datetime.now(timezone.utc)
    return grant["revoked_at"] is None and not is_over


def _roles(name: str, help: str) -> Argument:
    return argument(name, action="append", default=[], metavar="ROLE", help=help)


_NAME = argument("--name", help="the person's name, such as 'Bob Berg'")


def _kind(help: str) -> Argument:
    return argument("--kind", choices=("member", "lead", "auditor", "machine"), help=help)


COMMANDS = (
    Command(
        "members",
        "List the members, or change a member's kind or name",
        _change_or_show_members,
        (
            argument(
                "member",
                nargs="?",
                metavar="MEMBER",
                completes="members",
                help="only this member, such as bob",
            ),
            _kind("change the member's kind"),
            _NAME,
            YES,
            *LIST,
            BROKER,
        ),
    ),
    Command(
        "invite",
        "Create a member, or a new enrolment code for an existing member",
        _invite,
        (
            MEMBER,
            _NAME,
            _kind("default: member"),
            YES,
            JSON,
            BROKER,
        ),
    ),
    Command(
        "bind",
        "Let a CI job sign in as a machine, without a secret",
        act("bind-job", "POST /v1/members/{member}/jobs"),
        (
            argument("member", metavar="MACHINE", completes="members", help="such as ci-shop"),
            argument("issuer", metavar="ISSUER", help="the CI's identity provider"),
            argument(
                "subject",
                metavar="SUBJECT",
                help="such as repo:acme@1234/shop@5678:environment:production",
            ),
            argument(
                "--until",
                dest="expires_at",
                type=read_moment,
                metavar="TIME",
                help="when the binding ends, such as 2w or 2026-12-31. Default: in 90 days",
            ),
            YES,
            JSON,
            BROKER,
        ),
        description="When Daypass refuses an unknown job, the error shows the job's issuer and"
        " subject.",
    ),
    Command(
        "grant",
        "Grant a member access to an engagement until a date",
        _grant,
        (
            MEMBER,
            ENGAGEMENT,
            argument("roles", nargs="*", default=[], metavar="ROLE", help="such as readonly"),
            _roles("--on-request", "access to this role requires an approved request"),
            _roles(
                "--emergency",
                "as --on-request, but in an emergency the member can get access"
                " without an approval",
            ),
            _roles("--remove", "remove this role from the grant"),
            argument(
                "--until",
                dest="ends_at",
                type=read_moment,
                metavar="TIME",
                help="when the grant ends, such as friday, 2w or 2026-12-31",
            ),
            YES,
            JSON,
            BROKER,
        ),
        description="A grant that is not over keeps its other roles, and keeps its end unless you"
        " add --until.",
    ),
)
