"""Check that Amazon SES can send Daypass's mail to people at clients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from operating.aws_cli import Aws, Refused
from operating.doctor.findings import Finding, note, ok

SENDER_PARAMETER = "ClientMailFrom"
_HELP = "docs/operations.md says how, under Mail to clients."


def check_client_mail(aws: Aws, new: dict[str, str]) -> Iterator[Finding]:
    """Yield findings on the sender's identity and the account's sandbox.

    `new` has the app's parameters as they will be. Without a sender there is nothing to check.
    """
    sender = new[SENDER_PARAMETER]
    if not sender:
        return
    identity = _find_identity(aws, sender)
    if identity is None:
        yield note(
            f"Amazon SES in {aws.region} has no identity for {sender}, so it refuses every mail"
            f" to a client. Verify the address or its domain. {_HELP}"
        )
    elif not identity.get("VerifiedForSendingStatus"):
        yield note(
            f"Amazon SES in {aws.region} has not verified {sender} yet, so it refuses every mail to"
            f" a client. {_HELP}"
        )
    else:
        yield ok(f"Amazon SES has verified {sender}.")
    yield from _check_account(aws)


def _find_identity(aws: Aws, sender: str) -> dict[str, Any] | None:
    """Return the identity that Amazon SES sends from: the address, its domain, or a parent domain.
    Return None if there is none."""
    labels = sender.rpartition("@")[2].split(".")
    domains = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    for name in (sender, *domains):
        try:
            identity: dict[str, Any] = aws("sesv2", "get-email-identity", email_identity=name)
        except Refused as refusal:
            if refusal.code != "NotFoundException":
                raise
        else:
            return identity
    return None


def _check_account(aws: Aws) -> Iterator[Finding]:
    """Yield notes if Amazon SES restricts the account in this region."""
    account = aws("sesv2", "get-account")
    if not account.get("ProductionAccessEnabled"):
        yield note(
            f"This account is in the Amazon SES sandbox in {aws.region}, so mail reaches only"
            f" addresses that Amazon SES has verified. {_HELP}"
        )
    if not account.get("SendingEnabled", True):
        yield note(f"Amazon SES has paused all sending of this account in {aws.region}.")
