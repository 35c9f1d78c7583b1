import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import cast

import pytest
import zxingcpp
from PIL import Image, ImageDraw
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, StreamObject

from cellcert import paper
from cellcert.certificate.press import CertificateFields, print_certificate
from cellcert.criteria.text import Text
from cellcert.press.fitting import name_lines, width
from tests.print import looking
from tests.print.examples import FIELDS

Fields = Callable[..., CertificateFields]

SIXTY = (
    "示例市示例县示例乡人民政府机关事务综合服务中心暨示例循环经济"
    "产业园区开发建设管理委员会固体废物污染防治工作领导小组联合办"
)
NAMES = [
    "甲厂",
    "示例新材料有限公司",
    "示例循环经济产业园（示例一期）管理委员会办公室",
    SIXTY,
    "示例𠮷䶮龘实验小学",
    "㙓㛃村民委员会",
    "Example Recycling Co., Ltd.",
    "Example Recycling (China) Advanced Materials Co., Ltd. Exampl",
    "ExampleRecyclingAdvancedMaterialsCompanyLimitedExampleBranch",
    "WWWWWWWWWWMMMMMMMMMM公司",
    "</p><b>{{7*7}}",
    "</h2><link rel=attachment href=file:///etc/passwd>&amp;“示例”",
]


@cache
def printed(name: str) -> bytes:
    return print_certificate(replace(FIELDS, unit_name=name))


@pytest.mark.parametrize("name", NAMES)
def test_every_name_fits_one_page_and_can_be_read_by_machine(name: str) -> None:
    pdf = printed(name)
    said = "".join(name.split())

    assert looking.pages(pdf) == 1
    assert said in looking.text(pdf)
    assert said in looking.poppler_text(pdf)


def test_the_names_of_the_test_are_as_short_and_as_long_as_units_are_called() -> None:
    assert (min(map(len, NAMES)), len(SIXTY)) == (2, 60)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stays_inside_the_hairline_below_it(name: str) -> None:
    page = looking.picture(printed(name), dpi=50)
    band = page.crop((int(page.width * 0.09), int(page.height * 0.33), int(page.width * 0.91), int(page.height * 0.45)))
    ink = [x / page.width + 0.09 for x, _ in looking.dots(band, lambda r, g, b: max(r, g, b) < 110)]

    assert min(ink) > 0.12
    assert max(ink) < 0.88


def test_what_is_printed_is_all_there(fields: Fields) -> None:
    said = looking.text(print_certificate(fields()))

    for part in (
        "“无废细胞”证书",
        "经单位自评、属地初审、专家评审和社会公示，认定为“无废工厂”。",
        "证书编号SLWF-G-2026-0012",
        "认定等级合格",
        "标准版本2026.1",
        "有效期至2029年11月2日",
        "示例市“无废城市”建设工作领导小组办公室2026年11月3日",
        "Recognisedas“Zero-wastefactory”.",
    ):
        assert part in said


def test_the_page_is_a4_landscape_in_chinese_tagged_and_titled(fields: Fields) -> None:
    reader = PdfReader(BytesIO(print_certificate(fields())))
    box, root = reader.pages[0].mediabox, reader.root_object

    assert (round(float(box.width) / 72 * 25.4), round(float(box.height) / 72 * 25.4)) == (297, 210)
    mark = cast("DictionaryObject", root["/MarkInfo"])
    assert str(root["/Lang"]) == "zh-CN"
    assert mark["/Marked"]
    assert b"pdfaid:part" in cast("StreamObject", root["/Metadata"]).get_data()
    assert "SLWF-G-2026-0012" in str(reader.metadata and reader.metadata.title)


def test_the_qr_code_leads_to_the_verification_page_also_on_a_grey_printer(fields: Fields) -> None:
    page = looking.picture(print_certificate(fields()), dpi=150)

    for image in (page, page.convert("L").convert("RGB")):
        assert [code.text for code in zxingcpp.read_barcodes(image)] == [fields().verify_url]


def test_the_qr_code_is_at_least_26_millimetres_wide(fields: Fields) -> None:
    page = looking.picture(print_certificate(fields()), dpi=254)  # ten dots a millimetre
    corners = zxingcpp.read_barcodes(page)[0].position

    assert corners.top_right.x - corners.top_left.x >= 260 * 0.98


def test_a_tenth_of_the_qr_code_may_be_spoilt(fields: Fields) -> None:
    page = looking.picture(print_certificate(fields()), dpi=200)
    corners = zxingcpp.read_barcodes(page)[0].position
    side = (corners.top_right.x - corners.top_left.x) * 0.22
    x, y = corners.bottom_right.x - side * 1.8, corners.bottom_right.y - side * 2.2
    ImageDraw.Draw(page).rectangle((x, y, x + side, y + side), fill="white")

    assert [code.text for code in zxingcpp.read_barcodes(page)] == [fields().verify_url]


def red(page: Image.Image) -> int:
    return len(looking.dots(page, lambda r, g, b: r > 170 and g < 90 and b < 90))


def test_the_red_seal_lies_over_authority_and_date(fields: Fields) -> None:
    page = looking.picture(print_certificate(fields()), dpi=50)
    seal = page.crop((int(page.width * 0.62), int(page.height * 0.68), int(page.width * 0.82), int(page.height * 0.91)))

    assert red(seal) > 400
    assert red(page) == red(seal)


def test_a_sample_seal_says_so_and_a_real_one_does_not(fields: Fields) -> None:
    assert "样章" in looking.text(print_certificate(fields(sample=True)))
    assert "样章" not in looking.text(print_certificate(fields(sample=False)))


def test_a_scanned_seal_takes_the_place_of_the_drawn_one(fields: Fields) -> None:
    file = BytesIO()
    Image.new("RGBA", (80, 80), (200, 20, 20, 255)).save(file, "PNG")
    page = looking.picture(print_certificate(fields(seal_png=file.getvalue(), sample=False)), dpi=50)

    assert red(page) > 4000


def test_the_same_fields_give_the_same_bytes(fields: Fields) -> None:
    assert print_certificate(fields()) == print_certificate(fields())


def test_nothing_outside_the_program_gets_into_the_page(fields: Fields, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("do-not-print-me")
    bait = (
        f'</p><link rel=attachment href="file://{secret}"><img src="file://{secret}"><style>@import "http://x"</style>'
    )
    pdf = print_certificate(fields(unit_name=bait[:60], edition=bait, level=Text(bait)))

    assert b"/EmbeddedFile" not in pdf
    assert "do-not-print-me" not in looking.text(pdf)


def test_the_fetcher_itself_refuses_files_and_hosts(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("do-not-print-me")
    html = f'<html lang="zh-CN"><link rel=attachment href="file://{secret}"><p>甲<img alt="" src="file://{secret}">'

    assert b"/EmbeddedFile" not in paper.to_pdf(html)


def test_an_authority_with_a_long_name_still_signs_on_one_line(fields: Fields) -> None:
    long = "示例市“无废城市”建设与固体废物污染防治工作协调推进领导小组办公室"
    said = print_certificate(fields(authority=Text(long), title=Text(long)))

    assert looking.lines(said).count(long) == 2


def test_fonts_are_there_or_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert paper.fonts_ready() == []

    monkeypatch.setattr(paper, "FAMILIES", ("No Such Family",))
    assert paper.fonts_ready() == ["No Such Family"]


def test_a_name_is_cut_where_a_reader_would_pause() -> None:
    lines = [line.text for line in name_lines("Example Recycling (China) Advanced Materials Co., Ltd. Example Branch")]
    assert lines == ["Example Recycling (China) Advanced", "Materials Co., Ltd. Example Branch"]

    lines = [
        line.text for line in name_lines("示例市示例县循环经济产业园区管理委员会（示例市示例县固体废物综合利用中心）")
    ]
    assert lines == ["示例市示例县循环经济产业园区管理委员会", "（示例市示例县固体废物综合利用中心）"]


@pytest.mark.parametrize("length", range(1, 121))
def test_no_length_is_too_long_for_the_line(length: int) -> None:
    lines = name_lines("废" * length)

    assert len(lines) <= 2
    assert "".join(line.text for line in lines) == "废" * length
    assert max(width(line.text) * line.size for line in lines) <= 620


def test_scoring_and_starting_do_not_load_the_press() -> None:
    code = "import sys, cellcert.paper; sys.exit('weasyprint' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
