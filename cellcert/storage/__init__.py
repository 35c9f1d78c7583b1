"""Bytes by their SHA-256 in a local folder: written whole or not at all, never changed."""

import hashlib
import os
import tempfile
from pathlib import Path


class Damaged(Exception):
    """The stored bytes are missing or no longer what was stored."""


class Store:
    """A folder of immutable files named by the SHA-256 of their bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise ValueError("not a SHA-256")
        return self.folder / sha256[:2] / sha256

    def put(self, data: bytes) -> str:
        """Store bytes and return their name; safe to repeat, and mends a copy that was damaged."""
        sha256 = hashlib.sha256(data).hexdigest()
        target = self.path(sha256)
        if self._is_whole(sha256):
            return sha256
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".part-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return sha256

    def _is_whole(self, sha256: str) -> bool:
        try:
            self.get(sha256)
        except Damaged:
            return False
        return True

    def get(self, sha256: str) -> bytes:
        """The bytes, checked against their name: wrong bytes are never handed out."""
        path = self.path(sha256)
        if path.is_symlink() or not path.is_file():
            raise Damaged(f"{sha256}: missing")
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Damaged(f"{sha256}: the bytes have changed")
        return data
