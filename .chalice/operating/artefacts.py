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

_PATIENCE, _PAUSE = 15 * 60, 15  # seconds
# Upload again after this many tries, in case S3 has lost the version that it returned.
_TRIES_OF_A_VERSION = 6


@dataclass(frozen=True, slots=True)
class Bucket:
    name: str
    owner: str


def upload(aws: Aws, bucket: Bucket, build: Path) -> dict[str, Any]:
    """Upload the zips that `make package` built. Return its template with their S3 versions."""
    template = package.read(build / "sam.yaml")
    uploaded: dict[str, dict[str, str]] = {}
    for function in functions(template):
        zipped = function["CodeUri"]
        if zipped not in uploaded:
            uploaded[zipped] = _uploaded_version(aws, bucket, build / zipped)
        function["CodeUri"] = uploaded[zipped]
    return template


def functions(template: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the properties of each function in the template."""
    return [
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    ]


def _uploaded_version(aws: Aws, bucket: Bucket, path: Path) -> dict[str, str]:
    """Return the bucket, the key (the file's digest) and a version that can be read. Raise Stop if
    S3 keeps no version within the time that AWS documents."""
    digest = hashlib.sha256(path.read_bytes())
    checksum = base64.b64encode(digest.digest()).decode()
    key = f"{digest.hexdigest()}{path.suffix}"
    location = {"bucket": bucket.name, "key": key, "expected_bucket_owner": bucket.owner}
    version = _version_with(aws, checksum, location)
    for tries, pause in enumerate(_pauses()):
        if version is None or tries % _TRIES_OF_A_VERSION == _TRIES_OF_A_VERSION - 1:
            put = aws("s3api", "put-object", body=path, checksum_algorithm="SHA256", **location)
            version = _version(put)
        if version and _version_with(aws, checksum, location | {"version_id": version}):
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


def _pauses() -> Iterator[float]:
    """Yield pauses in seconds, fifteen minutes in total ("How S3 Versioning works", Amazon S3 User
    Guide)."""
    yield from (1, 2, 5)
    yield from [_PAUSE] * int((_PATIENCE - 8) / _PAUSE)


def _version_with(aws: Aws, checksum: str, location: dict[str, str]) -> str | None:
    """Return the stored version if its checksum matches, or None."""
    try:
        head = aws("s3api", "head-object", checksum_mode="ENABLED", **location)
    except Refused as refusal:
        if refusal.code == "404":
            return None
        raise
    return _version(head) if head.get("ChecksumSHA256") == checksum else None


def _version(response: dict[str, Any]) -> str | None:
    """Return the version ID, or None. S3 overwrites the version `null` at the next upload."""
    version = response.get("VersionId")
    return None if version in (None, "null") else str(version)
