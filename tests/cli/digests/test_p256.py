"""Signatures on P-256, against the standard's vectors and another implementation."""

import base64
import hashlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st

from daypass.digests import p256
from tests.fakes.digests import FakeSigningKey
from tests.rows import every

KEY = (
    0x60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6,
    0x7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299,
)
R = 0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
S = 0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
OURS = FakeSigningKey()
PEM = OURS.read_public_key()
MESSAGE = b"a digest\n"
SIGNATURE = OURS.sign(MESSAGE)


def der(*numbers):
    contents = [number.to_bytes(number.bit_length() // 8 + 1, "big") for number in numbers]
    return sequence(b"".join(bytes([2, len(each)]) + each for each in contents))


def sequence(body):
    return bytes([0x30, len(body)]) + body


def sha256(message):
    return hashlib.sha256(message).digest()


@every(
    "message, r, s",
    [
        (b"sample", R, S),
        (
            b"test",
            0xF1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367,
            0x019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083,
        ),
    ],
)
def test_the_vectors_of_rfc_6979(message, r, s):
    assert p256.is_signature(KEY, sha256(message), der(r, s))
    assert p256.is_signature(KEY, sha256(message), der(r, ORDER - s))  # as every ECDSA
    assert not p256.is_signature(KEY, sha256(message + b"."), der(r, s))
    assert not p256.is_signature(KEY, sha256(message), der(s, r))


@every(
    "signature",
    [
        b"",
        der(R, S) + b"\0",
        der(R, S)[:-1],
        der(R, 0),
        der(0, S),
        der(R, ORDER),
        der(ORDER, S),
        der(R + ORDER, S),
        der(R, S + ORDER),
        der(R, S, 1),
        der(R),
        sequence(der(R, S)[2:] + b"\x05\0"),
        b"\x30\x81" + der(R, S)[1:],  # a length in a longer form
        sequence(b"\x02\x22\0" + der(R, S)[4:]),  # a number in a longer form
        sequence(b"\x02\x20" + der(R, S)[5:]),  # a negative number
        b"\x31" + der(R, S)[1:],
        sequence(b"\x02\x00" + der(R, S)[37:]),
        b"\x30" * 72,
        b"\xff" * 200,
    ],
)
def test_no_other_bytes_are_a_signature(signature):
    assert not p256.is_signature(KEY, sha256(b"sample"), signature)


def pem(der_hex):
    text = base64.b64encode(bytes.fromhex(der_hex)).decode()
    return f"-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n"


SPKI = "3059301306072a8648ce3d020106082a8648ce3d030107034200"
POINT = f"{KEY[0]:064x}{KEY[1]:064x}"


@every(
    "text",
    [
        "",
        "ssh-ed25519 AAAA",
        pem(f"{SPKI}04{POINT}") * 2,
        pem(f"{SPKI}04{POINT}").replace("PUBLIC", "PRIVATE"),
        pem(f"{SPKI}04{POINT}").replace("MF", "M*"),
        pem(f"{SPKI}04{POINT[:-1]}8"),  # not on the curve
        pem(f"{SPKI}04{'0' * 128}"),
        pem(f"{SPKI}04{'f' * 64}{POINT[64:]}"),  # a coordinate of the field's size and more
        pem(f"{SPKI}03{POINT}"),
        pem(f"{SPKI}04{POINT}00"),
        pem(f"{SPKI}04{POINT}".replace("030107", "030106")),
    ],
)
def test_other_texts_are_no_key(text):
    with pytest.raises(ValueError, match=r"it is not|its point"):
        p256.parse_public_key(text)


def test_a_key_may_have_other_line_ends():
    assert p256.parse_public_key(PEM.decode().replace("\n", "\r\n")) == p256.parse_public_key(
        PEM.decode()
    )
    assert p256.parse_public_key(pem(f"{SPKI}04{POINT}")) == KEY


@given(st.integers(0, len(SIGNATURE) - 1), st.integers(0, 7), st.booleans())
def test_it_accepts_no_more_than_another_implementation(index, bit, whole):
    changed = bytearray(SIGNATURE)
    if not whole:
        changed[index] ^= 1 << bit
    try:
        load_pem_public_key(PEM).verify(bytes(changed), MESSAGE, ECDSA(SHA256()))
        expected = True
    except InvalidSignature:
        expected = False
    key = p256.parse_public_key(PEM.decode())
    assert p256.is_signature(key, sha256(MESSAGE), bytes(changed)) is expected
