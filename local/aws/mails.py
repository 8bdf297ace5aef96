"""Show the e-mails that Amazon SES of the local AWS has accepted. It delivers none."""

from __future__ import annotations

from typing import Any

from ministack.services import ses


def list_mails(account: str) -> list[dict[str, str]]:
    """Return the account's e-mails, oldest first, each to its first address."""
    stores: dict[Any, Any] = ses._sent_emails.to_dict()
    return [
        {
            "to": (mail.get("To") or [""])[0],
            "subject": mail.get("Subject", ""),
            "text": mail.get("BodyText", ""),
        }
        for key, mails in stores.items()
        if key[0] == account and key[-1] == "entries"
        for mail in mails
    ]
