"""The process that looks into one uploaded file: few seconds, little memory, no other files, no network (D-9).

Started by ``cellcert.evidence.checking``.  It reads one line of JSON and the file from its standard input, and writes
one line of JSON and the bytes to keep to its standard output.  A child that is killed wrote no whole answer.
"""

import codecs
import importlib
import json
import os
import pkgutil
import resource
import sys
from contextlib import suppress

from cellcert.errors import Refusal
from cellcert.evidence.rules import OFFICE, PICTURES, look_into
from cellcert.storage import ROOM

CPU_SECONDS = 20
MEMORY = 1024**3
NO_ROOM = 75  # the exit code that says so
MOST_WRITTEN = 96 * 1024 * 1024
# A parser that looks for its tables only when it meets the first file would find no file to open.
CODECS = ("utf-8", "utf-16", "utf-16-be", "utf-16-le", "utf-32", "cp437", "latin-1", "ascii", "charmap", "gb18030")


def confine(*, threads: bool = False) -> None:
    """From here on nothing can be opened: no file, no socket, no pipe, no process."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    memory = MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most)
    for limit, value in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, MOST_WRITTEN),
        (resource.RLIMIT_CORE, 0),
        *(() if threads else ((resource.RLIMIT_NPROC, 0),)),
        (resource.RLIMIT_NOFILE, 3),
    ):
        resource.setrlimit(limit, (value, value))


def prepare(extension: str) -> None:
    """Load what this kind of file needs, while files can still be opened."""
    for name in CODECS:
        codecs.lookup(name)
    if extension in PICTURES:
        from PIL import Image

        importlib.import_module("cellcert.evidence.pictures")
        Image.preinit()
        importlib.import_module("PIL.WebPImagePlugin")
        importlib.import_module("PIL.MpoImagePlugin")
        importlib.import_module("PIL.TiffImagePlugin")  # reads EXIF
        if extension == "heic":
            importlib.import_module("pillow_heif")
    elif extension in OFFICE:
        importlib.import_module("cellcert.evidence.office")
    else:
        import pypdf

        importlib.import_module("cellcert.evidence.pdf")
        for module in pkgutil.walk_packages(pypdf.__path__, "pypdf."):
            with suppress(ImportError):  # what it could use for locked files is not all installed
                importlib.import_module(module.name)


def main() -> None:
    """Answer for one file."""
    asked = json.loads(sys.stdin.buffer.readline())
    name, extension = str(asked["name"]), str(asked["extension"])
    prepare(extension)
    confine(threads=extension == "heic")  # its decoder works in a thread of its own
    data = sys.stdin.buffer.read()
    try:
        accepted = look_into(name, data, extension)
    except Refusal as refusal:
        _answer({"refused": refusal.sentence, "values": refusal.values})
        return
    kept = b"" if accepted.data is data else accepted.data
    told = {"anew": accepted.data is not data, "length": len(kept), "taken": accepted.taken}
    _answer(told, kept, accepted.thumb or b"")


def _answer(head: dict[str, object], *parts: bytes) -> None:
    try:
        sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + b"".join(parts))
        sys.stdout.buffer.flush()
    except OSError as error:
        os._exit(NO_ROOM if error.errno in ROOM else 1)  # at an ordinary end the rest would be written once more


if __name__ == "__main__":
    main()
