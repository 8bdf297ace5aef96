"""Keys of AWS KMS that sign with ECDSA on P-256, and aliases in the evaluation of policies.

ministack signs with the package `cryptography`, which the local AWS goes without. It evaluates
policies on an alias, where AWS evaluates them on the alias's key ("Using aliases to control access
to KMS keys", AWS KMS Developer Guide).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from typing import Any

from ministack.core import iam_actions
from ministack.core.responses import json_response
from ministack.services import kms

_SPEC, _ALGORITHM = "ECC_NIST_P256", "ECDSA_SHA_256"
Point = tuple[int, int]
# "Recommended Elliptic Curve Domain Parameters" (SEC 2), secp256r1.
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
"""A public key's DER up to its coordinates."""


def apply() -> None:
    """Create and use such keys, and evaluate policies on the key of an alias."""
    create_key, sign, find_arn = kms._create_key, kms._sign, iam_actions.extract_resource_arn

    def create(request: dict[str, Any]) -> Any:
        if request.get("KeySpec") != _SPEC:
            return create_key(request)
        _, _, body = create_key({**request, "KeySpec": "SYMMETRIC_DEFAULT"})
        key = kms._keys[json.loads(body)["KeyMetadata"]["KeyId"]]
        private = secrets.randbelow(_N - 1) + 1
        coordinates = b"".join(part.to_bytes(32, "big") for part in _multiply(private, _G))
        key |= {
            "KeySpec": _SPEC,
            "SigningAlgorithms": [_ALGORITHM],
            "EncryptionAlgorithms": [],
            "_p256": private,
            "_public_key_der": _SPKI + coordinates,
        }
        return json_response({"KeyMetadata": kms._key_metadata(key)})

    def sign_here(request: dict[str, Any]) -> Any:
        key = kms._resolve_key(request.get("KeyId", ""))
        if not key or "_p256" not in key or request.get("MessageType", "RAW") != "RAW":
            return sign(request)
        error = kms._check_key_state(key) or kms._algorithm_error(
            key, request.get("SigningAlgorithm"), "SigningAlgorithms"
        )
        if error:
            return error
        signature = _sign(key["_p256"], base64.b64decode(request["Message"]))
        return json_response(
            {
                "KeyId": key["Arn"],
                "Signature": base64.b64encode(signature).decode(),
                "SigningAlgorithm": _ALGORITHM,
            }
        )

    def find_key_arn(service: str, *more: Any, **options: Any) -> Any:
        arn = find_arn(service, *more, **options)
        key = kms._resolve_key(arn) if service == "kms" and ":alias/" in str(arn) else None
        return key["Arn"] if key else arn

    kms._create_key, kms._sign = create, sign_here
    iam_actions.extract_resource_arn = find_key_arn


def _sign(private: int, message: bytes) -> bytes:
    """Return the signature in DER, as AWS KMS does."""
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    r = s = 0
    while not r or not s:
        nonce = secrets.randbelow(_N - 1) + 1
        r = _multiply(nonce, _G)[0] % _N
        s = pow(nonce, -1, _N) * (digest + r * private) % _N
    body = b"".join(_encode(2, n.to_bytes(n.bit_length() // 8 + 1, "big")) for n in (r, s))
    return _encode(0x30, body)


def _encode(tag: int, content: bytes) -> bytes:
    return bytes([tag, len(content)]) + content


def _multiply(factor: int, point: Point) -> Point:
    result = point
    for bit in f"{factor:b}"[1:]:
        result = _add(result, result)
        if bit == "1":
            result = _add(result, point)
    return result


def _add(left: Point, right: Point) -> Point:
    """Return the sum of two points that is not infinity: no multiple below the order is."""
    (x1, y1), (x2, y2) = left, right
    slope = (
        (3 * x1 * x1 - 3) * pow(2 * y1, -1, _P)
        if left == right
        else (y2 - y1) * pow(x2 - x1, -1, _P)
    )
    x = (slope * slope - x1 - x2) % _P
    return x, (slope * (x1 - x) - y1) % _P
