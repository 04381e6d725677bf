"""This module says what a signer must offer, which bytes are signed, and how a signature is checked.

Signatures are Ed25519 (RFC 8032). What is signed is a statement: a line that names its kind and version, then canonical
JSON, so that a signature over one kind of statement can never pass as another.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ..domain.canonical import canonicalize
from ..errors import BadInput

DOMAIN = "countersign/v1"
SIGNATURE_HEX = re.compile(r"[0-9a-f]{128}")


class Signer(Protocol):
    """One private key, wherever it lives: in a file, a key management service or a hardware token."""

    @property
    def key_id(self) -> str:
        """The fingerprint of the public key (see :func:`compute_key_id`)."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature of the message, 64 bytes.

        Raises:
            Unavailable: the key cannot be reached now.
        """
        ...

    def public_key(self) -> bytes:
        """The raw public key, 32 bytes."""
        ...


class KeyStore(Protocol):
    """Where signers come from."""

    def signer(self, tenant: str, user_id: str) -> Signer:
        """The signer of one principal; its key is made on first use."""
        ...

    def system(self) -> Signer:
        """The signer of the installation itself: for heads of the log, the key ring and receipts."""
        ...

    def system_keys(self) -> tuple[bytes, ...]:
        """The raw public keys that this installation has ever signed with, those of rotated keys included."""
        ...


class KeySigner:
    """A signer whose private key is in memory."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._public = key.public_key().public_bytes_raw()
        self._key_id = compute_key_id(self._public)

    @property
    def key_id(self) -> str:
        """The fingerprint of the public key."""
        return self._key_id

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature of the message, 64 bytes."""
        return self._key.sign(message)

    def public_key(self) -> bytes:
        """The raw public key, 32 bytes."""
        return self._public

    def seed(self) -> bytes:
        """The random bytes that the private key was made of, 32 bytes (RFC 8032, section 5.1.5)."""
        return self._key.private_bytes_raw()


def compute_key_id(public_key: bytes) -> str:
    """SHA-256 over the raw public key, as 64 hex digits; so an id cannot be made to point at another key."""
    return hashlib.sha256(public_key).hexdigest()


def build_statement(kind: str, data: Mapping[str, Any]) -> bytes:
    """The exact bytes that are signed: ``countersign/v1/<kind>``, a newline, and the data as canonical JSON."""
    return f"{DOMAIN}/{kind}\n{canonicalize(data)}".encode()


def sign_statement(signer: Signer, kind: str, data: Mapping[str, Any]) -> str:
    """The signature over a statement, as 128 hex digits."""
    return signer.sign(build_statement(kind, data)).hex()


def verify_signature(public_key: bytes, signature: str, kind: str, data: Mapping[str, Any]) -> bool:
    """Whether this signature over this statement was made with the private half of this key.

    Only the one spelling of a signature that :func:`sign_statement` writes is accepted, so that nobody can make a
    second one.
    """
    if not isinstance(signature, str) or not SIGNATURE_HEX.fullmatch(signature):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(bytes.fromhex(signature), build_statement(kind, data))
    except (InvalidSignature, ValueError, BadInput):
        return False
    return True
