"""The environment, read once. A bad setting stops the start, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class BadSettings(Exception):
    """Daypass cannot start with this environment."""


class Settings(Struct, frozen=True, kw_only=True):
    """What a deployment tells the function."""

    state_table: str
    trail_table: str
    account_id: str
    partition: str
    region: str
    firm_name: str
    """What clients call the firm, on one line. May be empty."""
    other_accounts: tuple[str, ...]
    """The firm's AWS accounts besides `account_id`. May be empty."""
    organization_id: str
    """The firm's organization in AWS. May be empty."""
    template_bucket: str
    """Where the templates lie that clients launch from the console. Empty: there is none."""


_WANTED = {
    "state_table": ("DAYPASS_STATE_TABLE", r"[A-Za-z0-9_.-]{3,255}"),
    "trail_table": ("DAYPASS_TRAIL_TABLE", r"[A-Za-z0-9_.-]{3,255}"),
    "account_id": ("DAYPASS_ACCOUNT_ID", r"[0-9]{12}"),
    "partition": ("DAYPASS_PARTITION", r"aws(-[a-z]+)*"),
    "other_accounts": ("DAYPASS_OTHER_ACCOUNTS", r"([0-9]{12}(,[0-9]{12}){0,49})?"),
    "organization_id": ("DAYPASS_ORGANIZATION_ID", r"(o-[a-z0-9]{10,32})?"),
    "region": ("AWS_REGION", r"[a-z0-9-]{5,32}"),
    "template_bucket": ("DAYPASS_TEMPLATE_BUCKET", r"([a-z0-9][a-z0-9-]{1,61}[a-z0-9])?"),
    "firm_name": ("DAYPASS_FIRM_NAME", r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{0,80}"),
}


def settings(environment: Mapping[str, str]) -> Settings:
    """The settings, or BadSettings that names the first variable that is missing or wrong."""
    values: dict[str, Any] = {}
    for name, (variable, pattern) in _WANTED.items():
        value = environment.get(variable, "")
        if re.fullmatch(pattern, value, re.ASCII) is None:
            problem = "is not set" if not value else "has a value that cannot be right"
            raise BadSettings(f"The environment variable {variable} {problem}.")
        values[name] = value
    values["other_accounts"] = tuple(filter(None, values["other_accounts"].split(",")))
    return Settings(**values)
