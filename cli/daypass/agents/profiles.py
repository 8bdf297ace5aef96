"""Keep the profiles of agents in ~/.aws/config, in a marked block of their own.

Each gets its sessions as an agent, even if AWS tools run without the variables that show one.
"""

from __future__ import annotations

import os
import re

from daypass.aws.config import (
    ConfigFile,
    Profile,
    find_block,
    profile_names,
    read_config,
    region_of,
    with_profiles,
    write_config,
)
from daypass.cached import home
from daypass.errors import LocalProblem, UsageProblem
from daypass.machine.files import locked
from daypass.targets import Target

_PREPARED = re.compile(
    r"^\[profile (\S+)\]\r?\ncredential_process = .*? creds (\S+) --broker \S+ --as-agent"
    r"(?: --reason ([^\r\n]+))?\r?$",
    re.MULTILINE,
)


def check_reason(reason: str) -> str:
    """Return the reason without blanks around it.

    Raise UsageProblem for characters that a line of ~/.aws/config does not take as they are. An
    agent may have copied the reason from a text that someone else wrote.
    """
    if not all(character.isalnum() or character in " .,:/_-" for character in reason):
        raise UsageProblem("Use only letters, digits, blanks and . , : / _ - in the reason.")
    return reason.strip()


def write_profile(broker: str, target: Target, reason: str) -> str:
    """Write the target's profile into the agents' block, and keep the profiles of other targets.
    Return the profile's name.

    Raise LocalProblem if the person has a profile of this name outside the block.
    """
    options = ("--as-agent", *(("--reason", reason) if reason else ()))
    profile = Profile("-".join((*target, "agent")), "/".join(target), options)
    with locked(os.path.join(home(), "configure.lock")):
        region = region_of(read_config(broker))  # that of the profiles of `daypass configure`
        old = read_config(_agents_owner(broker))
        profiles = {each.name: each for each in _prepared_profiles(old.block)}
        if profiles.get(profile.name, profile).target != profile.target:
            # acme/prod-admin and acme-prod/admin are two clients' roles.
            profile = profile._replace(name=f"{'.'.join(target)}-agent")
        if profile.name in profile_names(old.before + old.after):
            raise LocalProblem(
                f"{old.path} has a profile {profile.name} of your own. Rename it, and try again."
            )
        profiles[profile.name] = profile
        new = with_profiles(old, _agents_owner(broker), profiles.values(), region)
        if new.text != old.text:
            write_config(old, new)
    return profile.name


def without_agent_profiles(config: ConfigFile, broker: str) -> ConfigFile:
    """Return the file without the broker's profiles of agents."""
    owner = _agents_owner(broker)
    return with_profiles(find_block(config.path, config.text, owner), owner, (), "")


def _agents_owner(broker: str) -> str:
    """Return the owner of the agents' block, which is not the block of `daypass configure`. No
    broker's address has a `#`."""
    return f"{broker}#agents"


def _prepared_profiles(block: str) -> list[Profile]:
    """Return the profiles of the agents' block, as `write_profile` wrote them."""
    return [
        Profile(name, target, ("--as-agent", *(("--reason", reason) if reason else ())))
        for name, target, quoted in _PREPARED.findall(block)
        for reason in [quoted.replace("\\", "").strip('"')]
    ]
