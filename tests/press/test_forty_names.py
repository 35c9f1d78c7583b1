"""Forty names of units, each on its certificate: drawn by three renderers, read by two libraries, its code scanned."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import zxingcpp
from PIL import Image, ImageChops

from cellcert import press
from cellcert.press import Attached, Press
from tests.press.examples import FIELDS, TEMPLATE
from tests.print import looking

NAMES = (
    "甲厂",
    "示例馆",
    "示例小学",
    "示例新材料有限公司",
    "示例县人民医院",
    "示例市图书馆（新馆）",
    "示例家园社区居民委员会",
    "示例国际大酒店",
    "示例购物中心·一期",
    "示例汽车客运总站",
    "“示例”绿色工厂",
    "示例（中国）科技有限公司",
    "示例村民委员会第三村民小组",
    "示例循环经济产业园管理委员会",
    "示例县生态环境局机关",
    "示例—示例联合体",
    "示例《无废》志愿服务队",
    "示例1号、2号楼",
    "示例３６５超市",
    "示例A座B区",
    "示例县第一高级中学（南校区）、示例县职业教育中心",
    "示例循环经济产业园（示例一期）管理委员会办公室",
    "示例市示例县循环经济产业园区管理委员会（示例市示例县固体废物综合利用中心）",
    "示例市示例县示例乡人民政府机关事务综合服务中心暨示例循环经济产业园区开发建设管理委员会固体废物污染防治领导小组联合办公室",
    "Example Recycling Co., Ltd.",
    "Example Recycling (China) Advanced Materials Co., Ltd. Examp",
    "ExampleRecyclingAdvancedMaterialsCompanyLimitedExampleBranch",
    "AVATAR ffi Tofu Café",
    "WWWWWWWWWWMMMMMMMMMM公司",
    "示例 Example 合资公司",
    "O'Example & Sons 示例厂",
    "示例·阿不都热西提农场",
    "示例䶮水泥厂",
    "示例㙓村",
    "示例㛃家庭农场",
    "示例𠮷田工业",
    "示例龘龘龘工业园",
    "㐀示例厂",
    "示例<b>厂</b>",
    "{{7*7}}\\示例(厂)",
)
ADDRESS = "https://cells.example.org/verify/SLWF-G-2026-0012?t=K7Q2M9XWPD4R&s=" + "A7b-" * 25
INSIDE = Attached("credential.json", "认定信息", b'{"serial": 1}' * 90, datetime(2026, 11, 3, tzinfo=UTC))
DIFFERENCE = 0.003  # of the dots may differ visibly
RENDERERS = (looking.picture, looking.cairo, looking.pdfium)


@pytest.fixture(scope="module")
def pressed() -> Press:
    return press.compile(TEMPLATE)


def inside_the_frame(page: Image.Image) -> Image.Image:
    return page.crop(
        (int(page.width * 0.085), int(page.height * 0.12), int(page.width * 0.915), int(page.height * 0.88))
    )


def differing(one: Image.Image, other: Image.Image) -> float:
    seen = ImageChops.difference(one, other).convert("L").point(lambda value: 255 if value > 16 else 0)
    return seen.histogram()[255] / (one.width * one.height)


def test_there_are_forty_names_of_two_to_sixty_characters() -> None:
    assert (len(set(NAMES)), min(map(len, NAMES)), max(map(len, NAMES))) == (40, 2, 60)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_whole_inside_the_frame_and_read_by_others(pressed: Press, name: str) -> None:
    fields = replace(FIELDS, unit_name=name, verify_url=ADDRESS, attached=INSIDE)
    made, reference = pressed.print(fields), pressed.reference.print(fields)

    assert "".join(name.split()) in looking.text(made)
    assert "".join(name.split()) in looking.poppler_text(made)
    assert looking.text(made) == looking.text(reference)
    for draw in RENDERERS:
        page = draw(made, 150)
        assert differing(inside_the_frame(page), inside_the_frame(draw(reference, 150))) < DIFFERENCE
        assert [code.text for code in zxingcpp.read_barcodes(page)] == [ADDRESS]
        assert 0.12 < min(ink := across(page)) <= max(ink) < 0.88


def across(page: Image.Image) -> list[float]:
    """Where the ink of the name is, from side to side."""
    band = page.crop((int(page.width * 0.09), int(page.height * 0.33), int(page.width * 0.91), int(page.height * 0.45)))
    return [x / page.width + 0.09 for x, _ in looking.dots(band, lambda r, g, b: max(r, g, b) < 110)]
