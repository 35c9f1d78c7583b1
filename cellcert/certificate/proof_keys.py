"""The keys of the short proofs: one made at set-up and kept by its owner alone, and every public one to believe."""

import base64
import os
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cellcert.certificate.proof import Keys, key_id

KEY_FILE, PUBLISHED = "qr.key", "qr-*.pub"


def proof_key(folder: Path) -> Ed25519PrivateKey:
    """The key in use; made once, its public half beside it."""
    path = folder / KEY_FILE
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise PermissionError(f"{path} may be read by others; run: chmod 600 {path}")
    return _loaded(path, path.stat().st_mtime_ns)


def proof_keys(folder: Path) -> Keys:
    """All keys to believe: the one in use, and those used before (``qr-….pub``)."""
    if (folder / KEY_FILE).exists():
        proof_key(folder)
    return _published(tuple(sorted(folder.glob(PUBLISHED))))


def in_words(key: Ed25519PublicKey) -> str:
    """A public key as it is published."""
    return base64.urlsafe_b64encode(key.public_bytes_raw()).decode().rstrip("=")


def from_words(text: str) -> Keys:
    """A published key read back; raises ``ValueError`` for anything else."""
    key = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(text.strip() + "=="))
    return {key_id(key): key}


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    draft = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # of two processes that begin at once, the second takes the first one's
    except FileExistsError:
        pass
    finally:
        draft.unlink()


@cache
def _loaded(path: Path, _changed: int) -> Ed25519PrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path} is no Ed25519 key.")
    public = path.parent / f"qr-{key_id(key.public_key()).hex()}.pub"
    if not public.exists():
        public.write_text(in_words(key.public_key()) + "\n", encoding="ascii")
    return key


@cache
def _published(files: tuple[Path, ...]) -> Keys:
    keys: dict[bytes, Ed25519PublicKey] = {}
    for file in files:
        keys |= from_words(file.read_text(encoding="ascii"))
    return keys
