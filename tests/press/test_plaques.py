"""Plaques in true size, and what the press misses said aloud."""

from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from flask.testing import FlaskClient
from pypdf import PdfReader

from cellcert import commands, paper
from cellcert.criteria.marked import CriteriaFaults
from cellcert.criteria.programme import read_programme_text
from cellcert.criteria.text import Text
from cellcert.press import harfbuzz, ready
from cellcert.press.plaque import PlaqueFields, print_plaques
from tests.print import looking

PLAQUE = PlaqueFields(
    title=Text("无废工厂", "Zero-waste factory"),
    unit_name="示例𠮷䶮新材料有限公司",
    authority=Text("示例市“无废城市”建设工作领导小组办公室"),
    awarded_on=date(2026, 11, 3),
    serial="SLWF-G-2026-0012",
    verify_url="https://cells.example.org/verify/SLWF-G-2026-0012?t=K7Q2M9XWPD4R",
    sample=True,
)
LONG = replace(PLAQUE, unit_name="示例市示例县" * 10)


@pytest.mark.parametrize(("width", "height"), [(600, 400), (400, 300)])
def test_each_plaque_is_a_page_in_true_size_with_room_for_the_marks(width: int, height: int) -> None:
    pdf = print_plaques([PLAQUE, LONG], width, height)

    for page, plaque in zip(PdfReader(BytesIO(pdf)).pages, (PLAQUE, LONG), strict=True):
        size = [round(float(side) / 72 * 25.4, 1) for side in (page.trimbox.width, page.trimbox.height)]
        assert size == [width, height]
        assert round(float(page.mediabox.width) / 72 * 25.4) == width + 40
        said = "".join(page.extract_text().split())
        for part in (plaque.unit_name, "无废工厂", plaque.serial, "2026年11月3日", f"{width}×{height}毫米", "样稿"):
            assert part in said


def test_a_plaque_is_cut_in_one_colour_within_its_border_and_its_code_is_read() -> None:
    page = looking.picture(print_plaques([LONG], 600, 400), dpi=25)
    scale = 25 / 25.4
    names = page.crop((0, int(220 * scale), page.width, int(280 * scale)))
    ink = [x / scale - 20 for x, _ in looking.dots(names, lambda r, g, b: max(r, g, b) < 60)]

    assert looking.dots(page, lambda r, g, b: max(r, g, b) - min(r, g, b) > 40) == []
    assert min(x for x in ink if x > 30) > 60
    assert max(x for x in ink if x < 570) < 540
    assert [code.text for code in zxingcpp.read_barcodes(page.resize((page.width * 2, page.height * 2)))] == [
        LONG.verify_url
    ]


def test_a_plaque_with_a_character_no_font_has_is_refused() -> None:
    with pytest.raises(paper.Unprintable, match=r"U\+F1234"):
        print_plaques([replace(PLAQUE, unit_name="\U000f1234")], 600, 400)


def test_the_title_of_a_plaque_names_nothing_but_city_and_category() -> None:
    source = Path("criteria/programme.yaml").read_text(encoding="utf-8")
    assert read_programme_text(source, "programme.yaml").certificate.plaque.width == 600

    with pytest.raises(CriteriaFaults, match="plaque"):
        read_programme_text(source.replace('{zh: "{category}"', '{zh: "{category.zh}"'), "programme.yaml")


def test_nothing_is_missing_here() -> None:
    assert ready.missing() == []


def test_a_missing_library_font_or_template_is_said_by_readyz_and_at_the_start(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert client.get("/readyz").json["press"] == "ok"  # type: ignore[index]

    def no_library(_pattern: str) -> None:
        raise harfbuzz.NoHarfBuzz("libharfbuzz-subset.so.0")

    monkeypatch.setattr(harfbuzz, "installed", no_library)
    monkeypatch.setattr(paper, "FAMILIES", ("No Such Family",))
    monkeypatch.setattr(ready, "TEMPLATES", ("gone.html",))
    answer = client.get("/readyz")
    commands.warn_of_the_press()
    said = capsys.readouterr().err

    assert answer.status_code == 503
    for thing in ("libharfbuzz-subset0", "No Such Family", "templates/print/gone.html"):
        assert thing in answer.json["press"]  # type: ignore[index]
        assert thing in said
