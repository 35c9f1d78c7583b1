"""A store in a local folder, of immutable files named by the SHA-256 of their bytes."""

import hashlib
import os
import tempfile
from pathlib import Path

from cellcert.storage import Damaged, named, room, whole


class FolderStore:
    """Files in ``ab/abcdef…`` below a folder that only this program may read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: str) -> Path:
        return self.folder / named(sha256)[:2] / sha256

    def put(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        target = self.path(sha256)
        if self._is_whole(sha256):
            return sha256
        with room():
            self._write(target, data)
        return sha256

    def _write(self, target: Path, data: bytes) -> None:
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

    def _is_whole(self, sha256: str) -> bool:
        try:
            self.get(sha256)
        except Damaged:
            return False
        return True

    def get(self, sha256: str) -> bytes:
        path = self.path(sha256)
        if path.is_symlink() or not path.is_file():
            raise Damaged(f"{sha256}: missing")
        return whole(sha256, path.read_bytes())
