"""A broker's certificate must be one that this machine trusts, for the broker's own name."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.cli.scripted_broker import ScriptedBroker
from tests.cli.typed import Machine


def certificate(folder: Path, host: str, *, days: int = 1) -> Path:
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
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@contextmanager
def https_broker(path: Path) -> Iterator[ScriptedBroker]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with ScriptedBroker(context) as broker:
        broker.url = broker.url.replace("127.0.0.1", "localhost")
        yield broker


def list_at(machine: Machine, broker: ScriptedBroker) -> tuple[int, str]:
    machine.log_in(broker.url)
    output = machine.type("ls")
    return output.code, output.out if output.code == 0 else output.sentence


def test_a_certificate_that_this_machine_trusts(machine: Machine, tmp_path: Path) -> None:
    path = certificate(tmp_path, "localhost")
    machine.variables["SSL_CERT_FILE"] = str(path)
    with https_broker(path) as broker:
        code, text = list_at(machine, broker)
    assert code == 0, text
    assert "acme-prod/readonly" in text


def test_the_bundle_of_aws_tools_counts_too(machine: Machine, tmp_path: Path) -> None:
    path = certificate(tmp_path, "localhost")
    machine.variables["AWS_CA_BUNDLE"] = str(path)
    with https_broker(path) as broker:
        assert list_at(machine, broker)[0] == 0


@pytest.mark.parametrize(
    ("host", "days", "trusted", "words"),
    [
        ("localhost", 1, "", "self-signed certificate"),
        ("other.example", 1, "trusted", "Hostname mismatch"),
        ("localhost", -1, "trusted", "certificate has expired"),
    ],
)
def test_a_certificate_that_does_not_fit(
    machine: Machine, tmp_path: Path, host: str, days: int, trusted: str, words: str
) -> None:
    path = certificate(tmp_path, host, days=days)
    if trusted:
        machine.variables["SSL_CERT_FILE"] = str(path)
    with https_broker(path) as broker:
        code, text = list_at(machine, broker)
        assert broker.requests == []
    assert code == 5
    assert words in text
    assert "SSL_CERT_FILE" in text


def test_a_server_without_tls(machine: Machine, broker: ScriptedBroker) -> None:
    machine.log_in(broker.url.replace("http:", "https:"))
    output = machine.type("ls")
    assert output.code == 5
    assert "does not speak TLS" in output.sentence
    assert broker.requests == []


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_bundle_that_is_none(machine: Machine, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_text(content)
    machine.variables["AWS_CA_BUNDLE"] = str(path)
    machine.log_in("https://localhost:1")
    output = machine.type("ls")
    assert output.code == 6
    assert f"AWS_CA_BUNDLE is {path}" in output.sentence
