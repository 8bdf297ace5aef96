"""Verify ECDSA signatures on P-256, without a package. All values are public, so the computation
need not take constant time."""

from __future__ import annotations

import base64
import binascii

Point = tuple[int, int]
_Jacobian = tuple[int, int, int]  # x / z², y / z³; z is 0 at infinity

# "Recommended Elliptic Curve Domain Parameters" (SEC 2), secp256r1.
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
"""The DER of a public key on this curve, up to the coordinates of its uncompressed point."""
_BEGIN, _END = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"


def parse_public_key(pem: str) -> Point:
    """Return the point of a public key in PEM. Raise ValueError unless it is a point of P-256."""
    head, begin, rest = pem.partition(_BEGIN)
    body, end, tail = rest.partition(_END)
    if not (begin and end) or head.strip() or tail.strip():
        raise ValueError("it is not one public key in PEM")
    try:
        der = base64.b64decode("".join(body.split()), validate=True)
    except binascii.Error:
        raise ValueError("it is not base64") from None
    if len(der) != len(_SPKI) + 64 or not der.startswith(_SPKI):
        raise ValueError("it is not a key on the curve P-256")
    coordinates = der[len(_SPKI) :]
    x, y = int.from_bytes(coordinates[:32], "big"), int.from_bytes(coordinates[32:], "big")
    if x >= _P or y >= _P or (y * y - x * x * x + 3 * x - _B) % _P:
        raise ValueError("its point is not on the curve P-256")
    return x, y


def is_signature(key: Point, digest: bytes, signature: bytes) -> bool:
    """Return whether this is the key's signature, in DER, of a message with this SHA-256."""
    numbers = _parse_signature(signature)
    if numbers is None:
        return False
    r, s = numbers
    if not (0 < r < _N and 0 < s < _N):
        return False
    inverse = pow(s, -1, _N)
    point = _combine(int.from_bytes(digest, "big") * inverse % _N, r * inverse % _N, key)
    if not point[2]:
        return False
    return point[0] * pow(point[2], -2, _P) % _P % _N == r


def _parse_signature(der: bytes) -> tuple[int, int] | None:
    """Return the numbers r and s of a signature. Return None unless `der` is their only valid
    encoding: a SEQUENCE (0x30) of two INTEGERs (0x02) without needless zero bytes."""
    # Two numbers below 2**256 have 8 to 72 bytes. So each length is one byte.
    if len(der) < 8 or len(der) > 72 or der[0] != 0x30 or der[1] != len(der) - 2:
        return None
    numbers, rest = [], der[2:]
    for _ in range(2):
        if len(rest) < 3 or rest[0] != 2 or not 0 < rest[1] <= len(rest) - 2:
            return None
        content, rest = rest[2 : 2 + rest[1]], rest[2 + rest[1] :]
        is_longer_than_needed = len(content) > 1 and not content[0] and content[1] < 0x80
        if content[0] >= 0x80 or is_longer_than_needed:  # 0x80: a negative number
            return None
        numbers.append(int.from_bytes(content, "big"))
    return None if rest else (numbers[0], numbers[1])


def _combine(of_base: int, of_key: int, key: Point) -> _Jacobian:
    """Return the sum of these multiples of the base point and of the key, by Shamir's trick: one
    loop for both. `_add` handles equal and opposite points, too."""
    base, own = (*_G, 1), (*key, 1)
    both = _add(base, own)
    result = (1, 1, 0)  # the point at infinity
    for position in range(255, -1, -1):
        result = _double(result)
        has_base, has_key = of_base >> position & 1, of_key >> position & 1
        if has_base or has_key:
            result = _add(result, both if has_base and has_key else base if has_base else own)
    return result


def _double(point: _Jacobian) -> _Jacobian:
    """Return the point added to itself, by the formula for curves whose coefficient a is -3. A
    point with z = 0, such as (1, 1, 0), is the point at infinity."""
    x, y, z = point
    if not y or not z:
        return (1, 1, 0)
    square, z_square = y * y % _P, z * z % _P
    s = 4 * x * square % _P
    m = 3 * (x - z_square) * (x + z_square) % _P
    new_x = (m * m - 2 * s) % _P
    return new_x, (m * (s - new_x) - 8 * square * square) % _P, 2 * y * z % _P


def _add(left: _Jacobian, right: _Jacobian) -> _Jacobian:
    """Return the sum of the points, which may be equal, opposite or at infinity."""
    (x1, y1, z1), (x2, y2, z2) = left, right
    if not z1 or not z2:
        return right if not z1 else left
    z1_square, z2_square = z1 * z1 % _P, z2 * z2 % _P
    u1, u2 = x1 * z2_square % _P, x2 * z1_square % _P
    s1, s2 = y1 * z2 * z2_square % _P, y2 * z1 * z1_square % _P
    h, r = (u2 - u1) % _P, (s2 - s1) % _P
    if not h:  # the same x: equal points (the same y, too) or opposite ones
        return _double(left) if not r else (1, 1, 0)
    h_square = h * h % _P
    h_cube, v = h * h_square % _P, u1 * h_square % _P
    x = (r * r - h_cube - 2 * v) % _P
    return x, (r * (v - x) - s1 * h_cube) % _P, h * z1 * z2 % _P
