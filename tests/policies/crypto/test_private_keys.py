"""Private keys on disk: one per person, unreadable to others, made once however many ask."""

import subprocess
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from countersign.policies.crypto.private_keys import KeyFolder, open_key_folder
from countersign.policies.crypto.signing import sign_statement, verify_signature
from countersign.policies.errors import StorageError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MAKER = """
import sys
from pathlib import Path
from countersign.policies.crypto.private_keys import KeyFolder
for line in sys.stdin:
    keys = KeyFolder(Path(line.rstrip()))
    print(keys.signer("acme", "mara").key_id, keys.system().key_id, flush=True)
"""


def test_processes_that_make_a_key_at_once_end_with_one(tmp_path: Path) -> None:
    """Two keys would leave one process with signatures that the folder's key did not make."""
    start = partial(subprocess.Popen[str], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with ExitStack() as stack:
        makers = [stack.enter_context(start([sys.executable, "-c", MAKER])) for _ in range(3)]
        doors = [(maker.stdin, maker.stdout) for maker in makers if maker.stdin and maker.stdout]
        for attempt in range(-1, 15):  # the first warms them up
            folder = tmp_path / str(attempt)
            for ask, _ in doors:
                ask.write(f"{folder}\n")
            for ask, _ in doors:
                ask.flush()
            made = {tell.readline().strip() for _, tell in doors}
            keys = KeyFolder(folder)
            assert made == {f"{keys.signer('acme', 'mara').key_id} {keys.system().key_id}"}
            assert not list(folder.glob(".*.new")), "what lost the race must not lie around"
        for ask, _ in doors:
            ask.close()


def test_private_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    """A key that others can read lets them countersign."""
    keys = KeyFolder(tmp_path / "deep" / "keys")
    keys.signer("acme", "mara")
    keys.system()
    assert (tmp_path / "deep" / "keys").stat().st_mode & 0o777 == 0o700
    files = list((tmp_path / "deep" / "keys").iterdir())
    assert len(files) == 3
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    """It may have been copied; going on would hide that."""
    KeyFolder(tmp_path / "keys").signer("acme", "mara")
    (file,) = (tmp_path / "keys").iterdir()
    file.chmod(0o640)
    with pytest.raises(StorageError, match="chmod 600"):
        KeyFolder(tmp_path / "keys").signer("acme", "mara")


def test_a_folder_that_others_can_enter_gets_no_key(tmp_path: Path) -> None:
    """Whoever can write there can put a key of their own in place."""
    (tmp_path / "keys").mkdir(mode=0o755)
    with pytest.raises(StorageError, match="chmod 700"):
        KeyFolder(tmp_path / "keys").signer("acme", "mara")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """A link in a key's place would make somebody else's file the key."""
    keys = KeyFolder(tmp_path / "keys")
    keys.signer("acme", "mara")
    (file,) = (tmp_path / "keys").iterdir()
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError):
        KeyFolder(tmp_path / "keys").signer("acme", "mara")


HARD_IDS = st.sampled_from(
    ["../../etc/passwd", "/root", "mara", "Mara", "mara ", "mаra", "ｍara", "mara\x00", "", ".", "a" * 5000, "é", "é"]
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ids=st.lists(st.tuples(HARD_IDS | st.text(max_size=8), HARD_IDS), unique=True, min_size=2, max_size=4))
def test_different_ids_have_different_keys_inside_the_folder(tmp_path: Path, ids: list[tuple[str, str]]) -> None:
    """Look-alikes must not share a key, and no id may name a file outside."""
    keys = KeyFolder(tmp_path / "keys")
    found = {keys.signer(tenant, user).key_id for tenant, user in ids} | {keys.system().key_id}
    assert len(found) == len(ids) + 1
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]
    assert {keys.signer(tenant, user).key_id for tenant, user in ids} < found


def test_a_user_called_system_is_not_the_system(tmp_path: Path) -> None:
    """Else that user could sign heads of the log."""
    keys = KeyFolder(tmp_path / "keys")
    assert keys.system().key_id not in {keys.signer("", "").key_id, keys.signer("system", "system").key_id}


def test_a_passphrase_encrypts_and_must_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stolen folder must be worthless without it, and a wrong one must say so."""
    monkeypatch.setenv("COUNTERSIGN_KEY_PASSPHRASE", "correct horse")
    made = open_key_folder(tmp_path).signer("acme", "mara").key_id
    (file,) = (tmp_path / "keys").iterdir()
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in file.read_bytes()
    assert open_key_folder(tmp_path).signer("acme", "mara").key_id == made
    for wrong in ("wrong", ""):
        monkeypatch.setenv("COUNTERSIGN_KEY_PASSPHRASE", wrong)
        with pytest.raises(StorageError, match="COUNTERSIGN_KEY_PASSPHRASE"):
            open_key_folder(tmp_path).signer("acme", "mara")
    KeyFolder(tmp_path / "open").signer("acme", "mara")
    with pytest.raises(StorageError, match="not encrypted"):
        KeyFolder(tmp_path / "open", "set later").signer("acme", "mara")


def test_a_damaged_key_is_refused_and_not_replaced(tmp_path: Path) -> None:
    """A silent new key would hide that the old one is gone."""
    keys = KeyFolder(tmp_path / "keys")
    keys.signer("acme", "mara")
    (file,) = (tmp_path / "keys").iterdir()
    file.write_bytes(b"not a key")
    with pytest.raises(StorageError, match="damaged"):
        keys.signer("acme", "mara")
    assert file.read_bytes() == b"not a key"


def test_rotation_changes_the_key_for_every_open_process(tmp_path: Path) -> None:
    """A process that went on with the old key would sign with one that no longer counts."""
    here, there = KeyFolder(tmp_path / "keys"), KeyFolder(tmp_path / "keys")
    old = there.signer("acme", "mara").key_id
    new = here.rotate("acme", "mara").key_id
    assert old != new == there.signer("acme", "mara").key_id


def test_old_system_keys_stay_known(tmp_path: Path) -> None:
    """Heads signed before a rotation must still verify, without passphrase."""
    keys = KeyFolder(tmp_path / "keys", "secret")
    old = keys.system()
    signature = sign_statement(old, "head", {"seq": 1})
    new = keys.rotate_system()
    known = KeyFolder(tmp_path / "keys").system_keys()
    assert set(known) == {old.public_key(), new.public_key()}
    assert any(verify_signature(key, signature, "head", {"seq": 1}) for key in known)


def test_a_public_system_key_must_be_named_after_itself(tmp_path: Path) -> None:
    """A file with other content would make a stranger's heads trusted."""
    keys = KeyFolder(tmp_path / "keys")
    keys.system()
    (file,) = (tmp_path / "keys").glob("system-*.pub")
    file.write_bytes(KeyFolder(tmp_path / "stranger").system().public_key())
    with pytest.raises(StorageError, match="named after"):
        keys.system_keys()


def test_looking_makes_nothing(tmp_path: Path) -> None:
    """Verifying somebody's data folder must not put keys into it."""
    assert KeyFolder(tmp_path / "keys").system_keys() == ()
    assert not (tmp_path / "keys").exists()
