from dataclasses import replace
from datetime import date

import pytest

from cellcert.assessment.print_pdf import (
    ApplicationPrint,
    FilePrint,
    IndicatorPrint,
    LetterPrint,
    RowPrint,
    ScoreSheetPrint,
    SectionPrint,
    print_application,
    print_letter,
    print_score_sheet,
)
from tests.print import looking


def section(number: int, rows: int) -> SectionPrint:
    return SectionPrint(
        f"第{number}部分",
        tuple(
            RowPrint(
                f"{number}.{at}",
                f"示例条目{number}之{at}",
                "每发现一处扣 2 分，最多扣 6 分",
                "4.00",
                "6",
                claim="发现一处",
                reason="发现一处，扣 2 分，得 4 分（满分 6 分）。",
                evidence=(f"台账{at}.xlsx",),
            )
            for at in range(1, rows + 1)
        ),
        f"{4 * rows}.00",
        str(6 * rows),
        note="下限 50%，已达到",
    )


APPLICATION = ApplicationPrint(
    title="“无废细胞”申报书",
    number="2026-2-G-0012",
    unit=(("单位名称", "示例新材料有限公司"), ("统一社会信用代码", "91410800MA0000000X"), ("地址", "示例路" * 12)),
    category=(("类别", "无废工厂"), ("标准版本", "2026.1")),
    facts=(("是否产生危险废物", "是"),),
    indicators=(IndicatorPrint("综合利用率", "72.40 %", (("综合利用量", "7240 t"), ("产生量", "10000 t"))),),
    prerequisites=(("1", "近三年未发生较大及以上突发环境事件", "符合", ("2　无事故证明.pdf",)),),
    sections=(section(1, 3), section(2, 12)),
    points="60.00",
    possible="90",
    result="合计 60.00 分，未达到“合格”。",
    evidence=(
        FilePrint("1", "台账1.xlsx", "全年台账", "第 1.1 项", "18 KB", "0123456789ab"),
        FilePrint("2", "无事故证明.pdf", "", "前置条件 1", "1.2 MB", "ba9876543210"),
    ),
    letter=LetterPrint(
        ("本单位承诺所填内容真实、准确、完整。",), "1A2B-3C4D", "由负责人示例甲于 2026年11月2日 09:30 在系统中确认"
    ),
    hash="fedcba9876543210" * 4,
    cover=(("申报单位", "示例新材料有限公司"), ("申报批次", "2026年第二批")),
    office="示例市“无废城市”建设工作领导小组办公室",
    on=date(2026, 11, 3),
)


def test_the_application_holds_all_the_unit_said() -> None:
    said = looking.text(print_application(APPLICATION))

    for part in (
        "一、申报单位",
        "统一社会信用代码91410800MA0000000X",
        "四、指标数据",
        "综合利用量7240t；产生量10000t",
        "示例条目2之12",
        "每发现一处扣2分，最多扣6分",
        "发现一处，扣2分，得4分（满分6分）。",
        "台账12.xlsx",
        "合计60.00/90",
        "未达到“合格”。",
        "全年台账",
        "无事故证明.pdf",
        "前置条件1",
        "0123456789ab",
        "本承诺书由负责人示例甲于2026年11月2日09:30在系统中确认",
        "1A2B-3C4D",
        "本单位承诺所填内容真实、准确、完整。",
        "申报单位（盖章）",
    ):
        assert part in said


def test_headings_are_counted_without_gaps() -> None:
    said = looking.text(print_application(replace(APPLICATION, facts=(), indicators=(), prerequisites=())))

    assert "三、自评表" in said
    assert "四、证明材料清单" in said


def test_every_page_says_what_it_belongs_to_and_an_item_is_never_torn() -> None:
    pages = looking.page_texts(print_application(APPLICATION))

    assert len(pages) > 1
    for number, page in enumerate(pages, start=1):
        assert f"第{number}页共{len(pages)}页" in page
        assert "2026-2-G-0012" in page
        assert "校验值fedcba9876543210" in page
    for at in range(1, 13):
        page = next(page for page in pages if f"示例条目2之{at}每" in page)
        assert f"台账{at}.xlsx" in page


def test_a_draft_says_so_on_every_page() -> None:
    assert all("未提交" in page for page in looking.page_texts(print_application(replace(APPLICATION, draft=True))))


def test_the_letter_alone_is_one_page_to_sign_also_with_a_long_name() -> None:
    for name in ("示例新材料有限公司", "示例市𠮷䶮联合" * 8):
        letter = print_letter(replace(APPLICATION, unit=(("单位名称", name),)))

        assert looking.pages(letter) == 1
        for part in (name, "承诺书", "2026-2-G-0012", "1A2B-3C4D", "负责人（签字）"):
            assert part in looking.text(letter)


@pytest.mark.parametrize(
    "bait", ["</td></table><b>{{7*7}}", "<link rel=attachment href=file:///etc/passwd>", "A" * 300]
)
def test_typed_words_are_printed_as_they_are(bait: str) -> None:
    pdf = print_application(replace(APPLICATION, unit=(("单位名称", bait),)))

    assert "".join(bait.split()) in looking.text(pdf)
    assert b"/EmbeddedFile" not in pdf


def test_a_blank_score_sheet_leaves_room_to_write() -> None:
    rows = tuple(replace(row, points="", claim="", reason="", evidence=()) for row in section(1, 5).rows)
    sheet = ScoreSheetPrint(
        "专家评分表",
        "2026-2-G-0012",
        (("类别", "无废工厂"), ("专家", "专家乙")),
        (SectionPrint("第1部分", rows, "", "30"),),
        "",
        "30",
        "",
        signers=("专家（签字）", "日期"),
    )
    said = looking.text(print_score_sheet(sheet))

    assert "示例条目1之5" in said
    assert "/30" in said
    assert "专家（签字）" in said
    assert "4.00" not in said
