"""Files good and bad, made in memory."""

import zipfile
from io import BytesIO
from typing import Any

from PIL import Image
from pypdf import PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, StreamObject, TextStringObject

RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **how: Any) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "green").save(out, kind, **how)
    return out.getvalue()


def exif(orientation: int = 6) -> Image.Exif:
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010F] = "CAMERA-MAKER"
    data[0x8825] = {1: "N", 2: (35.0, 14.0, 1.0)}  # GPS
    return data


def writer(pages: int = 1) -> PdfWriter:
    made = PdfWriter()
    for _ in range(pages):
        made.add_blank_page(200, 200)
    return made


def pdf(made: PdfWriter | None = None) -> bytes:
    out = BytesIO()
    (made or writer()).write(out)
    return out.getvalue()


def pdf_with_javascript() -> bytes:
    made = writer()
    script = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
    )
    names = ArrayObject([TextStringObject("x"), made._add_object(script)])
    made.root_object[NameObject("/Names")] = DictionaryObject(
        {NameObject("/JavaScript"): DictionaryObject({NameObject("/Names"): names})}
    )
    return pdf(made)


def pdf_with_attachment() -> bytes:
    made = writer()
    file = StreamObject()
    file.set_data(b"MZ")
    file[NameObject("/Type")] = NameObject("/EmbeddedFile")
    spec = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Filespec"),
            NameObject("/EF"): DictionaryObject({NameObject("/F"): made._add_object(file)}),
        }
    )
    made.root_object[NameObject("/AF")] = ArrayObject([made._add_object(spec)])
    return pdf(made)


def pdf_locked() -> bytes:
    made = writer()
    made.encrypt("secret")
    return pdf(made)


def pdf_opening(action: str) -> bytes:
    made = writer()
    made.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject("/S"): NameObject(action), NameObject("/URI"): TextStringObject("http://example.org")}
    )
    return pdf(made)


def pdf_opening_at_a_page() -> bytes:
    made = writer()
    page = made.pages[0].indirect_reference
    assert page is not None
    made.root_object[NameObject("/OpenAction")] = ArrayObject([page, NameObject("/XYZ"), NumberObject(0)])
    return pdf(made)


def pdf_launching_from_a_page() -> bytes:
    made = writer()
    note = FreeText(text="x", rect=(0, 0, 10, 10))
    note[NameObject("/A")] = DictionaryObject(
        {NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("x.exe")}
    )
    made.add_annotation(0, note)
    return pdf(made)


def office(
    kind: str = "docx", extra: dict[str, bytes] | None = None, leave_out: str = "", how: int = zipfile.ZIP_DEFLATED
) -> bytes:
    parts = {
        "[Content_Types].xml": b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": relations(("officeDocument", MAIN[kind], "")),
        MAIN[kind]: b'<?xml version="1.0"?><w xmlns="x"/>',
    } | (extra or {})
    out = BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, data in parts.items():
            if name != leave_out:
                archive.writestr(name, data)
    return out.getvalue()


def relations(*rows: tuple[str, str, str]) -> bytes:
    lines = "".join(
        f'<Relationship Id="r{at}" Type="{RELATION}/{kind}" Target="{target}"'
        + (f' TargetMode="{mode}"/>' if mode else "/>")
        for at, (kind, target, mode) in enumerate(rows)
    )
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{space}">{lines}</Relationships>'.encode()
