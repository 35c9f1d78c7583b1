"""The checklist on A4: everything a unit must know, and room to fill in."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cellcert.criteria.commands import criteria
from cellcert.criteria.export.print_pdf import checklist_pdf
from cellcert.criteria.reader import read_checklist_file
from cellcert.criteria.text import Text, figure
from cellcert.paths import criteria_folder
from tests.criteria.lists import read
from tests.criteria.test_writer import EVERYTHING, LEVELS
from tests.print import looking

FACTORY = criteria_folder() / "factory.yaml"


def squeezed(text: Text, lang: str = "zh") -> str:
    return "".join(text.text(lang).split())


@pytest.fixture(scope="module")
def factory_pdf() -> bytes:
    return checklist_pdf(
        read_checklist_file(FACTORY),
        programme=Text("示例市认定"),
        authority=Text("示例市办公室"),
        lead=Text("示例局"),
        digest="0f" * 32,
    )


def test_every_item_level_indicator_and_figure_is_on_paper(factory_pdf: bytes) -> None:
    checklist = read_checklist_file(FACTORY)
    said = looking.poppler_text(factory_pdf)

    for part in ("示例市认定", "示例市办公室", "示例局", *(squeezed(one) for one in checklist.who)):
        assert part in said
    for section in checklist.sections:
        assert f"{squeezed(section.title)}（{figure(section.points)}分）" in said
    for one in checklist.indicators:
        assert squeezed(one.unit) in said
    for level in checklist.levels:
        assert f"总分达到{figure(level.total)}分" in said
    for mark in ("加分项（最多加8分）", "扣分项（从总分中扣）", "自评", "评审", "合计", "示范版", "0f" * 32):
        assert mark in said
    # a cell may break in the middle of a line that stands beside it
    for item in checklist.items():
        assert squeezed(item.text)[:6] in said


def test_each_page_has_the_title_the_edition_and_its_number(factory_pdf: bytes) -> None:
    pages = looking.page_texts(factory_pdf)

    assert len(pages) > 4
    for number, page in enumerate(pages, 1):
        assert f"第{number}页共{len(pages)}页" in page
        assert number == 1 or ("无废工厂示范版" in page and "2026.1版" in page)


def test_the_head_of_a_table_stands_on_every_page_it_goes_on_to(factory_pdf: bytes) -> None:
    for page in looking.page_texts(factory_pdf)[1:-1]:
        assert "评分标准" in page or "算式和所用数据" in page or "怎样填写" in page


def test_the_sheet_is_printed_in_english_too() -> None:
    checklist = read_checklist_file(FACTORY)
    said = looking.poppler_text(checklist_pdf(checklist, "en"))

    assert squeezed(checklist.title, "en") in said
    assert "Page1of" in said
    assert "Ruleofscoring" in said
    assert "第1页" not in said


def test_conditions_stars_and_every_way_are_said_in_words() -> None:
    said = looking.poppler_text(checklist_pdf(read(EVERYTHING, LEVELS)))

    for part in ("★", "“综合利用率”低于40%，或者“是否有食堂”为“否”", "抽查5个", "本项0分时总分为0", "示范版"):
        assert (part in said) == (part != "示范版"), part


def test_words_of_a_file_are_never_markup() -> None:
    checklist = read(
        "sections: [{key: s, title: 甲, points: 100, items: "
        '[{key: i, text: "<b>粗</b><img src=http://127.0.0.1/x>", points: 100, score: yes_no}]}]\n'
    )

    assert "<b>粗</b>" in looking.poppler_text(checklist_pdf(checklist))


@pytest.mark.parametrize("ending", ["xlsx", "pdf", "yaml"])
def test_the_command_writes_each_kind_of_file(tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"list.{ending}"
    result = CliRunner().invoke(criteria, ["export", str(FACTORY), "--to", str(out)])

    assert result.exit_code == 0, result.output
    assert out.read_bytes().startswith({"xlsx": b"PK", "pdf": b"%PDF", "yaml": b"category: factory"}[ending])


def test_the_command_refuses_other_endings_faulty_files_and_itself(tmp_path: Path) -> None:
    faulty = tmp_path / "factory.yaml"
    faulty.write_text("category: factory\n", encoding="utf-8")

    for arguments, code in (
        ([str(FACTORY), "--to", str(tmp_path / "list.doc")], 2),
        ([str(faulty), "--to", str(faulty)], 2),
        ([str(faulty), "--to", str(tmp_path / "list.xlsx")], 1),
        ([str(FACTORY), "--to", str(tmp_path / "none" / "list.yaml")], 1),
    ):
        assert CliRunner().invoke(criteria, ["export", *arguments]).exit_code == code
    assert faulty.read_text(encoding="utf-8") == "category: factory\n"
