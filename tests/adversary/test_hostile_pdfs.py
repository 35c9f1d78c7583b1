"""A PDF that acts when it is opened is refused, also where its words stand behind references."""

from collections.abc import Callable

import pytest
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    PdfObject,
    StreamObject,
    TextStringObject,
)

from cellcert.errors import Unusable
from cellcert.evidence.pdf import check_pdf
from tests.evidence.files import pdf, writer

Hide = Callable[[PdfObject], PdfObject]


def _dictionary(**entries: PdfObject) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{key}"): value for key, value in entries.items()})


def _annotated(made: PdfWriter, **entries: PdfObject) -> PdfWriter:
    annotation = made._add_object(_dictionary(Type=NameObject("/Annot"), **entries))
    made.pages[0][NameObject("/Annots")] = ArrayObject([annotation])
    return made


def launch(made: PdfWriter, hide: Hide) -> PdfWriter:
    action = hide(_dictionary(S=hide(NameObject("/Launch")), F=TextStringObject("cmd.exe")))
    return _annotated(made, Subtype=NameObject("/Link"), A=action)


def attachment(made: PdfWriter, hide: Hide) -> PdfWriter:
    return _annotated(made, Subtype=hide(NameObject("/FileAttachment")))


def visit() -> DictionaryObject:
    return _dictionary(S=NameObject("/URI"), URI=TextStringObject("http://example.org/seen"))


def visit_on_opening(made: PdfWriter, hide: Hide) -> PdfWriter:
    made.root_object[NameObject("/OpenAction")] = hide(visit())
    return made


def visit_on_showing_a_page(made: PdfWriter, hide: Hide) -> PdfWriter:
    made.pages[0][NameObject("/AA")] = hide(_dictionary(O=hide(visit())))
    return made


def bytes_in_another_file(made: PdfWriter, hide: Hide) -> PdfWriter:
    stream = StreamObject()
    stream.set_data(b"q Q")
    stream[NameObject("/F")] = hide(TextStringObject("//example.org/share/page"))
    made.pages[0][NameObject("/Contents")] = made._add_object(stream)
    return made


def link_to_follow(made: PdfWriter) -> PdfWriter:
    return _annotated(made, Subtype=NameObject("/Link"), A=visit())


HOSTILE = {
    launch: "会启动程序，或打开别的文件",
    attachment: "里嵌着别的文件",
    visit_on_opening: "一打开就自动执行动作",
    visit_on_showing_a_page: "一打开就自动执行动作",
    bytes_in_another_file: "内容放在别的文件里",
}


@pytest.mark.parametrize("hidden", [False, True], ids=["open", "behind references"])
@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: str(make.__name__))
def test_a_pdf_that_acts_by_itself_is_refused(make: Callable[[PdfWriter, Hide], PdfWriter], hidden: bool) -> None:
    made = writer()

    def hide(thing: PdfObject) -> PdfObject:
        if not hidden:
            return thing
        reference: IndirectObject = made._add_object(thing)
        return reference

    with pytest.raises(Unusable, match=HOSTILE[make]):
        check_pdf("a.pdf", pdf(make(made, hide)))


def test_a_link_a_reader_may_follow_is_no_harm() -> None:
    check_pdf("a.pdf", pdf(link_to_follow(writer())))
