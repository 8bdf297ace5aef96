"""Sign digests with a key of AWS KMS (the SigningKey port)."""

from __future__ import annotations

import base64
from textwrap import wrap
from typing import Any

from botocore.config import Config

from chalicelib.adapters.aws_errors import unavailable_on_error

CONFIG = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4}
)


class KmsKey:
    """The key with this alias. AWS KMS never gives out its private half."""

    def __init__(self, alias: str, client: Any) -> None:
        self._alias, self._client = alias, client

    def sign(self, content: bytes) -> bytes:
        with unavailable_on_error():
            # KMS takes up to 4,096 bytes and hashes them itself. A digest has some 200.
            response = self._client.sign(
                KeyId=self._alias,
                Message=content,
                MessageType="RAW",
                SigningAlgorithm="ECDSA_SHA_256",
            )
        signature: bytes = response["Signature"]
        return signature

    def read_public_key(self) -> bytes:
        with unavailable_on_error():
            der = self._client.get_public_key(KeyId=self._alias)["PublicKey"]
        lines = wrap(base64.b64encode(der).decode(), 64)
        return "\n".join(
            ("-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", "")
        ).encode()
