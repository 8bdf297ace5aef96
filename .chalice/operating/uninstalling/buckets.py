"""Empty and delete a bucket with all versions of its objects, as far as Object Lock allows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from operating.aws_cli import Aws, Refused, format_day
from operating.console import Stop

_MAX_DELETED = 1000
"""The most versions that one request deletes."""
_DELETIONS = {"s3:DeleteObject", "s3:DeleteObjectVersion"}


def delete_bucket(aws: Aws, name: str, owner: str) -> Iterator[str]:
    """Delete the bucket. Yield a sentence if locked objects keep it, with their date."""
    location = {"bucket": name, "expected_bucket_owner": owner}
    policy = _allow_deletions(aws, location)
    locked: list[dict[str, Any]] = []
    for versions in _list_versions(aws, location):
        locked += _delete_versions(aws, location, versions)
    if not locked:
        aws("s3api", "delete-bucket", **location)
        return
    newest = max(locked, key=lambda version: str(version["LastModified"]))
    until = _read_lock_end(aws, location, newest)
    if policy:
        aws("s3api", "put-bucket-policy", policy=policy, **location)
    yield (
        f"The bucket {name} stays, because S3 Object Lock keeps {len(locked)} versions of its"
        f" objects. No one can delete them earlier. The newest is locked until {until}: run this"
        " command again then."
    )


def _allow_deletions(aws: Aws, location: dict[str, str]) -> dict[str, Any] | None:
    """Remove the statement that denies everyone deletions from the bucket's policy. Return the
    policy as it was, or None if it has no such statement."""
    try:
        text = aws("s3api", "get-bucket-policy", **location)["Policy"]
    except Refused as refusal:
        if refusal.code == "NoSuchBucketPolicy":
            return None
        raise
    policy: dict[str, Any] = json.loads(text)
    kept = [
        statement
        for statement in policy["Statement"]
        if statement["Effect"] == "Allow" or not _DELETIONS.issuperset(_list_actions(statement))
    ]
    if len(kept) == len(policy["Statement"]):
        return None
    aws("s3api", "put-bucket-policy", policy=policy | {"Statement": kept}, **location)
    return policy


def _list_actions(statement: dict[str, Any]) -> list[str]:
    actions = statement["Action"]
    return [actions] if isinstance(actions, str) else actions


def _list_versions(aws: Aws, location: dict[str, str]) -> Iterator[list[dict[str, Any]]]:
    """Yield the versions and delete markers in parts that one request can delete.

    List all at once: with --max-items, the AWS CLI loses delete markers.
    """
    listed = aws("s3api", "list-object-versions", **location)
    versions = [*(listed.get("Versions") or []), *(listed.get("DeleteMarkers") or [])]
    for begin in range(0, len(versions), _MAX_DELETED):
        yield versions[begin : begin + _MAX_DELETED]


def _delete_versions(
    aws: Aws, location: dict[str, str], versions: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Delete the versions, and return those that S3 did not let go. Raise Stop if the cause is not
    Object Lock."""
    objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in versions]
    with TemporaryDirectory() as folder:  # a command line has no room for a thousand keys
        file = Path(folder) / "objects.json"
        file.write_text(json.dumps({"Objects": objects, "Quiet": True}), encoding="utf-8")
        errors = (
            aws("s3api", "delete-objects", delete=f"file://{file}", **location).get("Errors") or []
        )
    kept = {(error["Key"], error.get("VersionId", "null")) for error in errors}
    if others := [error for error in errors if error["Code"] != "AccessDenied"]:
        raise Stop(f"Amazon S3 could not delete {others[0]['Key']}: {others[0].get('Message', '')}")
    locked = [each for each in versions if (each["Key"], each["VersionId"]) in kept]
    if locked:
        _read_lock_end(aws, location, locked[0])
    return locked


def _read_lock_end(aws: Aws, location: dict[str, str], version: dict[str, Any]) -> str:
    """Return the day until which Object Lock keeps the version. Raise Stop if it is not locked."""
    try:
        retention = aws(
            "s3api",
            "get-object-retention",
            key=version["Key"],
            version_id=version["VersionId"],
            **location,
        )["Retention"]
    except Refused as refusal:
        if refusal.code != "NoSuchObjectLockConfiguration":
            raise
        retention = {"RetainUntilDate": ""}
    if retention["RetainUntilDate"] <= datetime.now(UTC).isoformat():
        raise Stop(
            f"You may not delete {version['Key']} in the bucket {location['bucket']}. You need"
            " s3:DeleteObjectVersion on its objects. If you have it, run the command again in a"
            " minute: Amazon S3 may still apply the bucket's previous policy."
        )
    return format_day(retention["RetainUntilDate"])
