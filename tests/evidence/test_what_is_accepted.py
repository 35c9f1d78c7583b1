"""Good files pass and come out harmless; each bad one is refused with its own sentence, beside a twin that passes."""

import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile

from cellcert.errors import Refusal, TooLarge, Unusable
from cellcert.evidence.rules import accept, extension_of, file_name
from tests.evidence import files

TYPES = ("pdf", "jpg", "png", "webp", "docx", "xlsx")
MEGABYTE = 1024 * 1024


def refusal(name: str, data: bytes, most: int = MEGABYTE) -> str:
    with pytest.raises(Refusal) as caught:
        accept(name, data, TYPES, most)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("a.pdf", files.pdf(), "application/pdf"),
        ("打开位置.PDF", files.pdf_opening_at_a_page(), "application/pdf"),
        ("a.jpeg", files.picture(), "image/jpeg"),
        ("a.PNG", files.picture("PNG"), "image/png"),
        ("a.webp", files.picture("WEBP"), "image/webp"),
        ("a.docx", files.office(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.xlsx", files.office("xlsx"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (
            "带链接.docx",
            files.office(
                extra={
                    "word/_rels/document.xml.rels": files.relations(("hyperlink", "https://example.org", "External"))
                }
            ),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 12 else "",
)
def test_ordinary_files_are_accepted(name: str, data: bytes, media_type: str) -> None:
    assert accept(name, data, TYPES, MEGABYTE).media_type == media_type


MACRO_TYPE = b'<Types><Override ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>'
ENTITIES = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
TEMPLATE = files.relations(("attachedTemplate", "http://example.org/t.dotm", "External"))
PICTURE = files.relations(("image", "file:///c:/x.png", "external"))
BAD = {
    "program": ("a.exe", b"MZ" * 50, "类型不能上传"),
    "no extension": ("台账", files.pdf(), "类型不能上传"),
    "svg": ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "类型不能上传"),
    "two extensions": ("a.pdf.html", files.pdf(), "类型不能上传"),
    "empty": ("a.pdf", b"", "空文件"),
    "page as picture": ("a.jpg", b"<html><script>alert(1)</script></html>", "内容不是 JPG"),
    "pdf as picture": ("a.png", files.pdf(), "内容不是 PNG"),
    "picture as pdf": ("a.pdf", files.picture(), "内容不是 PDF"),
    "postscript as picture": ("a.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n", "内容不是 PNG"),
    "torn picture": ("a.jpg", files.picture()[:-200], "不是完整的图片"),
    "torn png": ("a.png", files.picture("PNG")[:60], "不是完整的图片"),
    "pdf with a script": ("a.pdf", files.pdf_with_javascript(), "有脚本（JavaScript）"),
    "pdf with an attachment": ("a.pdf", files.pdf_with_attachment(), "嵌着别的文件"),
    "pdf that opens an address": ("a.pdf", files.pdf_opening("/URI"), "一打开就自动执行动作"),
    "pdf that launches": ("a.pdf", files.pdf_launching_from_a_page(), "会启动程序"),
    "locked pdf": ("a.pdf", files.pdf_locked(), "密码"),
    "torn pdf": ("a.pdf", files.pdf()[:-40], "PDF 结构不完整"),
    "pdf without pages": ("a.pdf", files.pdf(files.writer(0)), "没有页面"),
    "sheet named document": ("a.docx", files.office("xlsx"), "不是完整的 DOCX"),
    "plain zip": ("a.docx", files.office(leave_out="word/document.xml"), "不是完整的 DOCX"),
    "torn zip": ("a.xlsx", files.office("xlsx")[:-30], "不是完整的 XLSX"),
    "macro": ("a.docx", files.office(extra={"word/vbaProject.bin": b"x"}), "带有宏"),
    "macro by type": ("a.xlsx", files.office("xlsx", {"[Content_Types].xml": MACRO_TYPE}), "带有宏"),
    "entities": ("a.docx", files.office(extra={"word/x.xml": ENTITIES.encode()}), "不是完整的 DOCX"),
    "hidden entities": ("a.docx", files.office(extra={"word/x.xml": ENTITIES.encode("utf-16")}), "不是完整的 DOCX"),
    "outside template": ("a.docx", files.office(extra={"word/_rels/settings.xml.rels": TEMPLATE}), "引用了外部"),
    "outside picture": ("a.docx", files.office(extra={"word/_rels/document.xml.rels": PICTURE}), "引用了外部"),
    "bomb": ("a.docx", files.office(extra={"word/big.bin": b"\0" * (6 * MEGABYTE)}), "解开后太大"),
    "too many parts": ("a.xlsx", files.office("xlsx", {f"x/{n}": b"" for n in range(2001)}), "解开后太大"),
    "path outside": ("a.docx", files.office(extra={"../../etc/x": b"x"}), "不是完整的 DOCX"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_with_its_reason(case: str) -> None:
    name, data, words = BAD[case]
    assert words in refusal(name, data)


def test_a_torn_picture_is_refused_also_once_something_was_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    assert "不是完整的图片" in refusal("a.png", files.picture("PNG")[:60])


def test_the_limit_of_size_is_exact() -> None:
    data = files.pdf()
    assert accept("a.pdf", data, TYPES, len(data)).data == data
    with pytest.raises(TooLarge):
        accept("a.pdf", data, TYPES, len(data) - 1)


def test_a_type_the_programme_does_not_list_is_refused() -> None:
    with pytest.raises(Unusable, match="可以上传：pdf"):
        accept("a.jpg", files.picture(), ("pdf",), MEGABYTE)


def test_a_picture_of_too_many_pixels_is_never_unfolded() -> None:
    out = BytesIO()
    Image.new("1", (8001, 5000)).save(out, "PNG")
    assert "像素太多" in refusal("a.png", out.getvalue())
    out = BytesIO()
    Image.new("1", (8000, 5000)).save(out, "PNG")
    assert accept("a.png", out.getvalue(), TYPES, MEGABYTE).extension == "png"


def test_a_photo_forgets_where_and_with_what_it_was_taken_but_stands_upright() -> None:
    data = files.picture(exif=files.exif(6), comment=b"SECRET-COMMENT")
    assert b"CAMERA-MAKER" in data
    kept = accept("现场.jpg", data + b"<script>tail</script>", TYPES, MEGABYTE).data
    for secret in (b"CAMERA-MAKER", b"SECRET-COMMENT", b"Exif", b"tail"):
        assert secret not in kept
    with Image.open(BytesIO(kept)) as picture:
        assert picture.size == (40, 60)
        assert not picture.getexif()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_pictures_forget_as_well(kind: str) -> None:
    data = files.picture(kind, exif=files.exif(1).tobytes())
    assert b"CAMERA-MAKER" in data
    kept = accept(f"a.{kind.lower()}", data, TYPES, MEGABYTE).data
    assert b"CAMERA-MAKER" not in kept


def test_the_directory_of_a_zip_may_lie_and_is_not_believed() -> None:
    data = bytearray(files.office(extra={"word/big.bin": b"\0" * (6 * MEGABYTE)}))
    where = data.rfind(b"word/big.bin") - 46  # the central directory's entry
    data[where + 24 : where + 28] = (10).to_bytes(4, "little")
    assert refusal("a.docx", bytes(data))


def test_a_name_used_twice_is_refused() -> None:
    out = BytesIO(files.office())
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(out, "a") as archive:
        archive.writestr("word/document.xml", "<a/>")
    assert "不是完整的 DOCX" in refusal("a.docx", out.getvalue())


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("台账.pdf", "台账.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\用户\\我的\\台账 2025.PDF", "台账 2025.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie x.pdf"),
        ("abc\u202egpj.pdf", "abcgpj.pdf"),
        ("….pdf", "….pdf"),
        ("\u202e.pdf", "pdf.pdf"),
        ("con.pdf", "材料 con.pdf"),
        ("e\u0301.pdf", "\u00e9.pdf"),
        ('a<b>"c"|?*.pdf', "abc.pdf"),
    ],
)
def test_a_file_gets_a_plain_name(given_name: str, kept: str) -> None:
    assert file_name(given_name, "pdf") == kept


@given(st.text(max_size=400))
def test_every_name_becomes_a_safe_one(name: str) -> None:
    kept = file_name(name, "pdf")
    assert kept.endswith(".pdf")
    assert len(kept) <= 120
    assert not set(kept) & set('/\\\r\n\0<>:"|?*')
    assert not kept.startswith(".")
    assert file_name(kept, "pdf") == kept
    extension_of(name)
