"""Long uploads in parts: what has arrived waits in the data folder, and a broken line goes on from there."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cellcert.storage import room

PART = 1024 * 1024
MOST_WAITING = 8  # unfinished files of one person; the one untouched for longest makes room
HOURS_KEPT = 24
DONE = ".done"


@dataclass(frozen=True, slots=True)
class Sending:
    """One file that one person sends to one item; sent again it is the same one, in any window and any process."""

    folder: Path
    person: int
    application: int
    item: str
    name: str
    size: int
    changed: str  # when the file was last changed, as the browser says

    @property
    def path(self) -> Path:
        said = json.dumps([self.application, self.item, self.name, self.size, self.changed])
        return self.folder / str(self.person) / hashlib.sha256(said.encode()).hexdigest()

    def have(self) -> int:
        """How many bytes are here."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def add(self, start: int, data: bytes) -> int:
        """Put a part where it belongs, unless it is not the next one; how many bytes are here now."""
        with room(), self._open() as file:
            here = file.seek(0, os.SEEK_END)
            if start != here or len(data) > min(PART, self.size - here):
                return here
            try:
                file.write(data)
                file.flush()
            except OSError:
                os.ftruncate(file.fileno(), here)
                raise
            return here + len(data)

    @contextmanager
    def _open(self) -> Iterator[IO[bytes]]:
        """The file, for one writer at a time."""
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._make_room()
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        with open(os.open(self.path, flags, 0o600), "r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file

    def _make_room(self) -> None:
        waiting = sorted((path for path in self.path.parent.iterdir() if path.suffix != DONE), key=_touched)
        for old in waiting[: max(0, len(waiting) - MOST_WAITING + 1)]:
            old.unlink(missing_ok=True)

    def read(self) -> IO[bytes]:
        """All of it, to be checked."""
        return self.path.open("rb")

    def drop(self) -> None:
        """Nothing waits any more."""
        self.path.unlink(missing_ok=True)

    def finish(self, sha256: str) -> None:
        """Attached as these bytes: told again to a browser that did not hear it."""
        self.path.with_suffix(DONE).write_text(sha256, encoding="ascii")
        self.drop()

    def finished(self) -> str:
        """The bytes it was attached as, if it was."""
        try:
            return self.path.with_suffix(DONE).read_text(encoding="ascii")
        except FileNotFoundError:
            return ""


def _touched(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def forget_old(folder: Path, now: float) -> int:
    """Remove what nobody went on with for a day; how many files that were."""
    count = 0
    for path in folder.glob("*/*"):
        if now - _touched(path) > HOURS_KEPT * 3600:
            path.unlink(missing_ok=True)
            count += 1
    for person in folder.glob("*"):
        with suppress(OSError):
            person.rmdir()  # only an empty one goes
    return count
