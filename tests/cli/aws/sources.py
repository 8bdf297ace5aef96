"""Every way in which an AWS tool finds credentials that are not the served session's."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

KEYS = "aws_access_key_id = AKIAOTHER\naws_secret_access_key = other\n"
DOCUMENT = {"Version": 1, "AccessKeyId": "AKIAOTHER", "SecretAccessKey": "other"}


def _write(home: Path, name: str, text: str) -> str:
    path = home / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return str(path)


def _default(text: str) -> Callable[[Path], dict[str, str]]:
    """Return a function that writes a default profile with this text into the configuration."""
    return _file("AWS_CONFIG_FILE", "config", f"[default]\n{text}")


def _file(variable: str, name: str, text: str) -> Callable[[Path], dict[str, str]]:
    """Return a function that writes this file, and returns the variable that names it."""
    return lambda home: {variable: _write(home, f".aws/{name}", text)}


def _web_identity(home: Path) -> dict[str, str]:
    return {
        "AWS_ROLE_ARN": "arn:aws:iam::111111111111:role/Other",
        "AWS_WEB_IDENTITY_TOKEN_FILE": _write(home, ".aws/token", "x.y.z"),
        "AWS_ROLE_SESSION_NAME": "other",
    }


def _profile(home: Path) -> dict[str, str]:
    text = f"[profile other]\n{KEYS}"
    path = _write(home, ".aws/config", text)
    return {"AWS_CONFIG_FILE": path, "AWS_PROFILE": "other", "AWS_DEFAULT_PROFILE": "other"}


def _boto_file(home: Path) -> dict[str, str]:
    _write(home, ".boto", f"[Credentials]\n{KEYS}")
    return {}


_ROLE = "role_arn = arn:aws:iam::111111111111:role/Other\nsource_profile = other\n"
_PROCESS = f"credential_process = echo '{json.dumps(DOCUMENT)}'\n"
_SSO = (
    "sso_start_url = https://other.example/start\nsso_region = eu-west-1\n"
    "sso_account_id = 111111111111\nsso_role_name = Other\n"
)
SOURCES: dict[str, Callable[[Path], dict[str, str]]] = {
    "keys in the credentials file": _file(
        "AWS_SHARED_CREDENTIALS_FILE", "credentials", f"[default]\n{KEYS}"
    ),
    "keys in the configuration": _default(KEYS),
    "a process in the configuration": _default(_PROCESS),
    "SSO in the configuration": _default(_SSO),
    "a role in the configuration": _default(f"{_ROLE}[profile other]\n{KEYS}"),
    "a login in the configuration": _default("login_session = arn:aws:iam::111111111111:user/o\n"),
    "a web identity": _web_identity,
    "a container's path": lambda _: {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/other"},
    "a container's token": _file("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "token", "other"),
    "keys in variables": lambda _: {
        "AWS_ACCESS_KEY_ID": "AKIAOTHER",
        "AWS_SECRET_ACCESS_KEY": "other",
    },
    "another profile": _profile,
    "boto's file": _boto_file,
    "boto's variable": _file("BOTO_CONFIG", "boto", f"[Credentials]\n{KEYS}"),
    "EC2's old file": _file(
        "AWS_CREDENTIAL_FILE", "ec2", "AWSAccessKeyId=AKIAOTHER\nAWSSecretKey=other\n"
    ),
}
"""Each writes its files into a home, and returns its variables."""


def clear_sources(home: Path) -> None:
    """Remove the files of every source."""
    shutil.rmtree(home / ".aws", ignore_errors=True)
    (home / ".boto").unlink(missing_ok=True)
