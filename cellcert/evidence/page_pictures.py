"""Pages of a stored file as pictures, drawn in a child process and kept in a folder that may be emptied at any time.

Kept by the SHA-256 of the file, so that the same file is drawn once; who may see one is asked by its row, each time.
"""

import json
import os
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any

from cellcert import clock
from cellcert.errors import N_, NotFound
from cellcert.evidence.checking import WAITING_SECONDS, Busy, ask
from cellcert.evidence.rules import MEDIA_TYPES, MOST_PAGES, extension_of
from cellcert.storage import Full, Store, named

WIDTH = 1240  # pixels: an A4 page at 150 dots an inch
AT_ONCE = 4  # pages drawn by one child
MOST_KEPT = 8 * 1024 * 1024  # bytes in each of 256 folders: 2 GB in all
TRY_AGAIN = 600  # seconds until a file that could not be drawn is looked at once more: the machine may have been busy
KINDS = {"application/pdf": "pdf", "image/jpeg": "picture", "image/png": "picture", "image/webp": "picture"}
COMMAND = (sys.executable, "-s", "-P", "-m", "cellcert.evidence.page_child")
SLOTS = BoundedSemaphore(max(1, os.cpu_count() or 1))


def kind_of(media_type: str) -> str:
    """What a page of ours can show of it: ``picture``, ``pdf``, or nothing."""
    return KINDS.get(media_type, "")


def kind_of_name(name: str) -> str:
    """The same by a kept file's name: its ending is always that of its bytes."""
    return kind_of(MEDIA_TYPES.get(extension_of(name), ""))


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of one stored file."""

    folder: Path
    store: Store
    sha256: str
    kind: str

    def count(self) -> int:
        """How many pages can be shown; 0 where the file cannot be drawn."""
        return 1 if self.kind == "picture" else self._known() or self._draw(1)

    def picture(self, number: int) -> bytes:
        """One page as JPEG."""
        if number < 1 or not self.kind:
            raise NotFound
        path = self._page(number)
        with suppress(FileNotFoundError):
            data = path.read_bytes()
            os.utime(path)  # what is looked at stays longest
            return _whole(data)
        if self._known() == -1 or number > max(self.count(), 1):
            raise NotFound
        self._draw(number)
        try:
            return _whole(path.read_bytes())
        except FileNotFoundError:
            raise NotFound from None

    def _known(self) -> int:
        """The number of pages found before; 0: not looked at yet, -1: it cannot be drawn."""
        try:
            pages = int(json.loads(self._head.read_bytes())["pages"])
            return 0 if pages < 0 and clock.now().timestamp() - self._head.stat().st_mtime > TRY_AGAIN else pages
        except (OSError, ValueError, LookupError, TypeError):
            return 0

    def _draw(self, number: int) -> int:
        """Draw the pages around this one; how many the file has."""
        first = (number - 1) // AT_ONCE * AT_ONCE + 1
        if not SLOTS.acquire(timeout=WAITING_SECONDS):
            raise Busy(N_("现在打开材料的人很多，这一页还没有画好。请过一会儿再看，或下载原件。"))
        try:
            if self._page(number).exists() and self._known():  # somebody else was quicker
                return self._known()
            data = self.store.get(self.sha256)
            what = {"kind": self.kind, "first": first, "count": AT_ONCE, "width": WIDTH}
            pages, drawn = _told(*ask(COMMAND, what, data))
            if pages < 0 < self._known():  # these pages are too much, others were not
                pages, drawn = self._known(), [b""] * AT_ONCE
            for at, jpeg in enumerate(drawn):
                self._keep(self._page(first + at), jpeg)
            self._keep(self._head, json.dumps({"pages": pages}).encode())
            self._make_room()
            return pages
        finally:
            SLOTS.release()

    @property
    def _shard(self) -> Path:
        return self.folder / named(self.sha256)[:2]

    @property
    def _head(self) -> Path:
        return self._shard / f"{self.sha256}.json"

    def _page(self, number: int) -> Path:
        return self._shard / f"{self.sha256}-{number}.jpg"

    def _keep(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.replace(name, path)
        except OSError as error:
            raise Full from error
        finally:
            Path(name).unlink(missing_ok=True)

    def _make_room(self) -> None:
        """Forget what was not looked at for longest."""
        with suppress(OSError):
            kept = sorted(self._shard.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
            held = 0
            for at, path in enumerate(kept):
                held += path.stat().st_size
                if at > AT_ONCE and held > MOST_KEPT:  # what was drawn just now is read next
                    path.unlink(missing_ok=True)


def _told(code: int, head: bytes, rest: bytes) -> tuple[int, list[bytes]]:
    """The child's answer: it handled hostile bytes, so it is data and nothing else; -1 pages where it gave up."""
    try:
        told: dict[str, Any] = json.loads(head) if code == 0 else {}
        pages, lengths = int(told["pages"]), [int(length) for length in told["lengths"]]
    except (ValueError, LookupError, TypeError):
        return -1, []
    if pages < 1 or any(length < 0 for length in lengths):
        return -1, []
    drawn, at = [], 0
    for length in lengths:
        drawn.append(rest[at : at + length])
        at += length
    return min(pages, MOST_PAGES), [jpeg if jpeg[:3] == b"\xff\xd8\xff" else b"" for jpeg in drawn]


def _whole(jpeg: bytes) -> bytes:
    """A page, where it could be drawn."""
    if not jpeg:
        raise NotFound
    return jpeg
