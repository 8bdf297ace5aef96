"""Write profiles for AWS tools, and bind folders and short names to roles."""

from __future__ import annotations

import os
import re
from argparse import ArgumentTypeError, Namespace
from difflib import unified_diff
from typing import Any

from daypass.agents.profiles import without_agent_profiles
from daypass.aws.config import (
    ConfigFile,
    Profile,
    credentials_names,
    credentials_path,
    name_profiles,
    profile_owners,
    read_config,
    with_profiles,
    write_config,
)
from daypass.broker import check_address
from daypass.cached import home
from daypass.command import BROKER, Command, argument, region, target_argument
from daypass.errors import UsageProblem
from daypass.machine.files import locked
from daypass.machine.folders import (
    bind_folder,
    find_folder_file,
    read_target,
    store_alias,
    trust,
)
from daypass.machine.logins import connect, require_login
from daypass.roles import find_role
from daypass.targets import SLUG, my_access, parse_target, stored_names
from daypass.terminal.output import printable, warn
from daypass.terminal.picker import can_pick


def _configure(arguments: Namespace) -> None:
    """Write, preview or remove this broker's profiles. Change no other profile."""
    if arguments.remove and arguments.broker:  # also after a logout
        address, access = check_address(arguments.broker), []
    else:
        broker = connect(arguments.broker)
        address = broker.address
        access = [] if arguments.remove else my_access(broker)
    roles = {f"{each['engagement']}/{each['role']}": each for each in access}
    with locked(os.path.join(home(), "configure.lock")):
        old = read_config(address)
        owners = profile_owners(old.before + old.after)  # of the other profiles
        profiles = name_profiles(roles)
        kept = [profile.name for profile in profiles if profile.name in owners]
        profiles = [profile for profile in profiles if profile.name not in owners]
        new = with_profiles(old, address, profiles, arguments.region)
        if arguments.remove:
            new = without_agent_profiles(new, address)
        if arguments.dry_run:
            _show_difference(old, new)
        elif new.text != old.text:
            write_config(old, new)
    for name in kept:
        # An agent's block belongs to ADDRESS#agents.
        owner = f"belongs to {owners[name].partition('#')[0]}" if owners[name] else "is your own"
        warn(f"The profile {name} in {old.path} {owner}, so it was not changed.")
    for name in sorted(credentials_names() & {profile.name for profile in profiles}):
        warn(
            f"Keys under [{name}] in {credentials_path()} override the profile {name}. Delete them."
        )
    if not roles and not arguments.remove:
        print("You have no engagements yet. Ask your lead for a grant.")
    if not arguments.dry_run:
        _report(new, [profile.name for profile in profiles], changed=new.text != old.text)
        _report_use(profiles, roles)


def _show_difference(old: ConfigFile, new: ConfigFile) -> None:
    lines = unified_diff(
        old.text.splitlines(), new.text.splitlines(), old.path, f"{new.path} (new)", lineterm=""
    )
    print("\n".join(map(printable, lines)) or "Nothing would change.")


def _report(config: ConfigFile, names: list[str], *, changed: bool) -> None:
    if not changed:
        print(f"{config.path} is up to date.")
    elif not names:
        print(f"{config.path} no longer has any Daypass profiles.")
    else:
        print(f"{config.path} has these profiles: {', '.join(names)}")


def _report_use(profiles: list[Profile], roles: dict[str, Any]) -> None:
    profiles = [each for each in profiles if roles[each.target]["state"] != "on request"]
    needing = [each.name for each in profiles if roles[each.target]["requires_reason"]]
    others = [each.name for each in profiles if each.name not in needing]
    if needing:
        print(f"Set DAYPASS_REASON to your reason before you use {', '.join(needing)}.")
    if others:
        print(f"Try: aws sts get-caller-identity --profile {others[0]}")


def _use_folder(arguments: Namespace) -> None:
    broker = require_login(arguments.broker).broker
    if arguments.trust:
        path = find_folder_file()
        if not path:
            raise UsageProblem("Neither this folder nor one above it has a .daypass file.")
        text = read_target(path)
        target = parse_target(text)
        trust(path, text, broker)
        print(f"{path} binds its folder to {'/'.join(target)} at {broker}.")
        return
    may_pick = can_pick()
    if arguments.alias and not arguments.target:
        store_alias(arguments.alias, "", broker)
        print(f"{arguments.alias} no longer stands for a role.")
        return
    if not (arguments.target or may_pick):
        raise UsageProblem("Name an engagement, such as acme-prod/readonly. See: daypass ls")
    target = find_role(connect(arguments.broker), arguments.target, may_pick=may_pick)
    if arguments.alias:
        store_alias(arguments.alias, "/".join(target), broker)
        print(f"{arguments.alias} stands for {'/'.join(target)} at {broker}.")
        print(f"Try: daypass exec {arguments.alias} -- aws s3 ls")
        return
    path = bind_folder("/".join(target), broker)
    print(f"{path} binds this folder to {'/'.join(target)} at {broker}.")
    print("The file holds no secret. Commit it, or add .daypass to your .gitignore.")
    print("Try: daypass exec -- aws s3 ls")


def _alias(text: str) -> str:
    """Return the text if it can be a short name: not one that an engagement of yours has."""
    if not re.fullmatch(SLUG, text):
        raise ArgumentTypeError("use only a-z, 0-9 and hyphens in a short name, such as prod")
    if any(each.split("/")[0] == text for each in stored_names("targets")):
        raise ArgumentTypeError(f"{text} is an engagement of yours. Choose another name")
    return text


COMMANDS = (
    Command(
        "configure",
        "Write a profile for each of your roles to ~/.aws/config",
        _configure,
        (
            argument("--dry-run", action="store_true", help="only show what would change"),
            argument("--region", type=region, help="the AWS region to set in the profiles"),
            argument("--remove", action="store_true", help="remove the profiles"),
            BROKER,
        ),
        description="It changes only its own marked block, and keeps a backup next to the file.",
    ),
    Command(
        "use",
        "Bind this folder, or a short name, to an engagement and role",
        _use_folder,
        (
            target_argument("such as acme-prod/readonly"),
            argument(
                "--as",
                dest="alias",
                type=_alias,
                metavar="NAME",
                help="give the role this short name instead. Without a role, remove the name",
            ),
            argument("--trust", action="store_true", help="trust the .daypass file in this folder"),
            BROKER,
        ),
        description="In that folder, you can omit the engagement from creds, env, exec, shell and"
        " console.",
    ),
)
