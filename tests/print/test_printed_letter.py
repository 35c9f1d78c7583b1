from dataclasses import replace
from datetime import date

import pytest

from cellcert.certificate.letter import LetterFields, LetterLine, print_award_letter
from tests.print import looking


def letter(lines: int) -> LetterFields:
    return LetterFields(
        authority="示例市“无废城市”建设工作领导小组办公室",
        number="示无废办〔2026〕3号",
        title="关于认定2026年第一批“无废细胞”的通知",
        recipient="各县（市）区领导小组办公室",
        paragraphs=("经集体审定和社会公示，决定认定下列单位。",),
        lines=tuple(
            LetterLine(
                f"示例单位{at}有限公司", "无废工厂" if at < 9 else "无废社区", "示例区", f"SLWF-G-2026-{at:04d}", "合格"
            )
            for at in range(1, lines + 1)
        ),
        on=date(2026, 11, 3),
        seal_text="示例市“无废城市”建设工作领导小组办公室",
        closing=("请继续加强指导。",),
        sample=True,
    )


@pytest.mark.parametrize("lines", [0, 1, 7, 40])
def test_every_unit_is_in_the_letter_and_the_seal_is_at_its_end(lines: int) -> None:
    pages = looking.page_texts(print_award_letter(letter(lines)))
    whole = "".join(pages)

    assert all(f"{at}示例单位{at}有限公司示例区合格SLWF-G-2026-{at:04d}" in whole for at in range(1, lines + 1))
    assert ("一、无废工厂（8个）" in whole, "二、无废社区（32个）" in whole) == (lines == 40, lines == 40)
    assert "2026年11月3日" in pages[-1]
    assert "请继续加强指导。" in pages[-1]


def test_long_tables_repeat_their_head_and_pages_are_counted() -> None:
    pages = looking.page_texts(print_award_letter(letter(60)))

    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        assert f"第{number}页共{len(pages)}页" in page
        assert ("单位名称" in page) is ("示例单位" in page)


def test_what_a_unit_calls_itself_is_printed_as_it_is() -> None:
    bait = LetterLine("</td><b>{{7*7}}", "类", "区", "1")

    assert "</td><b>{{7*7}}" in looking.text(print_award_letter(replace(letter(0), lines=(bait,))))
