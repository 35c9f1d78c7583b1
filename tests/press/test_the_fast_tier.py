"""What the fast tier prints is what WeasyPrint would have printed; what it cannot promise, it leaves to it."""

import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageFilter
from pypdf import PdfReader

from cellcert import press
from cellcert.press import Attached, Fields, Press, Unset, harfbuzz
from tests.press.examples import FIELDS, TEMPLATE
from tests.print import looking

NAMES = [
    "甲厂",
    "“示例”园（一期）—A&B·‘丙’，《丁》",
    "Example Recycling Co., Ltd. AVATAR ffi",
    "示例市示例县循环经济产业园区管理委员会（示例市示例县固体废物综合利用中心）",
]
Draw = Callable[[bytes], Image.Image]


@pytest.fixture(scope="module")
def pressed() -> Press:
    return press.compile(TEMPLATE)


def both(pressed: Press, fields: Fields) -> tuple[bytes, bytes]:
    assert pressed.fast is not None
    return pressed.fast.print(fields), pressed.reference.print(fields)


def differing(one: Image.Image, other: Image.Image) -> float:
    """The part of all dots that differ visibly."""
    seen = ImageChops.difference(one, other).convert("L").point(lambda value: 255 if value > 16 else 0)
    return seen.histogram()[255] / (one.width * one.height)


@pytest.mark.parametrize("name", NAMES)
def test_the_page_looks_and_reads_as_weasyprint_would_set_it(pressed: Press, name: str) -> None:
    fast, reference = both(pressed, replace(FIELDS, unit_name=name))

    assert differing(looking.picture(fast), looking.picture(reference)) < 0.0005
    assert looking.text(fast) == looking.text(reference)
    assert looking.poppler_text(fast) == looking.poppler_text(reference)


@pytest.mark.parametrize("draw", [looking.cairo, looking.pdfium])
@pytest.mark.parametrize("name", [NAMES[1], NAMES[3]])
def test_another_renderer_agrees(pressed: Press, name: str, draw: Draw) -> None:
    fast, reference = both(pressed, replace(FIELDS, unit_name=name))

    assert differing(draw(fast), draw(reference)) < 0.0005


def test_a_page_that_differs_would_be_noticed(pressed: Press) -> None:
    one, other = (looking.picture(pressed.print(replace(FIELDS, unit_name=name))) for name in ("示例甲厂", "示例乙厂"))

    assert differing(one, other) > 0.0005


def structure(node: Any) -> Iterator[str]:
    """The tags of a document, with what is read aloud for pictures."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for part in node:
            yield from structure(part)
    elif isinstance(node, dict):
        yield f"{node.get('/S', '')} {node.get('/Alt', '')}"
        yield from structure(node.get("/K", []))


def test_tags_metadata_and_archive_marks_are_the_same(pressed: Press) -> None:
    fast, reference = (PdfReader(BytesIO(pdf)) for pdf in both(pressed, replace(FIELDS, unit_name="甲&乙厂")))
    roots = [reader.root_object for reader in (fast, reference)]

    assert list(structure(roots[0]["/StructTreeRoot"])) == list(structure(roots[1]["/StructTreeRoot"]))
    assert f"验证二维码 {FIELDS.serial}" in "".join(structure(roots[0]["/StructTreeRoot"]))
    assert fast.metadata == reference.metadata
    assert [root["/Metadata"].get_data() for root in roots] == [roots[1]["/Metadata"].get_data()] * 2  # type: ignore[attr-defined]
    for key in ("/Lang", "/MarkInfo"):
        assert roots[0][key] == roots[1][key]
    profiles = [root["/OutputIntents"][0]["/DestOutputProfile"].get_data() for root in roots]  # type: ignore[index]
    assert profiles[0] == profiles[1]


def test_a_file_goes_inside_as_weasyprint_would_put_it_there(pressed: Press) -> None:
    at = datetime(2026, 11, 3, tzinfo=UTC)
    data = Attached("credential.json", "认定信息（机器可读）", '{"name": "示例"}'.encode(), at)
    fast, reference = (PdfReader(BytesIO(pdf)) for pdf in both(pressed, replace(FIELDS, attached=data)))
    inside = [next(iter(reader.attachment_list)) for reader in (fast, reference)]

    assert inside[0].content == inside[1].content == data.data
    for one in inside:
        assert (one.name, one.description, one.associated_file_relationship) == (data.name, data.about, "/Data")
        assert (one.subtype, one.size, one.creation_date) == ("/application/json", len(data.data), data.at)
    assert inside[0].checksum == inside[1].checksum
    assert [str(reader.root_object["/AF"][0]["/F"]) for reader in (fast, reference)] == [data.name] * 2  # type: ignore[index]


def test_signs_of_markup_in_a_name_are_only_signs(pressed: Press) -> None:
    fields = replace(FIELDS, unit_name="甲&乙(丙)\\丁厂")
    fast, reference = both(pressed, fields)

    assert PdfReader(BytesIO(fast)).metadata == PdfReader(BytesIO(reference)).metadata
    assert looking.text(fast) == looking.text(reference)


def test_every_font_is_embedded_and_readable_and_the_file_is_sound(pressed: Press, tmp_path: Path) -> None:
    file = tmp_path / "certificate.pdf"
    file.write_bytes(pressed.print(FIELDS))
    fonts = subprocess.run(["pdffonts", str(file)], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    checked = subprocess.run(["qpdf", "--check", str(file)], capture_output=True, text=True, check=False)

    assert len(fonts) == 4
    assert all(re.search(r"yes yes yes +\d+ +0$", line) for line in fonts)
    assert checked.returncode == 0, checked.stdout
    assert file.stat().st_size < 150_000


def test_codes_are_read_also_blurred_and_grey(pressed: Press) -> None:
    for at in range(6):
        url = f"https://cells.example.org/verify/SLWF-G-2026-{at:04d}?t=K7Q2M9XW{at:04d}"
        page = looking.picture(pressed.print(replace(FIELDS, verify_url=url)), dpi=100)
        code = page.crop((110, 530, 270, 700)).convert("L").resize((480, 510)).filter(ImageFilter.GaussianBlur(3))
        assert [found.text for found in zxingcpp.read_barcodes(code)] == [url]


@pytest.mark.parametrize(
    "changes",
    [
        {"unit_name": "㐀示例厂"},  # only in the Song type
        {"unit_name": "示例ا厂"},
        {"unit_name": "示例<厂>"},
        {"unit_name": "e\u0301xample"},
        {"serial": "SLWF-" + "W" * 30},
        {"serial": "鼎-2026-1"},
    ],
)
def test_what_it_cannot_promise_is_left_to_weasyprint(pressed: Press, changes: dict[str, str]) -> None:
    fields = replace(FIELDS, **changes)  # type: ignore[arg-type]
    assert pressed.fast is not None

    with pytest.raises(Unset):
        pressed.fast.print(fields)
    assert pressed.print(fields) == pressed.reference.print(fields)


def test_characters_of_the_number_pattern_are_at_hand() -> None:
    pressed = press.compile(replace(TEMPLATE, number="焦无废证〔{year}〕{serial:04d}号"))
    fast, reference = both(pressed, replace(FIELDS, serial="焦无废证〔2026〕0012号"))

    assert differing(looking.picture(fast), looking.picture(reference)) < 0.0005


def test_without_harfbuzz_certificates_are_printed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise harfbuzz.NoHarfBuzz("libharfbuzz-subset.so.0")

    harfbuzz.installed.cache_clear()
    monkeypatch.setattr(harfbuzz, "_functions", missing)
    pressed = press.compile(TEMPLATE)

    assert pressed.fast is None
    assert FIELDS.unit_name in looking.text(pressed.print(FIELDS))
