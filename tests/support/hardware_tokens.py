"""Keys on hardware tokens, as software: a key store without files."""

from countersign.policies.crypto.signing import compute_key_id
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Token:
    """A hardware token as software: it signs and tells its public key, and nothing gets the private one out of it."""

    __slots__ = ("public_key", "sign", "touches")

    def __init__(self) -> None:
        key = Ed25519PrivateKey.generate()
        self.touches: list[bytes] = []

        def sign(message: bytes) -> bytes:
            self.touches.append(message)
            return key.sign(message)

        self.sign = sign
        self.public_key = key.public_key().public_bytes_raw

    @property
    def key_id(self) -> str:
        """The fingerprint of the public key."""
        return compute_key_id(self.public_key())


class Tokens:
    """A key store whose keys are all on tokens."""

    def __init__(self) -> None:
        self.issued: dict[tuple[str, ...], Token] = {}

    def signer(self, tenant: str, user_id: str) -> Token:
        """The token of one principal."""
        return self.issued.setdefault((tenant, user_id), Token())

    def system(self) -> Token:
        """The installation's token."""
        return self.issued.setdefault((), Token())

    def system_keys(self) -> tuple[bytes, ...]:
        """The installation's public key."""
        return (self.system().public_key(),)
