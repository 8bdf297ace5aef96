"""What AWS fetches when it deploys: the zips and the app's template, in a bucket of the firm's own.

The bucket is the foundation's. Whoever could write to the one that is read from would choose the
code that holds the right to enter clients' accounts: so each request names the account that has to
own it, and a file is deployed by its version, once S3 has said that its bytes are ours.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import package

from operating.aws_cli import Aws, Refused
from operating.change_sets import Template

# "Amazon S3 endpoints and quotas" (AWS General Reference).
_DOMAINS = {"aws-cn": "amazonaws.com.cn"}


@dataclass(frozen=True, slots=True)
class Bucket:
    name: str
    owner: str
    partition: str

    def url(self, aws: Aws, place: dict[str, str]) -> str:
        domain = _DOMAINS.get(self.partition, "amazonaws.com")
        where = f"{self.name}/{place['Key']}?versionId={place['Version']}"
        return f"https://s3.{aws.region}.{domain}/{where}"


def upload(aws: Aws, bucket: Bucket, build: Path) -> Template:
    """Upload what `make package` has left in `build`, and give the template, by its URL."""
    template = package.read(build / "sam.yaml")
    uploaded: dict[str, dict[str, str]] = {}
    for function in functions(template):
        zipped = function["CodeUri"]
        if zipped not in uploaded:
            uploaded[zipped] = _placed(aws, bucket, build / zipped)
        function["CodeUri"] = uploaded[zipped]
    with TemporaryDirectory() as folder:
        ready = Path(folder) / "template.json"
        ready.write_text(json.dumps(template), encoding="utf-8")
        url = bucket.url(aws, _placed(aws, bucket, ready))
    return Template({"template_url": url}, tuple(template["Parameters"]))


def functions(template: dict[str, Any]) -> list[dict[str, Any]]:
    """The properties of each function."""
    return [
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    ]


def _placed(aws: Aws, bucket: Bucket, path: Path) -> dict[str, str]:
    """The file's place in the bucket, under the digest of its bytes: the same each time."""
    digest = hashlib.sha256(path.read_bytes())
    place = {"bucket": bucket.name, "key": f"{digest.hexdigest()}{path.suffix}"}
    own = {"expected_bucket_owner": bucket.owner}
    version = _version_with(aws, base64.b64encode(digest.digest()).decode(), place | own)
    if version is None:
        put = aws("s3api", "put-object", body=path, checksum_algorithm="SHA256", **place, **own)
        version = put["VersionId"]
    return {"Bucket": place["bucket"], "Key": place["key"], "Version": version}


def _version_with(aws: Aws, checksum: str, place: dict[str, str]) -> str | None:
    """The version that is there, if these are its bytes."""
    try:
        there = aws("s3api", "head-object", checksum_mode="ENABLED", **place)
    except Refused as refusal:
        if refusal.code == "404":
            return None
        raise
    return str(there["VersionId"]) if there.get("ChecksumSHA256") == checksum else None
