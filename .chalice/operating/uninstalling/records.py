"""Save the trail, its signed files and the clients' roles before the tables are deleted."""

from __future__ import annotations

import base64
import hashlib
import os
import textwrap
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from operating.aws_cli import Refused
from operating.console import Stop, say
from operating.uninstalling.inventory import Account

if TYPE_CHECKING:
    from chalicelib.usecases.onboarding.broker_policies import RemovableRole
    from chalicelib.usecases.ports import Ports

STATE_TABLE, TRAIL_TABLE = "daypass-state", "daypass-trail"
DIGEST_KEY = "alias/daypass-digests"


def read_export_folder() -> Path | None:
    """Return the folder in EXPORT, which is created if it does not exist. Return None for
    EXPORT=none. Raise Stop for anything that cannot be written."""
    setting = os.environ.get("EXPORT", "")
    if setting == "none":
        return None
    if not setting:
        raise Stop(
            "Set EXPORT to a folder in which this command saves the trail first, as in"
            " EXPORT=../daypass-records. EXPORT=none deletes the trail without a copy."
        )
    folder = Path(setting)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / ".daypass"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Stop(f"EXPORT cannot be {folder}: {error.strerror}. Nothing was changed.") from None
    return folder


def open_records(account: Account) -> Ports:
    """Return the ports that read the tables with the operator's credentials."""
    from chalicelib import bootstrap

    os.environ.update(
        {
            "AWS_REGION": account.aws.region,
            "DAYPASS_STATE_TABLE": STATE_TABLE,
            "DAYPASS_TRAIL_TABLE": TRAIL_TABLE,
            "DAYPASS_ACCOUNT_ID": account.id,
            "DAYPASS_PARTITION": account.partition,
        }
    )
    return bootstrap.ports()


def read_clients_roles(account: Account) -> list[RemovableRole]:
    """Return the roles at clients. Raise Stop if the table cannot be read."""
    from chalicelib.domain.errors import Unavailable
    from chalicelib.usecases.onboarding.broker_policies import list_removable_roles

    try:
        return list_removable_roles(open_records(account))
    except Unavailable as error:
        raise Stop(
            f"The table {STATE_TABLE} cannot be read: {error.__cause__}. Nothing was changed. This"
            " table says which roles your clients can delete."
        ) from error


def save_clients_roles(rows: list[RemovableRole], folder: Path) -> None:
    """Write the clients' roles to a file of the folder."""
    from chalicelib.domain.rows import format_csv
    from chalicelib.usecases.onboarding.broker_policies import HEADINGS, list_cells

    text = format_csv([HEADINGS, *map(list_cells, rows)])
    _write_private(folder / "clients-roles.csv", text)


def save_trail(account: Account, folder: Path) -> None:
    """Write the whole trail to a file of the folder, newest entry first.

    The file gets its name when it is complete. Raise Stop if an entry is missing from it.
    """
    from chalicelib.domain.errors import Unavailable
    from chalicelib.usecases.evidence.export import export_everything

    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    file = folder / f"trail-{account.id}-{moment}.ndjson"
    part, digest, written = file.with_suffix(".part"), hashlib.sha256(), 0
    try:
        with _open_private(part) as target:
            for text, entries in export_everything(open_records(account)):
                digest.update(text.encode())
                written += entries
                target.write(text)
            target.flush()
            os.fsync(target.fileno())
    except (Unavailable, OSError) as error:
        raise Stop(
            f"The trail could not be saved: {error}. The records were not deleted."
        ) from error
    scanned = account.aws(
        "dynamodb", "scan", "--consistent-read", table_name=TRAIL_TABLE, select="COUNT"
    )
    if scanned["Count"] != written:
        raise Stop(
            f"The table {TRAIL_TABLE} has {scanned['Count']} entries, but {written} were saved. The"
            " records were not deleted. An index may lag: run the command again in a minute."
        )
    part.rename(file)
    say(f"  {file} has all {written} entries of the trail. Its SHA-256 is {digest.hexdigest()}.")


def save_signed_files(account: Account, bucket: str, folder: Path) -> None:
    """Copy the trail's signed files and the public key, which later verify the trail."""
    copy, key = folder / "signed", folder / "public-key.pem"
    account.aws.output("s3", "sync", f"s3://{bucket}", str(copy), "--only-show-errors")
    try:
        public = account.aws("kms", "get-public-key", key_id=DIGEST_KEY)["PublicKey"]
    except Refused as refusal:
        if refusal.code not in ("NotFoundException", "KMSInvalidStateException"):
            raise
        say(f"  {copy} has the signed files. Their key was deleted before, with an earlier run.")
        return
    lines = textwrap.wrap(base64.b64encode(base64.b64decode(public)).decode(), 64)
    pem = ["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""]
    _write_private(key, "\n".join(pem))
    say(f"  {copy} has the signed files. `daypass verify-trail {copy} --key {key}` verifies them.")


def _write_private(path: Path, text: str) -> None:
    with _open_private(path) as file:
        file.write(text)


def _open_private(path: Path) -> TextIO:
    """Open a file for writing that only its owner can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    return os.fdopen(descriptor, "w", encoding="utf-8", newline="")
