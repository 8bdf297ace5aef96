"""Publish templates in a private Amazon S3 bucket, each by a presigned URL (the Templates port)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.client import Config

from chalicelib.adapters.aws_errors import unavailable_on_error

URL_VALID_SECONDS = 3600
CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 2},
    signature_version="s3v4",
    # With other settings, URLs use the global endpoint. For a new bucket that endpoint redirects to
    # the regional one, where the signature is invalid.
    s3={"addressing_style": "virtual"},
)


class S3Templates:
    """A publisher of templates.

    `owner` is the AWS account that must own the bucket. `create_client` creates the S3 client at
    first use, because most requests do not need it.
    """

    def __init__(
        self, bucket: str, region: str, owner: str, create_client: Callable[..., Any]
    ) -> None:
        self._bucket = bucket
        self.region = region
        self._owner = owner
        self._create_client = create_client

    def publish(self, name: str, text: str) -> str:
        """Store the template, and return a URL from which it can be read for at most an hour: AWS
        refuses the URL when the credentials that signed it expire. Raise Unavailable if the bucket
        does not accept the template."""
        s3 = self._create_client("s3", config=CONFIG)
        s3_object = {"Bucket": self._bucket, "Key": name}
        with unavailable_on_error():
            # Bucket names are global: a bucket with this name may belong to someone else.
            s3.put_object(
                **s3_object,
                Body=text.encode(),
                ContentType="text/yaml; charset=utf-8",
                ExpectedBucketOwner=self._owner,
            )
        # The URL cannot name the bucket's owner, because ExpectedBucketOwner is a header, which the
        # console does not send. The URL can read only what the broker role may read, and that
        # role's policy names the owner's account.
        url: str = s3.generate_presigned_url(
            "get_object", Params=s3_object, ExpiresIn=URL_VALID_SECONDS
        )
        return url
