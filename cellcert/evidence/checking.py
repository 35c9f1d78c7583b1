"""Check one upload: what can be told from outside here, everything else in a child process with limits."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import BoundedSemaphore
from typing import IO, Any

import cellcert
from cellcert.config import Settings
from cellcert.criteria.programme import EvidenceLimits
from cellcert.errors import N_, Refusal, Unusable
from cellcert.evidence.child import NO_ROOM
from cellcert.evidence.clamd import scan
from cellcert.evidence.rules import KEPT_AS, MEDIA_TYPES, MEGABYTE, Accepted, recognise, shown_name
from cellcert.storage import Full, room

WALL_SECONDS = 40
WAITING_SECONDS = 30
# The child is another program with little memory of its own; a process looks into few files at a time.
SLOTS = BoundedSemaphore(max(2, os.cpu_count() or 2))
COMMAND = (sys.executable, "-s", "-P", "-m", "cellcert.evidence.child")
ENVIRONMENT = {
    "PYTHONPATH": str(Path(cellcert.__file__).parent.parent),
    "PYTHONDONTWRITEBYTECODE": "1",
    "LC_ALL": "C.UTF-8",
}


class Busy(Refusal):
    """Too many files wait to be checked; the same upload is welcome a little later."""

    status = 429


def check(name: str, stream: IO[bytes], limits: EvidenceLimits, settings: Settings) -> Accepted:
    """The file as it is kept, or a refusal that says what is wrong with it and what to do.

    The stream is what the web server put aside (a temporary file for all but small uploads); no more than the
    limit is read from it.
    """
    most = limits.file_mb * MEGABYTE
    data = stream.read(most + 1)
    stream.close()  # the temporary file goes now, not when the garbage is collected
    extension = recognise(name, data, limits.types, most)
    if settings.clamd:
        scan(settings.clamd, shown_name(name), data, settings.clamd_wait)
    if not SLOTS.acquire(timeout=WAITING_SECONDS):
        raise Busy(N_("现在上传的人很多，“{name}”还没有检查。请一分钟后再上传。"), name=shown_name(name))
    try:
        with room():
            return _ask_child(name, data, extension)
    finally:
        SLOTS.release()


def _ask_child(name: str, data: bytes, extension: str) -> Accepted:
    code, head, rest = ask(COMMAND, {"name": name[-500:], "extension": extension}, data)
    if code:
        raise _unchecked(name)
    return _told(name, data, extension, head, rest)


def ask(command: Sequence[str], what: Mapping[str, object], data: bytes) -> tuple[int, bytes, bytes]:
    """Give a child one file: how it ended, the first line of its answer and the rest of it."""
    with tempfile.TemporaryFile() as question, tempfile.TemporaryFile() as answer:
        question.write(json.dumps(what).encode() + b"\n" + data)
        question.seek(0)
        child = subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=question, stdout=answer, stderr=subprocess.DEVNULL, env=ENVIRONMENT, start_new_session=True
        )
        try:
            code = child.wait(WALL_SECONDS)
        except subprocess.TimeoutExpired:
            code = -signal.SIGKILL
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
        answer.seek(0)
        head, rest = answer.readline(), answer.read()
    if code == NO_ROOM:
        raise Full
    return code, head, rest


def _told(name: str, data: bytes, extension: str, head: bytes, rest: bytes) -> Accepted:
    """The child's answer; it handled hostile bytes, so the answer is data and nothing else."""
    try:
        told: dict[str, Any] = json.loads(head)
        if "refused" in told:
            refusal = Unusable(str(told["refused"]), **{key: str(value) for key, value in told["values"].items()})
            str(refusal)
        else:
            length = int(told["length"])
            kept, thumb = rest[:length] if told["anew"] else data, rest[length:]
            if len(kept) == 0:
                raise ValueError("nothing to keep")
            extension = KEPT_AS.get(extension, extension)
            return Accepted(kept, MEDIA_TYPES[extension], extension, thumb or None, str(told.get("taken", ""))[:40])
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise _unchecked(name) from error
    raise refusal


def _unchecked(name: str) -> Unusable:
    sentence = N_("“{name}”无法检查：打开它用的时间或内存太多。请用原来的软件重新导出，或拆成几个文件后再上传。")
    return Unusable(sentence, name=shown_name(name))
