"""A broker's certificate must be one that this machine trusts, for the broker's own name."""

import ssl
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.cli.scripted_broker import ScriptedBroker
from tests.rows import every


def certificate(folder, host, *, days=1):
    """Write a self-signed certificate for the host, and its key, into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{host}.pem"
    private = key.private_bytes(
        Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(Encoding.PEM) + private)
    return path


@contextmanager
def https_broker(path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with ScriptedBroker(context) as broker:
        broker.url = broker.url.replace("127.0.0.1", "localhost")
        yield broker


@every(
    "host, days, trusted_by, code, words",
    [
        ("localhost", 1, "SSL_CERT_FILE", 0, "acme-prod/readonly"),
        ("localhost", 1, "AWS_CA_BUNDLE", 0, "acme-prod/readonly"),
        ("localhost", 1, "", 5, "self-signed certificate"),
        ("other.example", 1, "SSL_CERT_FILE", 5, "Hostname mismatch"),
        ("localhost", -1, "SSL_CERT_FILE", 5, "certificate has expired"),
    ],
)
def test_a_certificate_is_trusted_if_it_fits(new_machine, host, days, trusted_by, code, words):
    machine = new_machine()
    path = certificate(machine.home, host, days=days)
    if trusted_by:
        machine.variables[trusted_by] = str(path)
    with https_broker(path) as broker:
        machine.log_in(broker.url)
        output = machine.type("ls")
        assert bool(broker.requests) is (code == 0)
    assert output.code == code, output.err
    assert words in output.out + output.err
    if code:
        assert "SSL_CERT_FILE" in output.sentence


def test_a_server_without_tls(machine, broker):
    machine.log_in(broker.url.replace("http:", "https:"))
    assert "does not speak TLS" in machine.fails(5, "ls")
    assert broker.requests == []


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_bundle_that_is_none(machine, tmp_path, content):
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_text(content)
    machine.variables["AWS_CA_BUNDLE"] = str(path)
    machine.log_in("https://localhost:1")
    assert f"AWS_CA_BUNDLE is {path}" in machine.fails(6, "ls")
