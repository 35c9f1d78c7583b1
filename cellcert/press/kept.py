"""Pages laid out once, kept on disk: a fresh process prints at once, and need not even load WeasyPrint.

A file is found by all that shaped its page (words, look, code, libraries, fonts); it is used only if it is whole.
"""

import ctypes
import hashlib
import importlib.util
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from cellcert.paths import shipped
from cellcert.press.fontconfig import font_file
from cellcert.press.harfbuzz import Glyph
from cellcert.press.reference import FACES
from cellcert.press.sheet import Sheet
from cellcert.press.slots import CodeSlot, NameSlot, Slot, TextSlot
from cellcert.press.template import Attached, Template

MOST = 400  # pages kept, of 0.1 MB each; the oldest go first
SLOTS = {kind.__name__: kind for kind in (NameSlot, TextSlot, CodeSlot)}

log = logging.getLogger(__name__)


def name_of(template: Template, lines: int, attached: Attached | None) -> str:
    """The name a page of ``template`` is kept by."""
    inside = (attached.name, attached.about) if attached else None
    return hashlib.sha256(f"{_surroundings()} {template!r} {lines} {inside!r}".encode()).hexdigest()[:40]


def load(folder: Path, name: str) -> Sheet | None:
    """The page of this name; none if it was never kept, or is not as it was written."""
    try:
        said, _, body = (folder / name).read_bytes().partition(b"\n")
    except OSError:
        return None
    if said.decode(errors="replace") != hashlib.sha256(body).hexdigest():
        log.warning("a kept page is damaged and laid out again: %s", folder / name)
        return None
    head, _, fixed = body.partition(b"\n")
    kept = json.loads(head)
    return Sheet(
        content=[_slot(*part) if isinstance(part, list) else part.encode("latin-1") for part in kept["content"]],
        content_number=kept["content_number"],
        named={int(number): _bytes(parts) for number, parts in kept["named"].items()},
        metadata=(kept["metadata"][0], kept["metadata"][1].encode("latin-1"), _bytes(kept["metadata"][2])),
        inside=(kept["inside"][0], kept["inside"][1].encode("latin-1")),
        fixed=fixed,
        rows={int(number): row.encode("latin-1") for number, row in kept["rows"].items()},
        font_at=kept["font_at"],
        size=kept["size"],
        root=kept["root"].encode("latin-1"),
        info=kept["info"].encode("latin-1"),
    )


def save(folder: Path, name: str, sheet: Sheet) -> None:
    """Keep a page. A folder that cannot be written costs time, never a certificate."""
    content = [part if isinstance(part, bytes) else [type(part).__name__, asdict(part)] for part in sheet.content]
    kept = asdict(sheet) | {"content": content, "fixed": None}
    body = json.dumps(kept, default=lambda value: value.decode("latin-1")).encode() + b"\n" + sheet.fixed
    draft = folder / f"{name}.{os.getpid()}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
        draft.replace(folder / name)
        for old in sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime)[:-MOST]:
            old.unlink(missing_ok=True)
    except OSError as error:
        log.warning("a page laid out could not be kept: %s", error)


def _slot(kind: str, values: dict[str, Any]) -> Slot:
    if "face" in values:
        values["face"] = {sign: Glyph(**glyph) for sign, glyph in values["face"].items()}
    return SLOTS[kind](**values)


def _bytes(parts: list[str]) -> list[bytes]:
    return [part.encode("latin-1") for part in parts]


@cache
def _surroundings() -> str:
    """All that shapes a page besides its words: our code and templates, WeasyPrint, Pango, the fonts."""
    found = hashlib.sha256()
    for file in _sources():
        found.update(file.read_bytes())
    for _family, _weight, pattern in FACES.values():
        path = Path(os.fsdecode(font_file(pattern)[0]))
        found.update(f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}".encode())
    found.update(b"%d" % ctypes.CDLL("libpango-1.0.so.0").pango_version())
    return found.hexdigest()


def _sources() -> Iterator[Path]:
    yield from sorted(Path(__file__).parent.glob("*.py"))
    yield Path(__file__).parent.parent / "paper.py"
    yield from (shipped("templates") / "print" / name for name in ("certificate.html", "certificate.css", "frame.svg"))
    yield from (shipped("templates") / "print" / name for name in ("art.css", "seal.svg"))
    for library in ("weasyprint", "pydyf"):
        if (spec := importlib.util.find_spec(library)) and spec.origin:
            yield Path(spec.origin)
