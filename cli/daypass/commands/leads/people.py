"""Let people in, suspend no longer, and see them off when they leave the firm."""

from __future__ import annotations

from argparse import Namespace
from datetime import datetime, timezone
from typing import Any

from daypass.broker import Broker, segment
from daypass.command import BROKER, JSON, YES, Command, argument
from daypass.commands.leads.arguments import ENGAGEMENT, GROUP, MEMBER
from daypass.errors import Refused, UsageProblem
from daypass.machine.logins import connect
from daypass.terminal.output import confirm, print_json, printable
from daypass.terminal.times import api_time, parse_api_time, parse_moment, show_moment

_UNTIL = argument("--until", default="", help="such as friday, 2w or 2026-12-31")


def _invite(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    member = _find_member(broker, arguments.member)
    name, kind = arguments.name or arguments.member.capitalize(), arguments.kind or "member"
    if member is None:
        effect = f"This creates {kind} {arguments.member} ({name})"
    elif arguments.name or arguments.kind:
        raise UsageProblem(
            f"{member_text(member)} exists already. Leave out --name and --kind to make a new code."
        )
    else:
        effect = f"This makes an enrolment code for {member_text(member)}"
    effect += ". The code works once, within 24 hours, and replaces an earlier one."
    if not confirm(effect, yes=arguments.yes):
        return
    if member is None:
        body = {"id": arguments.member, "name": name, "kind": kind}
        enrolment = broker.post("/v1/members", body)["enrolment"]
    else:
        enrolment = broker.post(f"/v1/members/{segment(arguments.member)}/enrolment")
    if arguments.json:
        print_json(enrolment)
        return
    print("Send these two lines to this person only. The code is shown only now.\n")
    print(f"daypass login {broker.address}")
    print(enrolment["code"])


def _find_member(broker: Broker, member: str) -> dict[str, Any] | None:
    try:
        return dict(broker.get(f"/v1/members/{segment(member)}"))
    except Refused as error:
        if error.reason != "no-such-member":
            raise
        return None


def member_text(member: dict[str, Any]) -> str:
    state = ", suspended" if member["suspended_at"] else ""
    return f"{printable(member['name'])} ({member['id']}, {member['kind']}{state})"


def _grant(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    engagement = broker.get(f"/v1/engagements/{segment(arguments.engagement)}")
    member = broker.get(f"/v1/members/{segment(arguments.member)}")
    base = f"/v1/engagements/{segment(arguments.engagement)}/grants"
    before = next(
        (each for each in broker.pages(base, "grants") if _is_current(each, member)), None
    )
    after = _change_grant(before or {"ends_at": engagement["ends_at"]}, arguments)
    changes = {
        name: after[name] for name in after if before is None or _differs(before, after, name)
    }
    if before is not None and not changes:
        unchanged = f"That is so already: {_grant_text(before)}."
        print_json(before) if arguments.json else print(unchanged)
        return
    account = f"{engagement['id']} ({printable(engagement['client'])}, {engagement['account_id']})"
    if before is None:
        effect = (
            f"This lets {member_text(member)} get sessions of {', '.join(after['roles'])} in"
            f" {account}, until {show_moment(after['ends_at'])}. "
        )
    else:
        effect = (
            f"This changes the grant of {member_text(member)} for {account}.\n"
            f"  before  {_grant_text(before)}\n"
            f"  after   {_grant_text(after)}\n"
        )
    if not confirm(f"{effect}{_limits_text(after)}".strip(), yes=arguments.yes):
        return
    if before is not None:
        grant = broker.patch(f"{base}/{segment(member['id'])}", changes)
    else:
        grant = broker.post(base, {"member": member["id"], **changes})
    if arguments.json:
        print_json(grant)
    else:
        print(f"Granted until {show_moment(grant['ends_at'])}.")
        if after["on_request"]:
            print(f"To see who approves requests: daypass approvals {arguments.engagement}")


def _change_grant(before: dict[str, Any], arguments: Namespace) -> dict[str, Any]:
    """Return the grant's roles and end after the change. What the arguments do not name stays.

    A role on request is one of the roles, and so is a role that the member may open in an
    emergency, which is on request too. A role that is named again gets the new conditions only.
    """
    emergency = list(arguments.emergency)
    on_request = [*arguments.on_request, *emergency]
    listed = [*arguments.roles, *on_request]
    roles = [
        role
        for role in dict.fromkeys([*(before.get("roles") or ()), *listed])
        if role not in arguments.remove
    ]
    if not roles:
        raise UsageProblem(
            "No role is left. To end the grant: daypass revoke grant MEMBER ENGAGEMENT --reason …"
            if arguments.remove
            else "Name a role, such as readonly, or --on-request deploy."
        )

    def keep(field: str, chosen: list[str]) -> list[str]:
        kept = [role for role in before.get(field) or () if role not in listed]
        return [role for role in roles if role in (*chosen, *kept)]

    ends_at = api_time(parse_moment(arguments.until)) if arguments.until else before["ends_at"]
    return {
        "roles": roles,
        "on_request": keep("on_request", on_request),
        "emergency": keep("emergency", emergency),
        "ends_at": ends_at,
    }


def _differs(before: dict[str, Any], after: dict[str, Any], field: str) -> bool:
    """Return whether the field of the grant changes. The order of roles means nothing."""
    if field == "ends_at":
        return bool(before[field] != after[field])
    return set(before.get(field) or ()) != set(after[field])


def _grant_text(grant: dict[str, Any]) -> str:
    return f"{describe_roles(grant)}, until {show_moment(grant['ends_at'])}"


def _limits_text(roles: dict[str, list[str]]) -> str:
    """Return sentences about the roles that are on request; empty if there are none."""
    on_request, emergency = ", ".join(roles["on_request"]), ", ".join(roles["emergency"])
    sentences = [f"They get {on_request} only after a request is approved."] if on_request else []
    if emergency:
        sentences.append(
            f"In an emergency they can open {emergency} themself, for an hour at most. Every lead"
            " hears of it."
        )
    return " ".join(sentences)


def describe_roles(grant: dict[str, Any]) -> str:
    """Return the grant's roles, with a note for those that it does not open by itself."""
    notes = dict.fromkeys(grant.get("on_request") or (), " (on request)")
    notes.update(dict.fromkeys(grant.get("emergency") or (), " (on request or in an emergency)"))
    return ", ".join(f"{role}{notes.get(role, '')}" for role in grant["roles"])


def _is_current(grant: dict[str, Any], member: dict[str, Any]) -> bool:
    """Return whether the grant is the member's and in force now or later. One that is over keeps
    nothing: its roles would come back unseen."""
    is_over = parse_api_time(grant["ends_at"]) <= datetime.now(timezone.utc)
    return bool(grant["member"] == member["id"] and grant["revoked_at"] is None and not is_over)


def _reinstate(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    member = broker.get(f"/v1/members/{segment(arguments.member)}")
    effect = (
        f"This reinstates {member_text(member)}. Their grants count again, but their tokens stay"
        " revoked. To log in, they need a new code (daypass invite)."
    )
    if confirm(effect, yes=arguments.yes):
        broker.post(f"/v1/members/{segment(arguments.member)}/reinstate")
        print(f"{arguments.member} is reinstated. Next: daypass invite {arguments.member}")


COMMANDS = (
    Command(
        "invite",
        "Create a member, or make a new enrolment code for one",
        _invite,
        (
            MEMBER,
            argument("--name", default="", help="the person's name, such as 'Bob Berg'"),
            argument(
                "--kind", default="", choices=("member", "lead", "auditor"), help="default: member"
            ),
            YES,
            JSON,
            BROKER,
        ),
        group=GROUP,
    ),
    Command(
        "grant",
        "Let a member into an engagement, until a date",
        _grant,
        (
            MEMBER,
            ENGAGEMENT,
            argument("roles", nargs="*", default=[], metavar="ROLE", help="such as readonly"),
            argument(
                "--on-request",
                action="append",
                default=[],
                metavar="ROLE",
                help="they have no access to this role until a request is approved",
            ),
            argument(
                "--emergency",
                action="append",
                default=[],
                metavar="ROLE",
                help="on request, and in an emergency they may open it themself",
            ),
            argument(
                "--remove",
                action="append",
                default=[],
                metavar="ROLE",
                help="take this role out of the grant",
            ),
            _UNTIL,
            YES,
            JSON,
            BROKER,
        ),
        group=GROUP,
        description="A grant that exists keeps the roles and the end that you do not name.",
    ),
    Command("reinstate", "Reinstate a suspended member", _reinstate, (MEMBER, YES, BROKER), GROUP),
)
