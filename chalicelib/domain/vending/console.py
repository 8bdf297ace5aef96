"""Define the addresses of the AWS console and of the endpoint that signs a browser in to it."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode


class ConsoleHosts(NamedTuple):
    """The hosts of an AWS partition for signing in and for the console."""

    sign_in: str
    console: str


CONSOLES = {
    "aws": ConsoleHosts("signin.aws.amazon.com", "console.aws.amazon.com"),
    "aws-cn": ConsoleHosts("signin.amazonaws.cn", "console.amazonaws.cn"),
    "aws-us-gov": ConsoleHosts("signin.amazonaws-us-gov.com", "console.amazonaws-us-gov.com"),
    "aws-eusc": ConsoleHosts("signin.amazonaws-eusc.eu", "console.amazonaws-eusc.eu"),
}
"""The hosts by partition ("AWS Sign-In endpoints and quotas", AWS General Reference)."""


def build_sign_in_url(endpoint: str, hosts: ConsoleHosts, sign_in_token: str) -> str:
    """Return the URL that signs a browser in and opens the console's home page.

    The URL is a secret: for 15 minutes, anyone who has it can sign in ("Enable custom identity
    broker access to the AWS console", IAM User Guide).
    """
    query = {
        "Action": "login",
        "Issuer": "daypass",
        "Destination": f"https://{hosts.console}/console/home",
        "SigninToken": sign_in_token,
    }
    return f"{endpoint}?{urlencode(query)}"
