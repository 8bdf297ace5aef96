"""Delete all of Daypass in an account, after the operator has typed the account's ID."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from operating import stacks
from operating.aws_cli import Aws
from operating.console import Stop, say
from operating.stacks import APP, FOUNDATION, Stack
from operating.uninstalling import inventory, records
from operating.uninstalling.inventory import KINDS, Account, Kind

if TYPE_CHECKING:
    from chalicelib.usecases.onboarding.broker_policies import RemovableRole

Leftovers = list[tuple[Kind, list[str]]]


def destroy_everything(aws: Aws) -> None:
    """List what is deleted, ask, save the trail, and delete it all. A run continues what an earlier
    one left. Raise Stop if the account is another one, or if the operator declines."""
    identity = aws("sts", "get-caller-identity")
    account = Account(aws, identity["Account"], identity["Arn"].split(":")[1])
    refuse_other_account(account.id)
    folder = records.read_export_folder()
    app, foundation = (_find_settled(aws, name) for name in (APP, FOUNDATION))
    leftovers = find_leftovers(account)
    _require_daypass(account, [app, foundation], leftovers)
    tables = inventory.find_tables(account)
    roles = records.read_clients_roles(account) if records.STATE_TABLE in tables else []
    _announce(account, [app, foundation], leftovers, roles)
    saved = _announce_export(folder, tables)
    _confirm(account)
    try:
        if app:
            _delete_stack(aws, app)
        if saved:
            _save(account, saved, roles)
        if foundation:
            _delete_stack(aws, foundation)
        _delete_leftovers(account)
    except KeyboardInterrupt:
        raise Stop(
            "The command was interrupted. Part of Daypass may be deleted. Run the same command"
            " again: it deletes the rest."
        ) from None
    _report(account)


def refuse_other_account(account: str) -> None:
    """Raise Stop if ACCOUNT is set to another account's ID."""
    expected = os.environ.get("ACCOUNT")
    if expected and expected != account:
        raise Stop(
            f"Your credentials are for the account {account}, and ACCOUNT is {expected}. Nothing"
            " was changed."
        )


def _find_settled(aws: Aws, name: str) -> Stack | None:
    """Return the stack once it no longer changes, or None if there is none."""
    stack = stacks.find_stack(aws, name)
    if stack and stack.is_changing:
        stack = stacks.wait_until_settled(aws, stack)
    return stack if stack and stack.status != "DELETE_COMPLETE" else None


def find_leftovers(account: Account) -> Leftovers:
    """Return the names of what is there of each kind, in the order of deletion."""
    return [(kind, kind.find(account)) for kind in KINDS]


def _require_daypass(account: Account, existing: list[Stack | None], leftovers: Leftovers) -> None:
    """Raise Stop if Daypass is not in this region. Roles do not show that: they have none."""
    names = {kind.find: names for kind, names in leftovers}
    if any(existing) or names[inventory.find_tables] or names[inventory.find_buckets]:
        return
    region = account.aws.region
    if names[inventory.find_roles]:
        raise Stop(
            f"Daypass is not in {region}, but its roles exist. Set the region that it is in, as in"
            " REGION=eu-central-1. Nothing was changed."
        )
    raise Stop(f"There is nothing of Daypass in {region} in the account {account.id}.")


def _announce(
    account: Account,
    existing: Iterable[Stack | None],
    leftovers: Leftovers,
    roles: list[RemovableRole],
) -> None:
    """Print everything that is deleted, and what clients can delete then."""
    aws = account.aws
    say(f"This deletes all of Daypass in {aws.region} of the account {account.id}, for ever:")
    for stack in filter(None, existing):
        say(f"the stack {stack.name}, with")
        retained = stacks.list_retained_ids(aws, stack) if stack.exists else []
        listed = stacks.list_resources(aws, stack)
        for line in stacks.list_by_type(
            [it for name, it in listed.items() if name not in retained]
        ):
            say(line)
    for kind, names in leftovers:
        if names:
            say(f"{kind.label}:")
            say(f"  ({len(names)}) {', '.join(names)}")
    say()
    for line in _describe_roles(roles):
        say(line)
    say("Sessions that AWS has issued stay valid until they expire, for an hour at most.")


def _describe_roles(roles: list[RemovableRole]) -> Iterable[str]:
    """Yield lines on the roles that clients can delete, and on the grants in force."""
    if not roles:
        yield "The records name no client's role."
        return
    yield (
        "Afterwards no one can use these roles at your clients through Daypass. Tell each client:"
        " they can delete a role that they made for Daypass. From any other role's trust policy,"
        " they can remove daypass-broker."
    )
    for role in roles:
        access = f"; grants in force: {', '.join(role.members)}" if role.members else ""
        yield f"  {role.engagement} ({role.client}): {role.arn}{access}"
        if role.cut_off_role:
            yield f"    and its cut-off role {role.cut_off_role}"


def _announce_export(folder: Path | None, tables: list[str]) -> Path | None:
    """Say what is saved, and return the folder for it, or None if nothing is."""
    if records.TRAIL_TABLE not in tables:
        say("There is no trail to save, because an earlier run has deleted it.")
        return None
    if folder is None:
        say("The trail is deleted without a copy (EXPORT=none).")
    else:
        say(f"First the trail is saved in {folder}. If that fails, the records are not deleted.")
    return folder


def _confirm(account: Account) -> None:
    """Raise Stop unless ACCOUNT is set, or the operator types the account's ID."""
    if os.environ.get("ACCOUNT") == account.id:
        say(f"ACCOUNT={account.id} confirms this.")
        return
    print("Type the account's ID to delete all of this: ", end="", flush=True)
    if sys.stdin.readline().strip() != account.id:
        raise Stop(
            "This is not the account's ID. Nothing was changed. Without a terminal, set ACCOUNT to"
            " the ID. YES=1 is not enough."
        )


def _save(account: Account, folder: Path, roles: list[RemovableRole]) -> None:
    """Save the records. The app's stack is deleted by now, so that nothing more is recorded."""
    say("Saving the trail")
    records.save_trail(account, folder)
    records.save_clients_roles(roles, folder)
    for bucket in inventory.find_buckets(account):
        if bucket.startswith("daypass-digests-"):
            records.save_signed_files(account, bucket, folder)


def _delete_stack(aws: Aws, stack: Stack) -> None:
    """Turn the stack's termination protection off, and delete it. What it retains stays for now."""
    say(f"Deleting the stack {stack.name}")
    if stack.is_protected:
        aws(
            "cloudformation",
            "update-termination-protection",
            "--no-enable-termination-protection",
            stack_name=stack.name,
        )
    stacks.delete_stack(aws, stack)


def _delete_leftovers(account: Account) -> None:
    """Delete what the stacks left, and collect what AWS keeps for now."""
    for kind in KINDS:
        for name in kind.find(account):
            say(f"  Deleting {name}")
            kind.delete(account, name)
    inventory.add_kept_backups(account)


def _report(account: Account) -> None:
    if not account.kept:
        say(f"Nothing of Daypass is left in {account.aws.region} of the account {account.id}.")
        return
    say(f"Daypass is deleted in {account.aws.region} of the account {account.id}. AWS still keeps:")
    for sentence in account.kept:
        say(f"  {sentence}")
