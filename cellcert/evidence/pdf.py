"""PDF files as evidence: whole, open to read, and without anything that acts when opened."""

import re
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from cellcert.errors import N_, Unusable

MOST_OBJECTS = 300_000
MOST_TAIL = 1024  # readers look for the end mark in the last kilobyte
SCRIPT = N_("“{name}”里有脚本（JavaScript）。请打印成 PDF 后再上传。")
STARTS = N_("“{name}”会启动程序，或打开别的文件。请打印成 PDF 后再上传。")
CARRIES = N_("“{name}”里嵌着别的文件。请打印成 PDF；嵌着的文件另外上传。")
DYNAMIC = N_("“{name}”是动态表单（XFA）。请打印成 PDF 后再上传。")
SENDS = N_("“{name}”会提交表单，或导入数据。请打印成 PDF 后再上传。")
PLAYS = N_("“{name}”里有音频、视频或三维内容。请打印成 PDF 后再上传。")
OPENS = N_("“{name}”一打开就自动执行动作。请打印成 PDF 后再上传。")
LINKS = N_("“{name}”里有打开本机文件或运行脚本的链接。请打印成 PDF 后再上传。")
ELSEWHERE = N_("“{name}”的内容放在别的文件里。请打印成 PDF 后再上传。")
TANGLED = N_("“{name}”的结构太复杂，无法检查完。请打印成 PDF，或拆成几个文件后再上传。")
ACTIVE_KEYS = {
    "/JS": SCRIPT, "/JavaScript": SCRIPT, "/EmbeddedFiles": CARRIES, "/EmbeddedFile": CARRIES, "/EF": CARRIES,
    "/RichMedia": PLAYS, "/XFA": DYNAMIC,
}  # fmt: skip
ACTIVE_ACTIONS = {
    "/JavaScript": SCRIPT, "/Launch": STARTS, "/GoToR": STARTS, "/GoToE": STARTS, "/ImportData": SENDS,
    "/SubmitForm": SENDS, "/Rendition": PLAYS, "/Movie": PLAYS, "/Sound": PLAYS, "/RichMediaExecute": PLAYS,
    "/GoTo3DView": PLAYS,
}  # fmt: skip
ACTIVE_TYPES = {"/EmbeddedFile": CARRIES}
ACTIVE_SUBTYPES = {
    "/FileAttachment": CARRIES, "/RichMedia": PLAYS, "/Movie": PLAYS, "/Screen": PLAYS, "/Sound": PLAYS, "/3D": PLAYS,
}  # fmt: skip
PLAIN_LINK = re.compile(r"\s*(https?:|mailto:|tel:|#|[^:]*$)", re.IGNORECASE)
BROKEN = (
    PyPdfError, OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, NotImplementedError,
    ArithmeticError, AssertionError,
)  # fmt: skip


def check_pdf(name: str, data: bytes) -> None:
    """Refuse a PDF that is locked, broken or active."""
    end = data.rfind(b"%%EOF")
    broken = N_("“{name}”的 PDF 结构不完整。请用原来的软件重新导出或打印成 PDF，再上传。")
    if end < 0 or len(data[end + 5 :].strip(b"\0\t\n\f\r ")) > MOST_TAIL:
        raise Unusable(broken, name=name)
    try:
        reader = PdfReader(BytesIO(data), strict=True)
        if reader.is_encrypted:
            raise Unusable(N_("“{name}”设有密码或限制。请取消加密后再上传。"), name=name)
        active = _active(reader)
        pages = 0 if active else len(reader.pages)
    except BROKEN as error:
        raise Unusable(broken, name=name) from error
    if active:
        raise Unusable(active, name=name)
    if not pages:
        raise Unusable(N_("“{name}”里没有页面。请重新导出。"), name=name)


def _active(reader: PdfReader) -> str:
    """What acts among everything the trailer leads to, as a sentence; empty when nothing does."""
    seen: set[tuple[int, int]] = set()
    waiting: list[Any] = [reader.trailer]
    walked = 0
    while waiting:
        walked += 1
        if walked > MOST_OBJECTS:
            return TANGLED  # more than any scan or report has
        thing = waiting.pop()
        if isinstance(thing, IndirectObject):
            if (thing.idnum, thing.generation) in seen:
                continue
            seen.add((thing.idnum, thing.generation))
            thing = thing.get_object()
        if isinstance(thing, DictionaryObject):
            if acts := _acts(thing):
                return acts
            waiting.extend(thing.raw_get(key) for key in thing)
        elif isinstance(thing, ArrayObject):
            waiting.extend(list.__iter__(thing))
    return ""


def _acts(thing: DictionaryObject) -> str:
    # Where a page opens (/OpenAction with a place, /GoTo) does nothing; office programs write it into every PDF.
    # A name may stand behind a reference, where a search for the word does not see it.
    action, on_events, link = _behind(thing, "/S"), _behind(thing, "/AA"), _behind(thing, "/URI")
    for key in thing:
        if key in ACTIVE_KEYS:
            return ACTIVE_KEYS[key]
    for known, value in (
        (ACTIVE_ACTIONS, action),
        (ACTIVE_TYPES, _behind(thing, "/Type")),
        (ACTIVE_SUBTYPES, _behind(thing, "/Subtype")),
    ):
        if isinstance(value, str) and value in known:
            return known[value]
    if isinstance(link, bytes):
        link = link.decode("latin-1")
    if isinstance(link, str) and not PLAIN_LINK.match(link):
        return LINKS
    if does := _does(_behind(thing, "/OpenAction")):
        return does
    if isinstance(on_events, DictionaryObject):
        for event in on_events:
            if does := _does(_behind(on_events, event)):
                return does
    if isinstance(thing, StreamObject) and "/F" in thing:
        return ELSEWHERE
    return ""


def _behind(thing: DictionaryObject, key: str) -> Any:  # noqa: ANN401
    value = thing.get(key)
    return value.get_object() if isinstance(value, IndirectObject) else value


def _does(action: Any) -> str:  # noqa: ANN401
    """What an action that starts by itself does; going to a page of the same file is nothing."""
    if not isinstance(action, DictionaryObject) or _behind(action, "/S") == "/GoTo":
        return ""
    kind = _behind(action, "/S")
    return ACTIVE_ACTIONS.get(kind, OPENS) if isinstance(kind, str) else OPENS
