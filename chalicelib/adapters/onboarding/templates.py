"""The Templates port on Amazon S3: a private bucket, and URLs that are signed for one object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason

READABLE_SECONDS = 3600
CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 2},
    signature_version="s3v4",
    # Otherwise a URL leads to the endpoint that all regions share, which sends on whoever asks for
    # a bucket that is new, to where the signature does not hold.
    s3={"addressing_style": "virtual"},
)


class S3Templates:
    """`clients` makes the client, by the service's name, when asked first: no vend needs it."""

    def __init__(self, bucket: str, region: str, owner: str, clients: Callable[..., Any]) -> None:
        self._bucket = bucket
        self.region = region
        self._owner = owner
        self._clients = clients

    def publish(self, name: str, text: str) -> str:
        s3 = self._clients("s3", config=CONFIG)
        where = {"Bucket": self._bucket, "Key": name}
        try:
            # Names of buckets are the whole world's: one of this name may be somebody else's.
            s3.put_object(
                **where,
                Body=text.encode(),
                ContentType="text/yaml; charset=utf-8",
                ExpectedBucketOwner=self._owner,
            )
        except (ClientError, BotoCoreError) as error:
            raise Unavailable(Reason.AWS_UNREACHABLE) from error
        # The owner cannot be expected here: it is a header, which the console would not send. What
        # the URL may read is the broker's own business, and its policy names the account.
        url: str = s3.generate_presigned_url("get_object", Params=where, ExpiresIn=READABLE_SECONDS)
        return url
