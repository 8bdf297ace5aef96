"""Upload the functions' code to the foundation's bucket, where AWS Lambda fetches it.

Anyone who could replace that code could assume clients' roles. So each request names the account
that must own the bucket, and each file is deployed by its S3 version, after S3 has confirmed its
checksum. `aws cloudformation package` does neither.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import package

from operating.aws_cli import Aws, Refused
from operating.console import Stop, say

_MAX_WAIT, _PAUSE = 15 * 60, 15  # seconds
# Upload again after this many tries, in case S3 does not keep the version that it returned.
_TRIES_PER_VERSION = 6


@dataclass(frozen=True, slots=True)
class Bucket:
    """An S3 bucket, and the AWS account that must own it."""

    name: str
    owner: str


def upload_package(aws: Aws, bucket: Bucket, path: Path) -> dict[str, Any]:
    """Upload the zip files that this template of the app names, and that are in its folder.

    Return the template, with each zip's S3 bucket, key and version.
    """
    template = package.read_template(path)
    locations: dict[str, dict[str, str]] = {}
    for function in list_function_properties(template):
        zip_name = function["CodeUri"]
        if zip_name not in locations:
            locations[zip_name] = _upload_file(aws, bucket, path.parent / zip_name)
        function["CodeUri"] = locations[zip_name]
    return template


def list_function_properties(template: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the properties of each Lambda function in the template."""
    return [
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    ]


def _upload_file(aws: Aws, bucket: Bucket, path: Path) -> dict[str, str]:
    """Upload a file, unless the bucket has it, and return its bucket, key and S3 version.

    The key is the file's SHA-256 digest. A bucket begins to keep versions some minutes after
    versioning was enabled. Raise Stop if S3 keeps no version within fifteen minutes.
    """
    digest = hashlib.sha256(path.read_bytes())
    checksum = base64.b64encode(digest.digest()).decode()
    key = f"{digest.hexdigest()}{path.suffix}"
    location = {"bucket": bucket.name, "key": key, "expected_bucket_owner": bucket.owner}
    version = _find_stored_version(aws, checksum, location)
    for tries, pause in enumerate(_retry_pauses()):
        if version is None or tries % _TRIES_PER_VERSION == _TRIES_PER_VERSION - 1:
            response = aws(
                "s3api", "put-object", body=path, checksum_algorithm="SHA256", **location
            )
            version = _read_version_id(response)
        if version and _find_stored_version(aws, checksum, location | {"version_id": version}):
            return {"Bucket": bucket.name, "Key": key, "Version": version}
        if tries == 0:
            say(
                f"  Waiting for Amazon S3 to keep versions in {bucket.name}. Versioning was turned"
                " on a moment ago; this can take up to fifteen minutes."
            )
        time.sleep(pause)
    raise Stop(
        f"Amazon S3 has kept no version of {path.name} in {bucket.name} for fifteen minutes. Check"
        " that versioning is enabled (aws s3api get-bucket-versioning --bucket"
        f" {bucket.name}), and run make deploy again: it continues from here."
    )


def _retry_pauses() -> Iterator[float]:
    """Yield pauses between tries, in seconds, that last fifteen minutes in total.

    S3 needs as long after versioning was enabled ("How S3 Versioning works", Amazon S3 User Guide).
    """
    yield from (1, 2, 5)
    yield from [_PAUSE] * int((_MAX_WAIT - 8) / _PAUSE)


def _find_stored_version(aws: Aws, checksum: str, location: dict[str, str]) -> str | None:
    """Return the version ID of the stored file if it has this checksum; otherwise None."""
    try:
        response = aws("s3api", "head-object", checksum_mode="ENABLED", **location)
    except Refused as refusal:
        if refusal.code == "404":
            return None
        raise
    return _read_version_id(response) if response.get("ChecksumSHA256") == checksum else None


def _read_version_id(response: dict[str, Any]) -> str | None:
    """Return the version ID in S3's response, or None if there is none. The version `null` counts
    as none, because the next upload overwrites it."""
    version = response.get("VersionId")
    return None if version in (None, "null") else str(version)
