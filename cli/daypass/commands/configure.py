"""Write profiles for AWS tools, and bind folders to engagements."""

from __future__ import annotations

import os
from argparse import Namespace
from difflib import unified_diff

from daypass.agents.profiles import remove_profiles
from daypass.aws.config import (
    ConfigFile,
    config_path,
    credentials_names,
    credentials_path,
    name_profiles,
    profile_names,
    read_config,
    with_profiles,
    write_config,
)
from daypass.cached import home
from daypass.command import BROKER, Command, argument
from daypass.errors import UsageProblem
from daypass.machine.files import locked
from daypass.machine.folders import bind_folder, find_folder_file, trust
from daypass.machine.logins import connect, require_login
from daypass.sessions import choose_role, my_engagements, parse_target
from daypass.terminal.output import warn

_GROUP = "Set-up"


def _configure(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    engagements = [] if arguments.remove else my_engagements(broker)
    reasonless = {
        f"{each['id']}/{role['name']}": not role["requires_reason"]
        for each in engagements
        for role in each["roles"]
    }
    with locked(os.path.join(home(), "configure.lock")):
        old = read_config(broker.address)
        taken = profile_names(old.before + old.after)
        profiles = name_profiles(reasonless)
        kept = [profile for profile in profiles if profile.name in taken]
        profiles = [profile for profile in profiles if profile.name not in taken]
        new = with_profiles(old, broker.address, profiles, arguments.region)
        if arguments.dry_run:
            _show_difference(old, new)
        elif new.text != old.text:
            write_config(old, new)
        if arguments.remove and not arguments.dry_run:
            remove_profiles(broker.address)
    for profile in kept:
        warn(f"{config_path()} has a profile {profile.name} of your own, which stays as it is.")
    for name in sorted(credentials_names() & {profile.name for profile in profiles}):
        warn(
            f"Keys under [{name}] in {credentials_path()} override the profile {name}. Delete them."
        )
    if not arguments.dry_run:
        profiles.sort(key=lambda profile: not reasonless[profile.target])  # for the example
        _report(new, [profile.name for profile in profiles], changed=new.text != old.text)


def _show_difference(old: ConfigFile, new: ConfigFile) -> None:
    lines = unified_diff(
        old.text.splitlines(), new.text.splitlines(), old.path, f"{new.path} (new)", lineterm=""
    )
    text = "\n".join(lines)
    print(text.encode("utf-8", "replace").decode() or "Nothing would change.")


def _report(config: ConfigFile, names: list[str], *, changed: bool) -> None:
    if not changed:
        print(f"{config.path} is up to date.")
    elif not names:
        print(f"{config.path} has no profiles of Daypass's any more.")
    else:
        print(f"{config.path} has these profiles: {', '.join(sorted(names))}")
    if names:
        print(f"Try: aws sts get-caller-identity --profile {names[0]}")


def _use_folder(arguments: Namespace) -> None:
    if arguments.trust:
        path = find_folder_file()
        if not path:
            raise UsageProblem("Neither this folder nor one above it has a .daypass file.")
        print(f"{path} binds its folder to {trust(path)}.")
        return
    if not arguments.target:
        raise UsageProblem("Name an engagement, such as acme-prod/readonly. See: daypass ls")
    require_login(arguments.broker)
    target = parse_target(arguments.target)
    if not target.role:
        target = choose_role(connect(arguments.broker), target)
    path = bind_folder("/".join(target))
    print(f"{path} binds this folder to {'/'.join(target)}. Try: daypass exec -- aws s3 ls")


COMMANDS = (
    Command(
        "configure",
        "Write a profile for each of your roles to ~/.aws/config",
        _configure,
        (
            argument("--dry-run", action="store_true", help="only show what would change"),
            argument("--region", default="", help="the region of the profiles"),
            argument("--remove", action="store_true", help="remove the profiles"),
            BROKER,
        ),
        group=_GROUP,
        description="It changes only its own marked block, and keeps a backup beside the file.",
    ),
    Command(
        "use",
        "Bind this folder to an engagement and role",
        _use_folder,
        (
            argument(
                "target",
                nargs="?",
                default="",
                metavar="ENGAGEMENT[/ROLE]",
                completes="targets",
                help="such as acme-prod/readonly",
            ),
            argument("--trust", action="store_true", help="trust the .daypass file that is here"),
            BROKER,
        ),
        group=_GROUP,
        description="In the folder, creds, env, exec, shell and console need no engagement.",
    ),
)
