"""Show and change approval policies: the approvers of a role's requests, and their limits."""

from __future__ import annotations

import re
from argparse import BooleanOptionalAction, Namespace
from typing import Any

from daypass.broker import Broker, segment
from daypass.command import BROKER, JSON, WHY, YES, Argument, Command, argument, duration_argument
from daypass.commands.requests.deciding import confirm_emergency
from daypass.errors import UsageProblem
from daypass.json_object import JsonObject
from daypass.machine.logins import connect
from daypass.targets import SLUG, Target, parse_target
from daypass.terminal.output import confirm, print_json, print_text, progress
from daypass.terminal.times import show_duration


def _show_or_change(arguments: Namespace) -> None:
    """Change the policy if the arguments change something, after a confirmation. Print the policy
    as it is then."""
    target = parse_target(arguments.target)
    broker, path = connect(arguments.broker), _policy_path(target)
    with progress("Reading the approval policy"):
        policy = broker.get(path)
    changes = _list_changes(policy, arguments)
    if changes:
        shown = (f"  {name.replace('_', ' ')}: {_text(value)}" for name, value in changes.items())
        effect = (
            f"This changes the approval policy for {_name(target)}. Current"
            f" policy:\n{_describe(policy)}\n"
            + "\n".join(["Changes:", *shown, "Daypass notifies every lead."])
        )
        if not confirm(effect, yes=arguments.yes):
            return
        policy = broker.patch(path, changes)
    _print(broker, policy, target, arguments)


def _policy_path(target: Target) -> str:
    engagement = f"/v1/engagements/{segment(target.engagement)}"
    role = f"/roles/{segment(target.role)}" if target.role else ""
    return f"{engagement}{role}/approval-policy"


def _name(target: Target) -> str:
    if target.role:
        return f"{target.engagement}/{target.role}"
    return f"all roles of {target.engagement} without their own policy"


def _list_changes(policy: JsonObject, arguments: Namespace) -> JsonObject:
    """Return the policy's fields that the arguments change."""
    if arguments.nobody:
        return {"leads": False, "members": [], "people": 0, "client": False}
    sent = {name: getattr(arguments, name) for name in _FIELDS}
    changes = {name: value for name, value in sent.items() if value not in (None, "")}
    if "members" in changes:
        changes["members"] = _parse_members(arguments.members)
    # A policy that lets people approve has to say how many of them must.
    has_people = changes.get("leads", policy["leads"]) or changes.get("members", policy["members"])
    if has_people and not policy["people"] and {"leads", "members"} & changes.keys():
        changes.setdefault("people", 1)
    return changes


def _parse_members(text: str) -> list[str]:
    """Return the members in a text such as `bob,carol`. For the text `none`, return no member."""
    names = [] if text == "none" else [name.strip() for name in text.split(",")]
    if not all(re.fullmatch(SLUG, name) for name in names):
        raise UsageProblem(
            "Separate the members with commas, as in --by bob,carol, or use --by none."
        )
    return names


def _print(broker: Broker, policy: JsonObject, target: Target, arguments: Namespace) -> None:
    """Print the policy. For an engagement, also print the policies of roles that have their own."""
    if arguments.json:
        print_json(policy)
        return
    # A role without a policy of its own has the engagement's, which names no role.
    is_inherited = target.role and not policy["role"]
    origin = f" (the policy of {target.engagement})" if is_inherited else ""
    print(f"Requests for {_name(target)}{origin}:")
    print_text(_describe(policy))
    for own in [] if target.role else _read_own_policies(broker, target.engagement):
        print(f"Requests for {target.engagement}/{own['role']}, which has its own policy:")
        print_text(_describe(own))


def _read_own_policies(broker: Broker, engagement: str) -> list[JsonObject]:
    """Return the policies of the engagement's roles in use that have one of their own."""
    with progress("Reading the roles' approval policies"):
        roles = list(broker.list_items(f"/v1/engagements/{segment(engagement)}/roles", "roles"))
        names = [role["name"] for role in roles if role["ended_at"] is None]
        policies = [broker.get(_policy_path(Target(engagement, name))) for name in names]
    return [policy for policy in policies if policy["role"]]


def _describe(policy: JsonObject) -> str:
    return "\n".join(f"  {line}" for line in policy["lines"])


def _text(value: Any) -> str:
    """Return a changed value for a person. The only numbers above 2 are seconds."""
    if isinstance(value, list):
        return ", ".join(value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    is_seconds = isinstance(value, int) and value > 2
    return show_duration(value) if is_seconds else str(value)


def _yes_or_no(name: str, stored_as: str, help: str) -> Argument:
    """Return an argument `--name`, which `--no-name` takes back."""
    return argument(name, dest=stored_as, action=BooleanOptionalAction, default=None, help=help)


_FIELDS = (
    "leads", "members", "people", "client", "sensitive", "first_approver", "others_after",
    "answer_within", "longest", "ticket_pattern", "ticket_url", "notify_client_of_emergencies",
)  # fmt: skip
COMMANDS = (
    Command(
        "approvals",
        "Show or change who approves requests",
        _show_or_change,
        (
            argument(
                "target",
                metavar="ENGAGEMENT[/ROLE]",
                completes="targets",
                help="such as acme-prod, or acme-prod/deploy for one role",
            ),
            _yes_or_no("--by-leads", "leads", "every lead may approve"),
            argument(
                "--by",
                dest="members",
                metavar="MEMBERS",
                help="the members who may approve, such as bob,carol, or none",
            ),
            argument(
                "--people",
                type=int,
                default=None,
                choices=(1, 2),
                help="how many different people must approve",
            ),
            _yes_or_no("--client", "client", "an approver at the client must also approve"),
            argument("--nobody", action="store_true", help="allow no requests"),
            _yes_or_no("--sensitive", "sensitive", "refuse approvals through a Slack button"),
            duration_argument("how long a request waits for a decision", "--answer-within"),
            duration_argument("the longest access that a request can get", "--longest"),
            argument(
                "--ticket",
                dest="ticket_pattern",
                metavar="PATTERN",
                help="the format of required tickets, such as OPS-#",
            ),
            argument(
                "--ticket-url",
                metavar="URL",
                help="the address of a ticket, with {ticket} as the placeholder",
            ),
            argument(
                "--first",
                dest="first_approver",
                metavar="MEMBER",
                help="the member to notify of a request first",
            ),
            duration_argument("how much later the others are notified", "--others-after"),
            _yes_or_no(
                "--tell-client",
                "notify_client_of_emergencies",
                "notify the client of emergencies",
            ),
            YES,
            JSON,
            BROKER,
        ),
    ),
    Command(
        "confirm-emergency",
        "Confirm that you have reviewed what a member did during an emergency",
        confirm_emergency,
        (
            argument(
                "request",
                metavar="REQUEST",
                help="the request's ID, from the alert; daypass requests shows the request",
            ),
            WHY,
            YES,
            JSON,
            BROKER,
        ),
    ),
)
