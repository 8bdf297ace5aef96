"""The digests' bucket and key: fakes and the local AWS alike, who else may write, and faults."""

import hashlib
import secrets
from itertools import product
from typing import NamedTuple

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from chalicelib import bootstrap
from chalicelib.domain.errors import Unavailable
from chalicelib.usecases.evidence.digests import DigestStore, SigningKey
from daypass.digests import p256
from local import sample_accounts
from local.functions import Functions, deployed_name, environment_with, roles
from tests.adapters.faults import Raw, failing
from tests.fakes.digests import FakeDigestBucket, FakeSigningKey
from tests.local.scene import refusal, run_as
from tests.rows import every

BUCKET, ALIAS = f"daypass-digests-{sample_accounts.FIRM}-us-east-1", "alias/daypass-digests"


class Side(NamedTuple):
    """Both ports, in memory or on the local AWS."""

    store: DigestStore
    key: SigningKey


@pytest.fixture
def real(aws):
    in_lambda = Functions(aws.endpoint, sample_accounts.FIRM)
    with environment_with(in_lambda.digest_settings | in_lambda.credentials("Digest")):
        ports = bootstrap.digest_ports.__wrapped__()
        yield Side(ports.store, ports.key)


@pytest.fixture(params=["fake", "real"])
def side(request):
    if request.param == "fake":
        return Side(FakeDigestBucket(), FakeSigningKey())
    return request.getfixturevalue("real")


def a_name():
    return f"2026-11-24T12/{secrets.token_hex(8)}"


def test_the_first_content_of_a_name_stays(side):
    name = a_name()
    assert side.store.keep(name, b"first\n") == b"first\n"
    assert side.store.keep(name, b"second\n") == b"first\n"
    assert side.store.read(name) == b"first\n"
    assert side.store.keep(a_name(), b"") == b""


def test_an_object_that_is_missing_is_unavailable(side):
    with pytest.raises(Unavailable, match="aws-unreachable"):
        side.store.read(a_name())


def test_a_signature_is_verified_with_the_public_key(side):
    pem = side.key.read_public_key()
    load_pem_public_key(pem)  # another reader
    key = p256.parse_public_key(pem.decode())
    signature = side.key.sign(b"a digest\n")
    assert p256.is_signature(key, hashlib.sha256(b"a digest\n").digest(), signature)
    assert not p256.is_signature(key, hashlib.sha256(b"another\n").digest(), signature)


def test_nobody_else_writes_or_signs_and_nobody_deletes(aws, real):
    name = a_name()
    real.store.keep(name, b"sealed\n")
    stored = {"Bucket": BUCKET, "Key": name}
    new = {"Bucket": BUCKET, "Key": a_name(), "IfNoneMatch": "*"}
    message = {"KeyId": ALIAS, "Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}

    def clients(role, function):
        arn = f"arn:aws:iam::{sample_accounts.FIRM}:role/{role}"
        caller = run_as(aws.endpoint, arn, deployed_name(function))
        return caller.client("s3"), caller.client("kms")

    for function, role in roles().items():
        s3, kms = clients(role, function)
        calls = [(s3.delete_object, stored), (s3.put_object, stored)]
        if function != "Digest":
            calls += [(s3.put_object, new), (s3.get_object, stored), (kms.sign, message)]
        for call, parameters in calls:
            assert refusal(call, **parameters) is not None, (function, call)
    # Credentials of the role outside its function.
    s3, kms = clients("daypass-digest", "Web")
    assert refusal(kms.sign, **message) is not None
    assert refusal(s3.put_object, **new) is not None
    assert real.store.read(name) == b"sealed\n"


def s3_error(code, status):
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
    return lambda: AWSResponse("", status, {"Content-Type": "application/xml"}, Raw(body))


def kms_error(code, status=400):
    body = f'{{"__type": "{code}"}}'.encode()
    headers = {"Content-Type": "application/x-amz-json-1.1"}
    return lambda: AWSResponse("", status, headers, Raw(body))


NETWORK = [EndpointConnectionError(endpoint_url="x"), ReadTimeoutError(endpoint_url="x")]
S3_FAULTS = [
    s3_error("SlowDown", 503),
    s3_error("InternalError", 500),
    s3_error("AccessDenied", 403),
    s3_error("NoSuchBucket", 404),
    s3_error("ConditionalRequestConflict", 409),
    *NETWORK,
]
KMS_FAULTS = [
    kms_error("ThrottlingException"),
    kms_error("KMSInternalException", 500),
    kms_error("AccessDeniedException"),
    kms_error("DisabledException"),
    kms_error("NotFoundException"),
    *NETWORK,
]


STORE_CALLS = {
    "PutObject": lambda store: store.keep(a_name(), b"x"),
    "GetObject": lambda store: store.read(a_name()),
}
KEY_CALLS = {
    "Sign": lambda key: key.sign(b"x"),
    "GetPublicKey": lambda key: key.read_public_key(),
}


@every(
    "name, operation, call, fault",
    [
        (name, *call, fault)
        for name, calls, faults in (
            ("store", STORE_CALLS, S3_FAULTS),
            ("key", KEY_CALLS, KMS_FAULTS),
        )
        for call, fault in product(calls.items(), faults)
    ],
)
def test_a_bucket_or_a_key_that_fails_is_unavailable(
    real, fast_tries, name, operation, call, fault
):
    port = getattr(real, name)
    with failing(port._client, operation, fault) as calls, pytest.raises(Unavailable):
        call(port)
    assert calls


def test_a_put_whose_answer_was_lost_is_found_again(real, fast_tries):
    """The SDK repeats it, and S3 refuses the second one, because the first one has arrived."""
    name = a_name()
    real.store.keep(name, b"mine\n")
    slow = s3_error("SlowDown", 503)
    with failing(real.store._client, "PutObject", slow, times=1) as lost:
        assert real.store.keep(name, b"mine\n") == b"mine\n"
    assert lost
