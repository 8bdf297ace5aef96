"""The digests' bucket and its key, in memory. Bucket and key of the local AWS behave alike:
tests/adapters/evidence."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.evidence.digests import DigestPorts
from tests.fakes import World


@dataclass(slots=True)
class FakeDigestBucket:
    """The DigestStore port over a dict."""

    world: World = field(default_factory=World)
    objects: dict[str, bytes] = field(default_factory=dict)

    def keep(self, name: str, content: bytes) -> bytes:
        self.world.step(f"keep {name}")
        return self.objects.setdefault(name, content)

    def read(self, name: str) -> bytes:
        self.world.step(f"read {name}")
        if name not in self.objects:
            raise Unavailable(Reason.AWS_UNREACHABLE)
        return self.objects[name]


@dataclass(slots=True)
class FakeSigningKey:
    """The SigningKey port with a key of its own."""

    world: World = field(default_factory=World)
    private: EllipticCurvePrivateKey = field(
        default_factory=lambda: generate_private_key(SECP256R1())
    )

    def sign(self, content: bytes) -> bytes:
        self.world.step("sign")
        return self.private.sign(content, ECDSA(SHA256()))

    def read_public_key(self) -> bytes:
        self.world.step("read_public_key")
        public = self.private.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def digest_ports(world: World) -> DigestPorts:
    """Return the job's ports on a new bucket and a new key."""
    return DigestPorts(world.ports(), FakeDigestBucket(world), FakeSigningKey(world))
