"""PDF files as evidence: whole, open to read, and without anything that acts when opened."""

from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from cellcert.errors import N_, Unusable

MOST_OBJECTS = 300_000
ACTIVE_KEYS = {"/JS", "/JavaScript", "/EmbeddedFiles", "/EmbeddedFile", "/EF", "/RichMedia", "/XFA"}
ACTIVE_ACTIONS = {
    "/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToR", "/GoToE", "/Rendition", "/Movie",
    "/RichMediaExecute",
}  # fmt: skip
ACTIVE_TYPES = {"/EmbeddedFile"}
ACTIVE_SUBTYPES = {"/FileAttachment", "/RichMedia", "/Movie", "/Screen", "/3D"}
BROKEN = (
    PyPdfError, OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, NotImplementedError,
    ArithmeticError,
)  # fmt: skip


def check_pdf(name: str, data: bytes) -> None:
    """Refuse a PDF that is locked, broken or active."""
    try:
        reader = PdfReader(BytesIO(data), strict=True)
        if reader.is_encrypted:
            raise Unusable(N_("“{name}”设有密码或限制。请取消加密后再上传。"), name=name)
        active = _is_active(reader)
        pages = len(reader.pages)
    except BROKEN as error:
        sentence = N_("“{name}”的 PDF 结构不完整。请用原来的软件重新导出或打印成 PDF，再上传。")
        raise Unusable(sentence, name=name) from error
    if active:
        raise Unusable(N_("“{name}”带有脚本、附件或自动动作。请打印成不带这些内容的 PDF 后再上传。"), name=name)
    if not pages:
        raise Unusable(N_("“{name}”里没有页面。请重新导出。"), name=name)


def _is_active(reader: PdfReader) -> bool:
    """Walk everything the trailer leads to."""
    seen: set[tuple[int, int]] = set()
    waiting: list[Any] = [reader.trailer]
    walked = 0
    while waiting:
        walked += 1
        if walked > MOST_OBJECTS:
            return True  # more than any scan or report has; not walked to the end, so not trusted
        thing = waiting.pop()
        if isinstance(thing, IndirectObject):
            if (thing.idnum, thing.generation) in seen:
                continue
            seen.add((thing.idnum, thing.generation))
            thing = thing.get_object()
        if isinstance(thing, DictionaryObject):
            if _acts(thing):
                return True
            waiting.extend(thing.raw_get(key) for key in thing)
        elif isinstance(thing, ArrayObject):
            waiting.extend(list.__iter__(thing))
    return False


def _acts(thing: DictionaryObject) -> bool:
    # Where a page opens (/OpenAction with a place, /GoTo) does nothing; office programs write it into every PDF.
    # A name may stand behind a reference, where a search for the word does not see it.
    on_events = _behind(thing, "/AA")
    return (
        any(key in ACTIVE_KEYS for key in thing)
        or _behind(thing, "/S") in ACTIVE_ACTIONS
        or _behind(thing, "/Type") in ACTIVE_TYPES
        or _behind(thing, "/Subtype") in ACTIVE_SUBTYPES
        or _does_something(_behind(thing, "/OpenAction"))
        or (
            isinstance(on_events, DictionaryObject) and any(_does_something(_behind(on_events, on)) for on in on_events)
        )
        or (isinstance(thing, StreamObject) and "/F" in thing)  # its bytes lie in another file
    )


def _behind(thing: DictionaryObject, key: str) -> Any:  # noqa: ANN401
    value = thing.get(key)
    return value.get_object() if isinstance(value, IndirectObject) else value


def _does_something(action: Any) -> bool:  # noqa: ANN401
    return isinstance(action, DictionaryObject) and _behind(action, "/S") != "/GoTo"
