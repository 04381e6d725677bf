"""This package signs statements and checks signatures with Ed25519.

`signing` says which bytes are signed, `public_keys` holds public keys as values with the time in which they count, and
`private_keys` keeps private keys in a folder. It has no database: which keys an installation vouches for is said by the
key ring of the audit log.
"""

from typing import TYPE_CHECKING

from ..lazy_exports import export_lazily

if TYPE_CHECKING:
    from .private_keys import KEYS_FOLDER as KEYS_FOLDER
    from .private_keys import KeyFolder as KeyFolder
    from .private_keys import open_key_folder as open_key_folder
    from .public_keys import KeySet as KeySet
    from .public_keys import PublicKey as PublicKey
    from .public_keys import export_keys as export_keys
    from .public_keys import load_keys as load_keys
    from .public_keys import parse_time as parse_time
    from .signing import KeyStore as KeyStore
    from .signing import Signer as Signer
    from .signing import compute_key_id as compute_key_id
    from .signing import sign_statement as sign_statement
    from .signing import verify_signature as verify_signature

__getattr__ = export_lazily(
    __name__,
    {
        "private_keys": "KeyFolder KEYS_FOLDER open_key_folder",
        "public_keys": "export_keys KeySet load_keys parse_time PublicKey",
        "signing": "compute_key_id KeyStore sign_statement Signer verify_signature",
    },
)
