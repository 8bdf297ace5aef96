"""Keep the trail's files and digests in an Amazon S3 bucket, each written once (the DigestStore
port)."""

from __future__ import annotations

from typing import Any

from botocore.client import Config
from botocore.exceptions import ClientError

from chalicelib.adapters.aws_errors import unavailable_on_error

CONFIG = Config(
    connect_timeout=2, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4}
)
_EXISTS = "PreconditionFailed"


class DigestBucket:
    """The bucket. `owner` is the AWS account that must own it."""

    def __init__(self, bucket: str, owner: str, client: Any) -> None:
        self._where = {"Bucket": bucket, "ExpectedBucketOwner": owner}
        self._client = client

    def keep(self, name: str, content: bytes) -> bytes:
        with unavailable_on_error():
            try:
                # The bucket's policy denies a put without this condition.
                self._client.put_object(**self._where, Key=name, Body=content, IfNoneMatch="*")
            except ClientError as error:
                # Also after a lost response, when the SDK has repeated the put.
                if error.response["Error"]["Code"] != _EXISTS:
                    raise
                return self.read(name)
        return content

    def read(self, name: str) -> bytes:
        with unavailable_on_error():
            stored: bytes = self._client.get_object(**self._where, Key=name)["Body"].read()
        return stored
