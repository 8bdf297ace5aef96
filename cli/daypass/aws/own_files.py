"""Give a program AWS variables and files of its own, so that no other credentials can win.

AWS tools prefer many sources to a container's credentials: variables, and the default profile of
the person's files with its keys, its SSO, its role or its process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from configparser import Error, RawConfigParser
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from daypass.aws.config import config_path, credentials_path
from daypass.cached import cache_folder
from daypass.machine.files import explaining, make_private_folder

_KEPT = (
    "ca_bundle", "cli_pager", "max_attempts", "output", "region", "retry_mode",
    "use_dualstack_endpoint", "use_fips_endpoint",
)  # fmt: skip
"""The settings of the person's default profile that name no credentials, and that programs need."""
_CREDENTIALS = (
    "aws_access_key_id", "credential_process", "credential_source", "login_session", "role_arn",
    "sso_account_id", "sso_session", "sso_start_url", "web_identity_token_file",
)  # fmt: skip
"""The settings from which a profile takes credentials."""


@contextmanager
def own_files() -> Iterator[dict[str, str]]:
    """Write the AWS config and credentials files for one program. Yield the variables that name
    them. The config file has some settings of the person's default profile, and no credentials.

    The files are in the private folder of the cache. A shell may use the variables after the files
    are gone, and in a shared folder it would then read another user's files. Raise LocalProblem if
    the files cannot be written.
    """
    default = _default_profile(config_path())
    # A value of several lines is a nested section, such as `s3`, and could add other settings.
    kept = {name: default[name] for name in _KEPT if name in default and "\n" not in default[name]}
    lines = [f"{name} = {value}\n" for name, value in kept.items()]
    make_private_folder(cache_folder())
    with explaining("write to", cache_folder()):
        temporary = TemporaryDirectory(prefix=".serve-", dir=cache_folder())
    with temporary as folder:
        config, empty = os.path.join(folder, "config"), os.path.join(folder, "credentials")
        with explaining("write", folder):
            for path, text in ((config, "".join(["[default]\n", *lines])), (empty, "")):
                with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
                    file.write(text)
        yield {
            "AWS_CONFIG_FILE": config,
            "AWS_SHARED_CREDENTIALS_FILE": empty,
            "BOTO_CONFIG": empty,  # otherwise botocore reads ~/.boto and /etc/boto.cfg
        }


def default_credentials() -> list[str]:
    """Return the paths of the AWS files whose default profile has credentials."""
    return [
        path
        for path in (credentials_path(), config_path())
        if any(name in _default_profile(path) for name in _CREDENTIALS)
    ]


def _default_profile(path: str) -> dict[str, str]:
    """Return the settings of the file's default profile, or an empty dict if the file is missing or
    malformed."""
    parser = RawConfigParser(strict=False, delimiters=("=",))
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            parser.read_file(file)
    except (OSError, Error):
        return {}
    # A file can have the default profile under both names. AWS tools differ in which they then
    # read, so read both.
    sections = [name for name in ("profile default", "default") if parser.has_section(name)]
    return {name: value for section in sections for name, value in parser.items(section)}
