"""Upload the functions' code to the foundation's bucket, where AWS Lambda fetches it.

Anyone who could replace it there would choose the code that may enter clients' accounts. So each
request names the account that has to own the bucket, and a file is deployed by its version, once S3
has said that its bytes are ours. `aws cloudformation package` does neither.
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
from operating.telling import Stop, say

_PATIENCE, _PAUSE = 15 * 60, 15  # seconds
# After so many tries the file is put again, in case S3 has lost the version that it named.
_TRIES_OF_A_VERSION = 6


@dataclass(frozen=True, slots=True)
class Bucket:
    name: str
    owner: str


def upload(aws: Aws, bucket: Bucket, build: Path) -> dict[str, Any]:
    """Upload the zips that `make package` left. Return its template, which names their versions."""
    template = package.read(build / "sam.yaml")
    uploaded: dict[str, dict[str, str]] = {}
    for function in functions(template):
        zipped = function["CodeUri"]
        if zipped not in uploaded:
            uploaded[zipped] = _placed(aws, bucket, build / zipped)
        function["CodeUri"] = uploaded[zipped]
    return template


def functions(template: dict[str, Any]) -> list[dict[str, Any]]:
    """The properties of each function."""
    return [
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    ]


def _placed(aws: Aws, bucket: Bucket, path: Path) -> dict[str, str]:
    """Return the file's place in the bucket: under its digest, in a version that can be read. Stop
    if there is none after as long as AWS says that it may take."""
    digest = hashlib.sha256(path.read_bytes())
    checksum = base64.b64encode(digest.digest()).decode()
    key = f"{digest.hexdigest()}{path.suffix}"
    place = {"bucket": bucket.name, "key": key, "expected_bucket_owner": bucket.owner}
    version = _version_with(aws, checksum, place)
    for tries, pause in enumerate(_pauses()):
        if version is None or tries % _TRIES_OF_A_VERSION == _TRIES_OF_A_VERSION - 1:
            put = aws("s3api", "put-object", body=path, checksum_algorithm="SHA256", **place)
            version = _version(put)
        if version and _version_with(aws, checksum, place | {"version_id": version}):
            return {"Bucket": bucket.name, "Key": key, "Version": version}
        if tries == 0:
            say(
                f"  Amazon S3 does not keep versions in {bucket.name} yet. That was turned on a"
                " moment ago, and may take up to fifteen minutes."
            )
        time.sleep(pause)
    raise Stop(
        f"Amazon S3 has kept no version of {path.name} in {bucket.name} for fifteen minutes. See"
        " whether versioning is enabled there (aws s3api get-bucket-versioning --bucket"
        f" {bucket.name}), and deploy again: it goes on from here."
    )


def _pauses() -> Iterator[float]:
    """Yield pauses of fifteen minutes in all ("How S3 Versioning works", Amazon S3 User Guide)."""
    yield from (1, 2, 5)
    yield from [_PAUSE] * int((_PATIENCE - 8) / _PAUSE)


def _version_with(aws: Aws, checksum: str, place: dict[str, str]) -> str | None:
    """Return the version that is there, if these are its bytes."""
    try:
        there = aws("s3api", "head-object", checksum_mode="ENABLED", **place)
    except Refused as refusal:
        if refusal.code == "404":
            return None
        raise
    return _version(there) if there.get("ChecksumSHA256") == checksum else None


def _version(answer: dict[str, Any]) -> str | None:
    """Return the version that S3 names. The version `null` is none: another upload replaces it."""
    version = answer.get("VersionId")
    return None if version in (None, "null") else str(version)
