"""An identity provider on this machine, over TLS, with its own keys and scripted failures."""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

CONFIGURATION = "/.well-known/openid-configuration"
KEYS = "/keys"

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
Answers = Callable[[BaseHTTPRequestHandler], None]


def an_rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def an_ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP384R1())


def jwk(key: Key, kid: str, **more: Any) -> dict[str, Any]:
    """Return the public key as a provider lists it."""
    kinds = {
        rsa.RSAPrivateKey: RSAAlgorithm,
        ec.EllipticCurvePrivateKey: ECAlgorithm,
        ed25519.Ed25519PrivateKey: OKPAlgorithm,
    }
    algorithm = next(kinds[kind] for kind in kinds if isinstance(key, kind))
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig"} | more


def pem(key: Key) -> bytes:
    """Return the public key as PEM, for the attack that confuses public keys and secrets."""
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


@dataclass(slots=True)
class IdentityProvider:
    """A provider that serves `pages` or `answers` by path, and records the requested paths."""

    url: str
    trusting: ssl.SSLContext
    keys: dict[str, Key] = field(default_factory=dict)
    pages: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Answers] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def publish(self, **keys: Key) -> None:
        """List these keys, and no others."""
        self.keys = dict(keys)
        self.pages[CONFIGURATION] = {"issuer": self.url, "jwks_uri": self.url + KEYS}
        self.pages[KEYS] = {"keys": [jwk(key, kid) for kid, key in keys.items()]}

    def token(
        self, claims: dict[str, Any], kid: str = "one", algorithm: str = "RS256", **headers: Any
    ) -> str:
        return jwt.encode(claims, self.keys[kid], algorithm, {"kid": kid} | headers)


@contextmanager
def an_identity_provider(folder: Path) -> Iterator[IdentityProvider]:
    """Run a provider for the duration of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    certificate = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    provider = IdentityProvider(
        url=f"https://127.0.0.1:{server.server_port}",
        trusting=ssl.create_default_context(cafile=str(certificate)),
    )
    server.provider = provider  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()


def _certificate(folder: Path) -> Path:
    """Write a self-signed certificate for the loopback address, with its key."""
    key = an_ec_key()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a provider on loopback")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        provider: IdentityProvider = self.server.provider  # type: ignore[attr-defined]
        provider.requests.append(self.path)
        if self.path in provider.answers:
            provider.answers[self.path](self)
        elif self.path in provider.pages:
            send(self, json.dumps(provider.pages[self.path]).encode())
        else:
            self.send_error(404)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def trickle(handler: BaseHTTPRequestHandler) -> None:
    """Send a byte at a time, for longer than any client waits."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)
