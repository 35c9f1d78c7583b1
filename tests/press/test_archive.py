"""What a certificate claims as an archive file (PDF/A-3a) is found in it, part by part, by a reader that is not ours.

No PDF/A validator is at hand: these are the rules of ISO 19005-3 that a file of ours could break, each looked at.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import IndirectObject, StreamObject

from cellcert import press
from cellcert.certificate.signing import LocalSigner, make_local_key, sign
from cellcert.press import Attached
from tests.press.examples import FIELDS, TEMPLATE

WHEN = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
FORBIDDEN = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/Sound", "/Movie", "/ResetForm", "/Rendition"}


@pytest.fixture(scope="module", params=["示例新材料有限公司", "㐀示例厂"])  # of the fast tier, of the reference tier
def pdf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    attached = Attached("credential.json", "认定信息", b"{}", WHEN)
    fields = press.Fields(
        FIELDS.serial, request.param, FIELDS.awarded_on, FIELDS.valid_until, FIELDS.verify_url, attached
    )
    signer = LocalSigner(make_local_key(tmp_path_factory.mktemp("key"), "示例市办公室"))
    return sign(press.compile(TEMPLATE).print(fields), signer, "认定", WHEN)


def objects(pdf: bytes) -> Iterator[Any]:
    """Every object in use, streams and dictionaries within others too."""
    reader = PdfReader(BytesIO(pdf))
    numbers = {number for table in (*reader.xref.values(), reader.xref_objStm) for number in table}
    for number in sorted(numbers):
        yield from within(reader.get_object(IndirectObject(number, 0, reader)))


def within(one: Any) -> Iterator[Any]:
    if isinstance(one, IndirectObject):
        return
    yield one
    for part in one.values() if isinstance(one, dict) else one if isinstance(one, list) else ():
        yield from within(part)


def test_it_says_what_it_is_and_brings_its_colours(pdf: bytes) -> None:
    root = PdfReader(BytesIO(pdf)).root_object
    said = root["/Metadata"].get_data().decode()  # type: ignore[attr-defined]
    (intent,) = root["/OutputIntents"]  # type: ignore[misc]

    assert pdf.startswith(b"%PDF-1.7\n%")
    assert min(pdf.splitlines()[1][1:5]) > 127
    assert "/Version" not in root or root["/Version"] == "/1.7"
    for part in ("part", "conformance"):
        assert re.search(rf"pdfaid:{part}(>|=\")({'3' if part == 'part' else 'A'})", said), said
    assert intent.get_object()["/S"] == "/GTS_PDFA1"
    assert intent.get_object()["/DestOutputProfile"].get_data()[36:40] == b"acsp"
    assert "/ID" in PdfReader(BytesIO(pdf)).trailer
    assert "/Encrypt" not in PdfReader(BytesIO(pdf)).trailer


def test_it_is_tagged_throughout_and_in_a_language(pdf: bytes) -> None:
    reader = PdfReader(BytesIO(pdf))
    root, page = reader.root_object, reader.pages[0]

    assert root["/MarkInfo"]["/Marked"] is True or root["/MarkInfo"]["/Marked"].value is True  # type: ignore[index]
    assert str(root["/Lang"]).startswith("zh")
    assert "/StructTreeRoot" in root
    assert "/StructParents" in page
    marked = page.get_contents().get_data()  # type: ignore[union-attr]
    assert len(re.findall(rb"\b(BDC|BMC)\b", marked)) == len(re.findall(rb"\bEMC\b", marked)) > 5
    depth = 0
    for sign_ in re.findall(rb"\b(BDC|BMC|EMC|Tj|TJ)\b", marked):
        depth += {b"BDC": 1, b"BMC": 1, b"EMC": -1}.get(sign_, 0)
        assert depth > 0 or sign_ == b"EMC", "text outside of every tag"


def test_every_font_is_inside_and_says_what_its_glyphs_mean(pdf: bytes) -> None:
    fonts = [one for one in objects(pdf) if isinstance(one, dict) and one.get("/Type") == "/Font"]
    programs = [one for one in objects(pdf) if isinstance(one, dict) and one.get("/Type") == "/FontDescriptor"]

    assert len(fonts) >= 6
    for font in fonts:
        if font["/Subtype"] == "/Type0":
            assert font["/Encoding"] == "/Identity-H"
            assert b"beginbfchar" in (meaning := font["/ToUnicode"].get_object().get_data()) or b"bfrange" in meaning
    for descriptor in programs:
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_the_code_is_read_out_as_what_it_is_and_its_number(pdf: bytes) -> None:
    said = {str(one["/Alt"]) for one in objects(pdf) if isinstance(one, dict) and "/Alt" in one}
    assert f"验证二维码 {FIELDS.serial}" in said
    assert not any("http" in one for one in said)


def test_nothing_in_it_acts_or_is_hidden_and_each_file_inside_says_why(pdf: bytes) -> None:
    found = list(objects(pdf))
    dictionaries = [one for one in found if isinstance(one, dict)]

    assert not [one for one in dictionaries if one.get("/S") in FORBIDDEN or "/JS" in one]
    assert not [one for one in dictionaries if {"/AA", "/OpenAction", "/XFA", "/NeedAppearances"} & set(one)]
    for stream in (one for one in found if isinstance(one, StreamObject)):
        assert "LZWDecode" not in str(stream.get("/Filter"))
        assert not {"/F", "/FFilter"} & set(stream), "a stream kept outside"
    for note in (one for one in dictionaries if one.get("/Subtype") == "/Widget"):
        assert note["/F"] & 4
        assert not note["/F"] & (1 | 2 | 32 | 256)
        assert "/AP" in note or list(note["/Rect"]) == [0, 0, 0, 0]
        assert note["/TU"]
    root = PdfReader(BytesIO(pdf)).root_object
    (named,) = [one for one in dictionaries if one.get("/Type") == "/Filespec"]
    assert [str(one.get_object()["/UF"]) for one in root["/AF"]] == [named["/UF"]]  # type: ignore[union-attr]
    assert named["/AFRelationship"] == "/Data"
    assert named["/F"] == named["/UF"] == "credential.json"
    assert named["/EF"]["/F"].get_object()["/Subtype"] == "/application/json"
    assert "/ModDate" in named["/EF"]["/F"].get_object()["/Params"]


def test_metadata_and_information_agree(pdf: bytes) -> None:
    reader = PdfReader(BytesIO(pdf))
    said = reader.root_object["/Metadata"].get_data().decode()  # type: ignore[attr-defined]

    assert reader.metadata is not None
    for name in ("/Title", "/Author", "/Subject", "/Producer"):
        if name in reader.metadata:
            assert str(reader.metadata[name]) in said, name


def test_a_file_that_breaks_the_rules_is_noticed(tmp_path: Path) -> None:
    from pypdf import PdfWriter

    writer, out = PdfWriter(), BytesIO()
    writer.add_blank_page(200, 200)
    writer.write(out)

    with pytest.raises((AssertionError, KeyError)):
        test_it_says_what_it_is_and_brings_its_colours(out.getvalue())
