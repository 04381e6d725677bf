"""The folder of private keys holds one Ed25519 key per principal and one for the installation, made on first use.

A file is named by a hash over tenant and user id, so that ids that look like paths, differ only in case or look alike
can neither escape the folder nor share a key. A key is written aside and linked into place: of several processes that
make one at once exactly one succeeds, and all use that one.
"""

import hashlib
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from ..domain.canonical import canonicalize
from ..errors import StorageError
from .signing import KeySigner, compute_key_id

PASSPHRASE_VARIABLE = "COUNTERSIGN_KEY_PASSPHRASE"  # noqa: S105 - the variable's name, not its value
KEYS_FOLDER = "keys"
_SYSTEM = "system"
_PUBLIC_BYTES = 32


def open_key_folder(home: Path) -> "KeyFolder":
    """The keys of a data folder, with the passphrase from the environment variable ``COUNTERSIGN_KEY_PASSPHRASE``."""
    return KeyFolder(home / KEYS_FOLDER, os.environ.get(PASSPHRASE_VARIABLE, ""))


class KeyFolder:
    """A key store in a folder that only its owner may enter; nothing is made before it is needed.

    Args:
        folder: made with mode 0700 on first use.
        passphrase: encrypts the private keys on disk (PKCS #8); empty leaves that to the file system.
    """

    def __init__(self, folder: Path, passphrase: str = "") -> None:
        self._folder = folder
        self._passphrase = passphrase.encode()
        self._loaded: dict[str, tuple[tuple[int, int], KeySigner]] = {}

    def signer(self, tenant: str, user_id: str) -> KeySigner:
        """The signer of one principal; its key is made on first use.

        Raises:
            StorageError: the key cannot be read or made, others could read it, or the passphrase is wrong.
        """
        return self._signer(_make_file_name("principal", tenant, user_id))

    def system(self) -> KeySigner:
        """The signer of the installation itself.

        Raises:
            StorageError: as for :meth:`signer`.
        """
        return self._signer(_make_file_name(_SYSTEM), self._publish)

    def secret(self, purpose: str) -> bytes:
        """32 random bytes for one purpose, made on first use and kept as the private keys are.

        Raises:
            StorageError: as for :meth:`signer`.
        """
        return self._signer(_make_file_name("secret", purpose)).seed()

    def system_keys(self) -> tuple[bytes, ...]:
        """The public keys the installation has ever signed with; read without a passphrase, and made by nobody.

        Raises:
            StorageError: a file is not what its name says.
        """
        found = []
        for path in sorted(self._folder.glob(f"{_SYSTEM}-*.pub")):
            public = self._content(path)
            if len(public) != _PUBLIC_BYTES or path.name != f"{_SYSTEM}-{compute_key_id(public)}.pub":
                raise StorageError(f"{path} does not hold the key that it is named after; restore it from a backup.")
            found.append(public)
        return tuple(found)

    def rotate(self, tenant: str, user_id: str) -> KeySigner:
        """Replaces a principal's key; the old private key is gone, what it signed stays valid by the key ring.

        Raises:
            StorageError: the new key cannot be written.
        """
        return self._replace(_make_file_name("principal", tenant, user_id))

    def rotate_system(self) -> KeySigner:
        """Replaces the installation's key; the old public key stays, so that what it signed can still be checked.

        Raises:
            StorageError: the new key cannot be written.
        """
        return self._replace(_make_file_name(_SYSTEM), self._publish)

    def _signer(self, name: str, before: Callable[[KeySigner], None] | None = None) -> KeySigner:
        path = self._folder / name
        try:
            if not os.path.lexists(path):
                self._prepare()
                self._create(path, self._make_key(before))
            status = path.lstat()
            stamp = (status.st_ino, status.st_ctime_ns)  # changes with content and with permissions
            known = self._loaded.get(name)
            if known is None or known[0] != stamp:
                known = self._loaded[name] = (stamp, self._load(path))
        except OSError as error:
            raise self._make_broken_error(path, error) from error
        return known[1]

    def _replace(self, name: str, before: Callable[[KeySigner], None] | None = None) -> KeySigner:
        path = self._folder / name
        try:
            self._prepare()
            aside = self._write_aside(self._make_key(before))
            os.replace(aside, path)
            self._sync()
        except OSError as error:
            raise self._make_broken_error(path, error) from error
        return self._signer(name)

    def _make_key(self, before: Callable[[KeySigner], None] | None) -> bytes:
        """A new private key as PEM; ``before`` sees it before it can be used."""
        key = Ed25519PrivateKey.generate()
        if before is not None:
            before(KeySigner(key))
        how = BestAvailableEncryption(self._passphrase) if self._passphrase else NoEncryption()
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)

    def _publish(self, signer: KeySigner) -> None:
        self._create(self._folder / f"{_SYSTEM}-{signer.key_id}.pub", signer.public_key())

    def _prepare(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = self._folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or _is_open_to_others(status):
            raise StorageError(f"Others could write to the key folder {self._folder}; run `chmod 700` on it.")

    def _create(self, path: Path, content: bytes) -> None:
        """Writes a file whole or not at all; one that exists is left alone."""
        aside = self._write_aside(content)
        try:
            os.link(aside, path)
        except FileExistsError:
            pass
        finally:
            aside.unlink()
        self._sync()

    def _write_aside(self, content: bytes) -> Path:
        aside = self._folder / f".{secrets.token_hex(8)}.new"
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        return aside

    def _sync(self) -> None:
        if os.name == "posix":
            descriptor = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _content(self, path: Path) -> bytes:
        try:
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
            with open(descriptor, "rb") as stream:
                status = os.fstat(stream.fileno())
                if not stat.S_ISREG(status.st_mode) or _is_open_to_others(status):
                    raise StorageError(f"Others could use the key file {path}; run `chmod 600` on it.")
                return stream.read(1 << 16)
        except OSError as error:
            raise self._make_broken_error(path, error) from error

    def _load(self, path: Path) -> KeySigner:
        content = self._content(path)
        try:
            key = load_pem_private_key(content, self._passphrase or None)
        except TypeError:
            what = "is not encrypted although it is set" if self._passphrase else "is encrypted and it is not set"
            raise StorageError(
                f"The key file {path} cannot be opened by {PASSPHRASE_VARIABLE}: the file {what}."
            ) from None
        except ValueError:
            raise StorageError(
                f"The key file {path} cannot be opened: {PASSPHRASE_VARIABLE} is wrong, or the file is damaged."
            ) from None
        if not isinstance(key, Ed25519PrivateKey):
            raise StorageError(f"The key file {path} does not hold an Ed25519 key; restore it from a backup.")
        return KeySigner(key)

    def _make_broken_error(self, path: Path, error: OSError) -> StorageError:
        return StorageError(f"The key file {path} cannot be used: {error.strerror}. Check the folder's permissions.")


def _make_file_name(*owner: str) -> str:
    return f"{hashlib.sha256(canonicalize(owner).encode()).hexdigest()}.pem"


def _is_open_to_others(status: os.stat_result) -> bool:
    return os.name == "posix" and bool(status.st_mode & 0o077)
