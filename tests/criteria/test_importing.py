"""Office spreadsheets of several layouts become criteria files: accepted, or refused at ``decide`` alone."""

import io
import re
import struct
import tracemalloc
import zipfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from cellcert.criteria import ways
from cellcert.criteria.commands import criteria
from cellcert.criteria.export.spreadsheet import workbook as exported
from cellcert.criteria.marked import CriteriaFaults
from cellcert.criteria.office.importing import Imported, Unreadable, imported, reported
from cellcert.criteria.reader import read_checklist, read_checklist_file
from cellcert.criteria.schema import Checklist
from cellcert.paths import criteria_folder
from tests.load import quickest

HEAD = ["序号", "项目", "评估内容", "分值", "评分标准", "证明材料"]
NOTE = ["注：总分达到80分及以上为合格，90分以上为优秀；各部分得分不低于该部分分值的50%。"]
Cells = Sequence[object]


def book(rows: Sequence[Cells], merges: Sequence[str] = (), name: str = "考核表") -> bytes:
    made = Workbook()
    sheet = made.active
    sheet.title = name
    for row in rows:
        sheet.append(list(row))
    for merge in merges:
        sheet.merge_cells(merge)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def taken(data: bytes, **more: str | None) -> Imported:
    return imported(data, "factory", lead="industry", **more)


def checklist_of(made: Imported) -> Checklist:
    """The checklist once every question is answered as it was proposed."""
    return read_checklist(without_questions(made.text), "factory.yaml")


def without_questions(text: str) -> str:
    text = re.sub(r", decide: (\"[^\"]*\"|[^\"{}]*)\}", "}", text)
    return "\n".join(line for line in text.split("\n") if not line.strip().startswith("decide:"))


def refused_lines(text: str) -> tuple[set[int], set[int]]:
    """Where the check refuses, and where ``decide`` stands."""
    lines = {at for at, line in enumerate(text.split("\n"), 1) if "decide:" in line}
    try:
        read_checklist(text, "factory.yaml")
    except CriteriaFaults as faults:
        return {fault.line for fault in faults.faults}, lines
    return set(), lines


CLEAR = [
    ["××市“无废工厂”评价标准（2025版）"],
    HEAD,
    ["", "一、组织管理（40分）"],
    [1, "组织管理", "成立创建机构", 20, "符合得20分，否则不得分", "任命文件、会议纪要；照片（彩色、近一年）"],
    [2, "", "有方案有专人", 20, "有方案得10分，有专人得10分", "方案\n名单"],
    ["", "二、固废治理（60分）"],
    [3, "固废治理", "分类规范", 40, "每发现一处扣2.5分，扣完为止", "照片"],
    [4, "", "台账完整", 20, "国家级得20分，省级得10分，市级得5分", ""],
    ["合计", "", "", 100],
    NOTE,
]


def test_a_clear_sheet_is_accepted_by_the_check_as_it_stands() -> None:
    made = taken(book(CLEAR))
    checklist = read_checklist(made.text, "factory.yaml")

    assert not made.undecided
    assert (checklist.edition, checklist.title.zh) == ("2025.1", "××市“无废工厂”评价标准（2025版）")
    assert [(s.title.zh, s.points) for s in checklist.sections] == [("组织管理", 40), ("固废治理", 60)]
    assert [item.points for item in checklist.items()] == [20, 20, 40, 20]
    assert [(one.name.zh, one.total, one.floor) for one in checklist.levels] == [("优秀", 90, 50), ("合格", 80, 50)]
    assert [type(item.way) for item in checklist.items()] == [ways.YesNo, ways.Parts, ways.Deductions, ways.Choice]


@pytest.mark.parametrize(
    ("note", "levels", "asks"),
    [
        ("注：85分以上为合格。", [("合格", 85)], False),
        (
            "评价等级：90-100分为优秀，80-89分为良好，60-79分为合格，60分以下为不合格",
            [("优秀", 90), ("良好", 80), ("合格", 60)],
            False,
        ),
        ("备注：总分不低于85分的认定为“无废工厂”。", [("无废工厂", 85)], False),
        ("注：总分达到80分且各部分得分不低于该部分分值50%的，评为合格", [("合格", 80)], False),
        ("注：85分（不含）以上为合格", [("合格", 80)], True),
        ("注：总分600分，达到480分的为合格", [("合格", 80)], True),
        ("注：每项指标不低于60%", [("合格", 80)], True),
    ],
)
def test_levels_are_read_from_the_notes_or_asked_for(note: str, levels: list[tuple[str, int]], asks: bool) -> None:
    made = taken(book([*CLEAR[:-1], [note]]))

    assert [(one.name.zh, one.total) for one in checklist_of(made).levels] == levels
    assert made.undecided is asks, [reported(one) for one in made.notes if one.decide]


def test_evidence_is_split_where_the_office_splits_it() -> None:
    first, second, *_ = checklist_of(taken(book(CLEAR))).items()

    assert [one.zh for one in first.evidence] == ["任命文件", "会议纪要", "照片（彩色、近一年）"]
    assert [one.zh for one in second.evidence] == ["方案", "名单"]


def test_keys_come_from_the_position_and_stay() -> None:
    checklist = checklist_of(taken(book(CLEAR)))

    assert [section.key for section in checklist.sections] == ["s1", "s2"]
    assert [item.key for item in checklist.items()] == ["s1_i1", "s1_i2", "s2_i1", "s2_i2"]
    assert taken(book(CLEAR)) == taken(book(CLEAR))


def test_the_report_says_line_by_line_what_was_understood() -> None:
    lines = [reported(note) for note in taken(book(CLEAR)).notes]

    assert "第 7 行：理解为扣分：不符合要求，每发现一处扣 2.5 分，扣完为止" in lines
    assert any(reported(note, "en").startswith("row 4: taken as met or not") for note in taken(book(CLEAR)).notes)


def test_figures_that_contradict_each_other_are_both_told() -> None:
    rows = [row if row[0] != 1 else [1, "组织管理", "成立创建机构", 16, "达标计2分", ""] for row in CLEAR]
    made = taken(book(rows))
    questions = [reported(note) for note in made.notes if note.decide]

    assert "第 4 行：需要决定——分值写 16 分，评分标准最多得 2 分，两处不一致" in questions
    assert any("“组织管理”写 40 分，各项相加是 36 分" in question for question in questions)
    assert any("合计写 100 分，各部分相加是 96 分" in question for question in questions)
    assert made.text.count("达标计2分") >= 1
    refused, asked = refused_lines(made.text)
    assert refused == asked != set()


def test_two_rows_of_heads_and_merged_groups_are_read() -> None:
    made = taken(
        book(
            [
                ["无废机关考核评分表（2026年修订）"],
                [],
                ["评价指标", "", "考核内容及要求", "分值", "评分细则", "查验方式", "评分", ""],
                ["一级指标", "二级指标", "", "", "", "", "自评分", "考核得分"],
                ["组织管理", "机构", "成立领导小组", "10分", "成立得10分，未成立不得分", "查阅资料"],
                ["", "制度", "制度健全", "20分", "健全得20分，较健全得10分，不健全不得分", "查阅资料、座谈"],
                ["", "", "经费落实", "20分", "落实得20分，否则不得分", "资料"],
                ["源头减量", "办公", "双面打印", "50分", "发现一处不符合扣5分，扣完为止", "现场抽查5台打印机"],
                ["总分", "", "", "100分"],
                NOTE,
            ],
            ["A3:B3", "A5:A7", "B6:B7", "C3:C4", "D3:D4", "E3:E4", "F3:F4", "G3:H3", "A9:C9"],
        )
    )
    checklist = checklist_of(made)

    assert [(s.title.zh, len(s.items)) for s in checklist.sections] == [("组织管理", 3), ("源头减量", 1)]
    assert [item.text.zh for item in checklist.items()][:2] == ["机构：成立领导小组", "制度：制度健全"]
    last = checklist.item("s2_i1")
    assert last.check == ("site", "sample")
    assert last.sample is not None
    assert (last.sample.size, last.sample.of.zh) == (5, "打印机")
    assert not made.undecided, [reported(note) for note in made.notes if note.decide]


def test_stars_bonus_and_penalties_find_their_places() -> None:
    made = taken(
        book(
            [
                ["评分表（2026）"],
                HEAD,
                ["一、否决项"],
                [1, "", "未发生倾倒固体废物行为", "★", "一票否决", "证明"],
                ["二、日常管理（100分）"],
                [2, "", "持有排污许可证", "*", "", "许可证"],
                [3, "", "管理规范", 100, "每发现一处扣2分，扣完为止", ""],
                ["三、加分项（5分）"],
                [4, "", "获得绿色工厂称号", 3, "获得得3分", ""],
                [5, "", "被推广", 4, "省级得4分，市级得2分", ""],
                ["四、扣分项"],
                [6, "", "重复督办", -1, "每次扣1分", ""],
                [7, "", "拒绝检查", "", "扣25分", ""],
                NOTE,
            ]
        )
    )
    checklist = checklist_of(made)

    assert [(p.key, p.text.zh, p.section) for p in checklist.prerequisites] == [
        ("p1", "未发生倾倒固体废物行为", None),
        ("p2", "持有排污许可证", "s1"),
    ]
    assert checklist.bonus is not None
    assert (checklist.bonus.cap, [item.points for item in checklist.bonus.items]) == (5, [3, 4])
    losses = [(fault.lose, fault.each) for item in checklist.penalties for fault in item.way.faults]
    assert losses == [(1, True), (25, False)]
    assert not made.undecided, [reported(note) for note in made.notes if note.decide]


def test_rows_that_share_their_points_are_one_item() -> None:
    made = taken(
        book(
            [
                ["评分表2026"],
                HEAD,
                [1, "管理", "有方案", 100, "有方案得40分；", "方案"],
                ["", "", "有专人", "", "有专人得60分", "名单"],
                NOTE,
            ],
            ["B3:B4", "D3:D4", "A3:A4"],
        )
    )
    (item,) = checklist_of(made).items()

    assert item.text.zh == "有方案；有专人"
    assert isinstance(item.way, ways.Parts)
    assert [one.zh for one in item.evidence] == ["方案", "名单"]


def test_a_prerequisite_says_all_its_row_says_and_no_points_are_lost() -> None:
    made = taken(
        book(
            [
                ["评分表2026"],
                HEAD,
                ["一、一般要求"],
                [1, "", "合法设立", "一票否决", "近3年无较大事故", ""],
                [2, "", "持证排污", "★", "符合得5分", ""],
                ["二、管理（100分）"],
                [3, "", "规范", 100, "符合得100分，否则不得分", ""],
                NOTE,
                ["评价单位（盖章）：", "", "", "日期：  年  月  日"],
            ]
        )
    )
    first, second = checklist_of(made).prerequisites

    assert first.text.zh == "合法设立：近3年无较大事故"
    assert first.period is not None
    assert second.text.zh == "持证排污：符合得5分"
    assert any("却写了得分或扣分：“符合得5分”" in note.what.zh for note in made.notes if note.decide)
    assert len(list(checklist_of(made).items())) == 1


def test_a_sheet_without_points_is_proposed_what_its_rules_promise() -> None:
    made = taken(
        book(
            [
                ["评分表2026"],
                ["序号", "检查内容", "评分标准"],
                [1, "宣传氛围", "无宣传氛围扣4分，无光盘行动标识扣3分"],
                [2, "制度", "有制度得5分，没有不得分"],
                NOTE,
            ]
        )
    )

    assert [item.points for item in checklist_of(made).items()] == [7, 5]
    assert [n.row for n in made.notes if n.decide and "分值是空的" in n.what.zh] == [3, 4]


def test_indicators_wait_for_their_formula_and_years_for_their_first_and_last() -> None:
    made = taken(
        book(
            [
                ["评分表2026"],
                HEAD,
                [1, "管理", "近三年工业固体废物综合利用率", 60, "≥90%得60分，70%（含）-90%得40分，其余不得分", ""],
                [2, "", "分类准确率≥90%", 40, "每低1个百分点扣2分，扣完为止", ""],
                NOTE,
            ]
        )
    )
    checklist = checklist_of(made)
    refused, asked = refused_lines(made.text)

    assert [(i.name.zh, i.unit.zh) for i in checklist.indicators][1] == ("分类准确率", "%")
    assert refused == asked
    assert len(asked) == 4
    assert any("“近三年”从哪年到哪年没有写" in note.what.zh for note in made.notes if note.decide)
    assert any("不足1个百分点怎样扣没有写" in note.what.zh for note in made.notes if note.decide)


def test_a_formula_is_never_computed_and_is_told() -> None:
    rows = [list(row) for row in CLEAR]
    rows[3][3] = "=10+10"
    made = taken(book(rows))

    assert any("分值是空的" in note.what.zh for note in made.notes if note.row == 4)
    assert any("公式" in note.what.zh for note in made.notes)
    assert made.undecided


def test_a_sheet_can_be_named_and_others_are_told() -> None:
    made = Workbook()
    made.active.title = "说明"
    made.active.append(["填表说明"])
    sheet = made.create_sheet("评价")
    for row in CLEAR:
        sheet.append(row)
    file = io.BytesIO()
    made.save(file)

    read = taken(file.getvalue())
    assert any("“说明”没有读" in note.what.zh for note in read.notes)
    assert taken(file.getvalue(), sheet="评价").text == read.text
    with pytest.raises(Unreadable, match="没有叫“别的”的工作表"):
        taken(file.getvalue(), sheet="别的")


@pytest.mark.parametrize("category", ["agency", "factory"])
def test_our_own_export_comes_back_exactly(category: str) -> None:
    original = read_checklist_file(criteria_folder() / f"{category}.yaml")
    made = imported(exported(original), category)

    assert not made.undecided
    assert read_checklist(made.text, f"{category}.yaml") == original
    with pytest.raises(Unreadable, match="请改 --category"):
        imported(exported(original), "mall")


# Hostile and broken workbooks


def patched(name: str, content: bytes) -> bytes:
    """A workbook with one part replaced."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book(CLEAR))) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    return file.getvalue()


def lying(size: int) -> bytes:
    """A sheet whose directory entry says it is small."""
    data = bytearray(patched("xl/worksheets/sheet1.xml", b" " * size))
    real = struct.pack("<L", size)
    while (at := data.find(real)) >= 0:
        data[at : at + 4] = struct.pack("<L", 1000)
    return bytes(data)


MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEET = "xl/worksheets/sheet1.xml"
HOSTILE = {
    "not a workbook": lambda: b"hello",
    "an empty file": lambda: b"",
    "an old workbook": lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600,
    "an empty archive": lambda: b"PK\x05\x06" + b"\0" * 18,
    "a bomb": lambda: patched(SHEET, b"<a>" + b" " * 60_000_000 + b"</a>"),
    "a bomb that lies": lambda: lying(60_000_000),
    "entities": lambda: patched(SHEET, b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
    "everything merged": lambda: patched(
        SHEET,
        b"<worksheet %s><sheetData><row r='1'><c r='A1'><v>1</v></c></row></sheetData>"
        b'<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>' % MAIN,
    ),
    "a cell far away": lambda: patched(
        SHEET,
        b"<worksheet %s><sheetData><row r='1048576'><c r='XFD1048576'><v>1</v></c></row></sheetData></worksheet>"
        % MAIN,
    ),
    "many cells": lambda: patched(
        SHEET,
        b"<worksheet %s><sheetData>" % MAIN
        + b"".join(b"<row r='%d'>" % at + b"<c r='A%d'><v>1</v></c>" % at * 20 + b"</row>" for at in range(1, 2400))
        + b"</sheetData></worksheet>",
    ),
    "deep nesting": lambda: patched(SHEET, b"<a>" * 100_000),
    "no header row": lambda: book([["随便"], ["写写"]]),
    "no points at all": lambda: book([HEAD, [1, "否决项", "内容", "★", "一票否决", ""]]),
    "too many lines": lambda: book([HEAD, *([at, "", f"内容{at}", 1, "符合得1分", ""] for at in range(900))]),
    "too long a cell": lambda: book([HEAD, [1, "", "内容" * 3000, 1, "符合得1分", ""]]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_workbooks_are_refused_with_a_sentence_in_a_second(name: str) -> None:
    data = HOSTILE[name]()

    def refused() -> None:
        with pytest.raises(Unreadable):
            taken(data)

    assert quickest(refused, 1) < 1

    tracemalloc.start()
    with pytest.raises(Unreadable) as refusal:
        taken(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000_000
    assert refusal.value.sentence.zh
    assert refusal.value.sentence.en


def test_a_category_must_be_a_key() -> None:
    with pytest.raises(Unreadable, match="类别"):
        imported(book(CLEAR), "无废工厂")


# The command


def test_the_command_writes_the_file_and_says_what_is_open(tmp_path: Path) -> None:
    clear, open_, out = tmp_path / "a.xlsx", tmp_path / "b.xlsx", tmp_path / "factory.yaml"
    clear.write_bytes(book(CLEAR))
    open_.write_bytes(book([*CLEAR[:-1]]))

    done = CliRunner().invoke(criteria, ["import", str(clear), "--category", "factory", "--out", str(out)])
    again = CliRunner().invoke(criteria, ["import", str(clear), "--category", "factory", "--out", str(out)])
    asks = CliRunner().invoke(criteria, ["import", str(open_), "--category", "factory", "--lang", "en"])
    broken = CliRunner().invoke(criteria, ["import", str(tmp_path / "none.xlsx"), "--category", "factory"])

    assert (done.exit_code, again.exit_code, asks.exit_code, broken.exit_code) == (0, 1, 2, 1), done.output
    assert read_checklist_file(out).lead == "industry"
    assert "第 4 行：理解为是否符合" in done.output
    assert "已经存在" in again.output
    assert "to be decided: the pass line is not said" in asks.output


# Any table at all

WORDS = st.sampled_from(
    [
        "",
        "成立机构",
        "有食堂的，落实光盘",
        "近三年无事故",
        "分类准确率≥90%",
        "一、管理（20分）",
        "小计",
        "合计",
        "注：85分以上为合格",
        "★",
        "加分项",
        "扣分项",
        "true",
        "#x: {",
        '"',
        "- a",
        "\u0007控制",
        "1.5",
        "\n换行\n",
        "=1+1",
    ]
)
RULES = st.sampled_from(
    [
        "",
        "符合得5分，否则不得分",
        "达标计2分",
        "每发现一处扣2分，扣完为止",
        "≥90%得10分，70%-90%得6分",
        "每低1个百分点扣2分",
        "酌情扣1~5分",
        "好得5分，一般得1-2分",
        "一票否决",
        "每项得1分，最高3分",
        "至少做到3项得满分",
        "低于60%一票否决，85%以上得8分",
        "近五年达到90%或提高20个百分点得10分",
        "0.125分",
        "不涉及的不作为扣分项，按比例折算",
    ]
)
POINTS = st.one_of(
    st.integers(-50, 1000),
    st.decimals("0.01", 100, places=2).map(float),
    st.sampled_from(["", "★", "5分", "10（加分）", "3-5", "/", "2.125", "0", "1e3", "10000000", "+3"]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(WORDS, WORDS | st.text(max_size=12), POINTS, RULES | st.text(max_size=20), WORDS),
        min_size=1,
        max_size=12,
    )
)
def test_any_table_is_refused_with_a_sentence_or_becomes_a_file_with_every_figure(
    rows: list[tuple[str, str, object, str, str]],
) -> None:
    legal = [[clean_cell(cell) for cell in (at, *row)] for at, row in enumerate(rows, 1)]
    try:
        made = taken(book([HEAD, *legal]))
    except Unreadable:
        return
    refused_at, asked = refused_lines(made.text)
    assert refused_at <= asked
    assert bool(refused_at) == made.undecided == bool(asked)
    read = checklist_of(made)
    assert read.points == sum((section.points for section in read.sections), Decimal(0))
    said = made.text + "\n".join(note.what.zh for note in made.notes)
    for row in legal:
        if (
            isinstance(row[3], int | float)
            and row[3]
            and str(row[2]).strip()
            and not str(row[1]).startswith(("小计", "合计", "注"))
        ):
            assert shown_figure(row[3]) in said


def shown_figure(value: float) -> str:
    return f"{abs(Decimal(str(value))):f}".rstrip("0").rstrip(".") if "." in str(value) else str(abs(int(value)))


def clean_cell(cell: object) -> object:
    """What a workbook can hold."""
    return "".join(sign for sign in cell if sign >= " " or sign == "\n") if isinstance(cell, str) else cell
