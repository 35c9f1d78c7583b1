"""Tables read in: every row and column checked, nothing half taken, and nothing hostile gets far."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from xlsxwriter import Workbook

from cellcert.criteria.ledger_reader import COLUMNS
from cellcert.criteria.library import Library
from cellcert.criteria.wastes import Wastes
from cellcert.ledger.measures import KG, Measure, T
from cellcert.ledger.rules import Line
from cellcert.ledger.table import HEADS, LARGEST_FILE, read_table
from cellcert.ledger.workbook import ledger_workbook
from tests.load import quickest

TODAY = date(2026, 11, 23)
HEAD = [f"{head.zh}（吨）" if key in COLUMNS else head.zh for key, head in HEADS.items()]
GOOD = [2025, 1, "赤泥", 100, 70, 20, 30, 25, 5, 0, 0, "示例建材厂", "地磅"]


def wastes() -> Wastes:
    found = Library(Path("criteria")).wastes
    assert found is not None
    return found


def book(*rows: list[Any], head: list[Any] | None = None) -> bytes:
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        for number, row in enumerate([head if head is not None else HEAD, *rows]):
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write(number, column, value)
    return file.getvalue()


def text(*rows: list[Any], separator: str = ",", coding: str = "utf-8") -> bytes:
    return "\r\n".join(separator.join(map(str, row)) for row in [HEAD, *rows]).encode(coding)


def told(name: str, data: bytes) -> list[str]:
    """What is wrong with a file, from which nothing is taken then."""
    lines, faults = read_table(name, data, wastes(), TODAY)
    assert bool(lines) != bool(faults)
    return [fault.sentence.zh for fault in faults]


def changed(**cells: Any) -> list[Any]:
    row = list(GOOD)
    for key, value in cells.items():
        row[list(HEADS).index(key)] = value
    return row


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.xlsx", book(GOOD)),
        ("a.csv", text(GOOD)),
        ("a.csv", text(GOOD, coding="utf-8-sig")),
        ("a.CSV", text(GOOD, coding="gb18030")),
        ("a.csv", text(GOOD, coding="utf-16")),
        ("a.csv", text(GOOD, separator=";")),
        ("a.csv", text(GOOD, separator="\t")),
    ],
    ids=["xlsx", "utf-8", "with a mark", "gb18030", "utf-16", "semicolons", "tabs"],
)
def test_every_usual_file_gives_the_same_line(name: str, data: bytes) -> None:
    lines, faults = read_table(name, data, wastes(), TODAY)
    assert faults == []
    assert lines == [
        Line(
            year=2025, month=1, kind="red_mud", receiver="示例建材厂", note="地磅", generated=Decimal(100),
            used=Decimal(70), used_from_storage=Decimal(20), stored=Decimal(30), disposed=Decimal(25),
            disposed_from_storage=Decimal(5),
        )
    ]  # fmt: skip


def test_the_heads_say_what_the_figures_are_in() -> None:
    head = [name.replace("（吨）", "（公斤）") for name in HEAD]
    (found,), faults = read_table("a.xlsx", book(changed(generated=12.5, stored=0.3), head=head), wastes(), TODAY)
    assert faults == []
    assert (found.generated, found.stored, found.measure) == (Decimal("0.0125"), Decimal("0.0003"), "kg")


@pytest.mark.parametrize("measure", [T, KG])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_exported_is_read_again(lang: str, measure: Measure) -> None:
    lines, _ = read_table("a.xlsx", book(GOOD, changed(month=2, kind="废酸", generated=0.125)), wastes(), TODAY)
    again, faults = read_table("b.xlsx", ledger_workbook(wastes(), lines, lang, measure), wastes(), TODAY)
    assert faults == []
    assert again == [replace(line, measure=measure.key) for line in lines]


def test_the_empty_template_has_every_kind_and_no_line() -> None:
    template = ledger_workbook(wastes(), [])
    assert told("t.xlsx", template) == ["文件里没有数据行，请填写后再导入"]
    sheets = openpyxl.load_workbook(io.BytesIO(template)).worksheets
    assert [cell.value for cell in sheets[1]["A"][1:]] == [kind.name.zh for kind in wastes().kinds]


def test_text_that_looks_like_a_formula_leaves_as_text() -> None:
    line = Line(year=2025, month=1, kind="red_mud", receiver="=cmd|'/c calc'!A1", note="@SUM(1)")
    sheet = openpyxl.load_workbook(io.BytesIO(ledger_workbook(wastes(), [line]))).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows(min_row=2, max_row=2) for cell in row if cell.value} <= {"s", "n"}


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (changed(generated=-1), "第 2 行“产生量”：-1 是负数"),
        (changed(generated=1e9), "第 2 行“产生量”：数太大"),
        (changed(generated="1e9"), "第 2 行“产生量”：“1e9”不是数字"),
        (changed(used="许多"), "第 2 行“利用量”：“许多”不是数字"),
        (changed(stored=1.2345678), "第 2 行“贮存量”：1.2345678 的小数超过 6 位"),
        (changed(used_from_storage=71), "第 2 行“其中利用往年贮存量”"),
        (changed(disposed_from_storage=26), "第 2 行“其中处置往年贮存量”"),
        (changed(year=1066), "第 2 行“年份”"),
        (changed(year="去年"), "第 2 行“年份”：“去年”不是整数"),
        (changed(year=None), "第 2 行“年份”：没有填"),
        (changed(month=13), "第 2 行“月份”：没有 13 月"),
        (changed(month=1.5), "第 2 行“月份”：“1.5”不是整数"),
        (changed(year=2026, month=12), "第 2 行“月份”：2026 年 12 月还没有到"),
        (changed(kind="黄金"), "第 2 行“废物种类”：“黄金”不在废物种类里"),
        (changed(kind=None), "第 2 行“废物种类”：没有填"),
        (changed(receiver="长" * 201), "第 2 行“接收单位”：最多 200 字"),
        (changed(note="a\u202eb"), "第 2 行“备注”：有看不见的特殊字符"),
        (changed(generated="=1+1"), "第 2 行“产生量”：是公式"),
        ([2025, 1, "赤泥"], "第 2 行：一个数也没有填"),
        ([*GOOD, "x"], "第 2 行：表格右边多出了内容"),
    ],
)
def test_a_mistake_is_named_by_row_and_column(row: list[Any], sentence: str) -> None:
    found = told("a.xlsx", book(row))
    assert any(one.startswith(sentence) for one in found), found


def test_one_bad_row_keeps_every_good_one_out_and_all_mistakes_are_said_at_once() -> None:
    lines, faults = read_table(
        "a.xlsx", book(GOOD, changed(month=2, generated=-1, used="x"), changed(month=3, kind="?")), wastes(), TODAY
    )
    assert lines == []
    assert [(fault.row, fault.column.zh if fault.column else "") for fault in faults] == [
        (3, "产生量"),
        (3, "利用量"),
        (4, "废物种类"),
    ]


def test_a_row_that_repeats_another_is_told_with_both_numbers() -> None:
    assert told("a.xlsx", book(GOOD, changed(month=2), changed(note="再次"))) == [
        "第 4 行：与第 2 行重复（同月、同种、同接收单位），请合并成一行"
    ]
    lines, faults = read_table("a.xlsx", book(GOOD, changed(receiver="另一家")), wastes(), TODAY)
    assert (len(lines), faults) == (2, [])


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        ([*HEAD[:3], *HEAD[4:]], "缺少这些列：产生量"),
        ([*HEAD[:12], "密码"], "不认识这一列：“密码”"),
        ([*HEAD[:12], "年份"], "这一列出现了两次"),
        ([name for name in HEAD if "倾倒" not in name], "旧模板，少“倾倒丢弃量”一列"),
        ([name.replace("贮存量（吨）", "贮存量") for name in HEAD], "“贮存量”：表头没有写明单位"),
        ([name.replace("（吨）", "（万担）") for name in HEAD], "“产生量”：表头没有写明单位"),
        (["甲", "乙"], "没有找到表头"),
        ([], "没有找到表头"),
    ],
)
def test_wrong_columns_are_named(head: list[Any], sentence: str) -> None:
    assert any(sentence in one for one in told("a.xlsx", book(GOOD, head=head)))


def test_heads_may_carry_units_and_stand_below_a_title_in_another_order() -> None:
    file = io.BytesIO()
    with Workbook(file) as made:
        sheet = made.add_worksheet()
        sheet.write(0, 0, "某单位台账")
        order = list(reversed(range(len(HEAD))))
        for column, source in enumerate(order):
            sheet.write(2, column, HEAD[source].replace("吨", " T "))
            sheet.write(3, column, GOOD[source])
    lines, faults = read_table("a.xlsx", file.getvalue(), wastes(), TODAY)
    assert faults == []
    assert lines[0].used == 70


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book(GOOD))) as good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad:
        for name in good.namelist():
            content = good.read(name)
            bad.writestr(name, content + b" " * 80_000_000 if name.endswith("sheet1.xml") else content)
    return out.getvalue()


def _with(part: str, replace: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book(GOOD))) as good, zipfile.ZipFile(out, "w") as bad:
        for name in good.namelist():
            bad.writestr(name, replace(good.read(name)) if name.endswith(part) else good.read(name))
    return out.getvalue()


HOSTILE = {
    "empty.xlsx": b"",
    "blank.csv": b"  \r\n",
    "noise.xlsx": bytes(range(256)) * 40,
    "noise.csv": b"\x00\x01\x02" * 400,
    "old.xlsx": b"\xd0\xcf\x11\xe0" + b"0" * 600,
    "cut.xlsx": book(GOOD)[:900],
    "bomb.xlsx": _bomb(),
    "entities.xlsx": _with(
        "sheet1.xml",
        lambda xml: b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]>' + xml.replace(b"<v>", b"<v>&c;"),
    ),
    "external.xlsx": _with("sheet1.xml", lambda xml: b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + xml),
    "large.csv": text(*[GOOD] * 3) + b"," * LARGEST_FILE,
    "long.csv": text(*([changed(month=1, receiver=f"R{n}") for n in range(4_100)])),
    "quotes.csv": text(GOOD) + b'\r\n"2025,1',
    "wide.csv": text([*GOOD, *["x"] * 5_000]),
    "formula.csv": text(changed(receiver="=HYPERLINK(1)")),
    "at.csv": text(changed(receiver="@SUM(A1)")),
    "macro.xlsm": book(GOOD),
    "letter.pdf": b"%PDF-1.7\n",
    "none": book(GOOD),
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_hostile_file_is_refused_in_a_sentence_and_soon(name: str) -> None:
    found: list[str] = []
    assert quickest(lambda: found.extend(told(name, HOSTILE[name])), 10) < 10
    assert found
    assert all(sentence and "Traceback" not in sentence for sentence in found)
