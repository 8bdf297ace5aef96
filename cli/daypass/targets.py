"""Name engagements and roles: what a person types, what the member may enter, and the names of the
last list, for shell completion and for a broker that does not answer."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import Any, NamedTuple

from daypass.broker import Broker
from daypass.cached import UnsafeFile, home, is_job, read_private_json
from daypass.errors import LocalProblem, UnexpectedAnswer, UsageProblem
from daypass.machine.files import write_private_json
from daypass.terminal.output import progress, shorten

ACCESS = "/v1/access"
SLUG = "[a-z][a-z0-9-]{0,63}"
"""The name of an engagement, of a role or of a member, as a regular expression."""
PATTERNS = {
    "targets": re.compile(f"{SLUG}/{SLUG}"),
    "requests": re.compile(rf"{SLUG}\.[0-9a-v]{{16}}"),
    "engagements": re.compile(SLUG),
    "members": re.compile(SLUG),
}
"""The form of the names of each kind. A shell evaluates the names that it completes, so a name of
another form is neither stored nor offered."""


class Target(NamedTuple):
    """An engagement and one of its roles."""

    engagement: str
    role: str


def parse_target(text: str) -> Target:
    """Return the target that ENGAGEMENT or ENGAGEMENT/ROLE names. The role may be empty.

    Raise UsageProblem for a name that Daypass never gives.
    """
    engagement, _, role = text.partition("/")
    if not all(re.fullmatch(SLUG, each) for each in (engagement or "a", role or "a")):
        raise UsageProblem(
            f"{shorten(text)} is not an engagement. Names have only a-z, 0-9 and hyphens, such as"
            " acme-prod/readonly. Type daypass ls to see yours."
        )
    if not engagement:
        raise UsageProblem("Name an engagement, such as acme-prod/readonly. See: daypass ls")
    return Target(engagement, role)


def parse_role(text: str) -> Target:
    """Return the engagement and role. Raise UsageProblem if the role is missing."""
    target = parse_target(text)
    if not target.role:
        raise UsageProblem("Name the role too, such as acme-prod/deploy.")
    return target


def my_access(broker: Broker) -> list[dict[str, Any]]:
    """Return the roles of the member's grants, and keep them for shell completion."""
    with progress("Reading your access"):
        access = [each for each in broker.list_items(ACCESS, "access") if each["role"]]
    keep_targets(broker, [f"{each['engagement']}/{each['role']}" for each in access])
    return access


def keep_targets(broker: Broker, targets: list[str]) -> None:
    """Keep these for shell completion. Raise UnexpectedAnswer for names that Daypass never gives:
    AWS tools run what a profile says."""
    if not store_names("targets", targets):
        raise UnexpectedAnswer(broker.address, "the names of engagements")


def store_names(kind: str, names: list[str]) -> bool:
    """Store the names of the last list. Return False, and store nothing, if one has another form.

    On a full disk nothing is stored: the list itself is still good. A CI's job stores nothing,
    because the runner's next job may be someone else's.
    """
    if not all(map(PATTERNS[kind].fullmatch, names)):
        return False
    if not is_job():
        with suppress(LocalProblem):
            write_private_json(_path(kind), names)
    return True


def stored_names(kind: str) -> list[str]:
    """Return the names of the last list. On a CI's runner they would be someone else's."""
    try:
        names = None if is_job() else read_private_json(_path(kind))
    except UnsafeFile:
        return []
    if not isinstance(names, list):
        return []
    return [each for each in names if isinstance(each, str) and PATTERNS[kind].fullmatch(each)]


def _path(kind: str) -> str:
    return os.path.join(home(), f"{kind}.json")
