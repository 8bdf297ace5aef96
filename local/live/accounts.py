"""The two sandbox accounts: the operator's credentials, and the permission to use the accounts."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.endpoint import Endpoint

PERMIT = "/daypass/sandbox"
"""The parameter of Parameter Store that permits `make live` in an account. Its value is the
account's ID."""
ADMINISTRATOR = "sandbox-administrator"
"""The IAM user of the operator on the local AWS, where no policy limits the root user."""
_AWS_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
_NOT_INHERITED = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "REGION",
    # The settings of `make live` itself, which `make deploy` does not know.
    "MAKEFLAGS",
    "MAKELEVEL",
    "MAKEOVERRIDES",
    "MFLAGS",
)


class NotPermitted(Exception):
    """`make live` must not use this account. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """An AWS account, with an administrator's credentials."""

    id: str
    region: str
    environment: Mapping[str, str]
    """The environment of commands that run with these credentials."""
    make_client: Callable[[str, str, Sequence[str]], Any]

    def client(self, service: str, region: str = "", keys: Sequence[str] = ()) -> Any:
        """Return a client of the service, in the account's region by default.

        `keys` are other credentials than the administrator's: the key's ID, the secret key and the
        session token.
        """
        return self.make_client(service, region or self.region, keys)


def open_profile(profile: str) -> Account:
    """Return the account of a profile in ~/.aws/config.

    Raise NotPermitted if the profile does not work, or leads to another place than AWS.
    """
    try:
        session = botocore.session.Session(profile=profile)
        region = session.get_config_variable("region")
        if not region:
            raise NotPermitted(f"The profile {profile} has no region.")
        sts = session.create_client("sts", region_name=region)
        host = urlsplit(sts.meta.endpoint_url).hostname or ""
        if not host.endswith(_AWS_DOMAINS):
            raise NotPermitted(
                f"The profile {profile} calls {host}, which is not AWS. Remove the setting"
                " endpoint_url, and the variable AWS_ENDPOINT_URL. For a local AWS, use LOCAL=1."
            )
        account = sts.get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as failure:
        raise NotPermitted(f"The profile {profile} does not work: {failure}") from None

    def make_client(service: str, region: str, keys: Sequence[str]) -> Any:
        return session.create_client(service, region, **_key_arguments(keys))

    environment = build_environment(os.environ, profile, region)
    return Account(account, region, environment, make_client)


def build_environment(inherited: Mapping[str, str], profile: str, region: str) -> dict[str, str]:
    """Return the environment of commands that use the profile, and no other credentials."""
    environment = {name: text for name, text in inherited.items() if name not in _NOT_INHERITED}
    return environment | {"AWS_PROFILE": profile, "AWS_REGION": region}


def _key_arguments(keys: Sequence[str]) -> dict[str, str]:
    names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    return dict(zip(names, keys, strict=False))


def open_local(aws: Endpoint, account: str, aws_cli: str) -> Account:
    """Return an account of the local AWS, with an administrator who is not the root user."""
    iam = aws.as_root(account, "iam")
    try:
        iam.create_user(UserName=ADMINISTRATOR)
    except iam.exceptions.EntityAlreadyExistsException:
        for key in iam.list_access_keys(UserName=ADMINISTRATOR)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=ADMINISTRATOR, AccessKeyId=key["AccessKeyId"])
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=ADMINISTRATOR, PolicyName="all", PolicyDocument=policy)
    key = iam.create_access_key(UserName=ADMINISTRATOR)["AccessKey"]
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_DEFAULT_REGION": aws.region,
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CLI": aws_cli,
        "NO_PROXY": "127.0.0.1,localhost",
    }
    own = (key["AccessKeyId"], key["SecretAccessKey"])

    def make_client(service: str, region: str, keys: Sequence[str]) -> Any:
        identifier, secret, *token = keys or own
        return Endpoint(aws.url, region).client(
            service,
            access_key_id=identifier,
            secret_access_key=secret,
            session_token=token[0] if token else None,
            config=Config(retries={"total_max_attempts": 1}),
        )

    return Account(account, aws.region, environment, make_client)


def require_permit(account: Account) -> None:
    """Raise NotPermitted unless the account's owner has permitted `make live` there."""
    ssm = account.client("ssm")
    try:
        value = ssm.get_parameter(Name=PERMIT)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        value = None
    except (BotoCoreError, ClientError) as failure:
        raise NotPermitted(f"Cannot read {PERMIT} in {account.id}: {failure}") from None
    if value == account.id:
        return
    problem = "does not exist" if value is None else f"is not {account.id}"
    raise NotPermitted(
        f"The parameter {PERMIT} {problem} in the account {account.id}, {account.region}, so"
        " Daypass changes nothing there. If the account may be filled and emptied, permit it: aws"
        f" ssm put-parameter --name {PERMIT} --type String --value {account.id} --region"
        f" {account.region}"
    )


def permit(aws: Endpoint, account: str) -> None:
    """Permit `make live` in an account of the local AWS."""
    ssm = aws.as_root(account, "ssm")
    ssm.put_parameter(Name=PERMIT, Type="String", Value=account, Overwrite=True)
