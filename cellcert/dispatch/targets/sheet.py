"""The yearly public information sheet (年度信息公开表): every target of the plan at the end of one year."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO, StringIO
from typing import Any

from xlsxwriter import Workbook

from cellcert.criteria.programme import Programme
from cellcert.criteria.text import Text
from cellcert.dispatch.targets.queries import TargetLine
from cellcert.dispatch.targets.rules import goal_for, goal_words, plain
from cellcert.paper import render, to_pdf

HEADS: tuple[tuple[str, float], ...] = (
    ("序号", 6), ("目标", 34), ("单位", 8), ("方案要求", 20), ("年末数值", 12), ("截至", 12), ("判断", 12),
    ("责任部门", 34), ("出处", 14),
)  # fmt: skip
# What a user typed is text and nothing else: no formula, no link, no number out of a code.
AS_TYPED = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One target at the end of the year; ``value`` and ``on`` are empty where nothing was confirmed."""

    name: Text
    unit: Text
    goal: Text
    value: str
    on: str
    state: Text
    tone: str
    why: Text
    departments: tuple[Text, ...]
    paragraph: str

    def cells(self, number: int) -> tuple[str, ...]:
        named = "、".join(one.zh for one in self.departments)
        return (
            str(number), self.name.zh, self.unit.zh, self.goal.zh, self.value, self.on, self.state.zh, named,
            self.paragraph,
        )  # fmt: skip


def sheet_rows(lines: Sequence[TargetLine], programme: Programme, year: int) -> list[SheetRow]:
    """The rows of a year from targets judged by values of periods that ended by then; older values are not shown."""
    rows = []
    for line in lines:
        found = goal_for(line.target, date(year, 12, 31))
        asked = goal_words(line.target, found[1]) if found else Text("—")
        when = Text(f"{found[0]} 年{asked.zh}", f"{asked.text('en')} by {found[0]}") if found else asked
        last = line.judged.last if line.judged.last and line.judged.last.on.year == year else None
        rows.append(
            SheetRow(
                line.target.name, line.target.unit, when, plain(last.value) if last else "",
                last.on.isoformat() if last else "",
                line.judged.name if last else Text("本年无数据", "No data of the year"),
                line.judged.tone if last else "ended", line.judged.why,
                tuple(programme.department(key).name for key in line.target.departments), line.target.paragraph,
            )
        )  # fmt: skip
    return rows


def sheet_title(programme: Programme, year: int) -> str:
    """What the sheet is called."""
    return f"{programme.city.zh}“无废城市”建设实施方案数量目标{year}年度信息公开表"


def sheet_csv(rows: Sequence[SheetRow]) -> bytes:
    """The sheet as CSV in UTF-8 that spreadsheet programs recognise."""
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([head for head, _ in HEADS])
    for number, row in enumerate(rows, 1):
        writer.writerow(["'" + cell if cell.startswith(("=", "+", "@")) else cell for cell in row.cells(number)])
    return out.getvalue().encode("utf-8-sig")


def sheet_workbook(rows: Sequence[SheetRow], title: str, on: date) -> bytes:
    """The sheet as a workbook: frozen head, filter, ready to print on A4 landscape."""
    file = BytesIO()
    with Workbook(file, AS_TYPED) as book:
        book.set_properties({"title": title, "created": datetime.combine(on, time(12))})
        base = {"font_name": "宋体", "font_size": 11, "valign": "vcenter", "border": 1, "border_color": "#8B9892"}
        looks = {
            "title": book.add_format({"font_name": "黑体", "font_size": 16, "align": "center", "valign": "vcenter"}),
            "under": book.add_format({"font_name": "宋体", "font_size": 10, "align": "center"}),
            "head": book.add_format(base | {"bold": True, "align": "center", "bg_color": "#EEF6F1"}),
            "text": book.add_format(base | {"num_format": "@", "text_wrap": True}),
            "figure": book.add_format(base | {"num_format": "0.####"}),
        }
        sheet: Any = book.add_worksheet("年度信息公开表")
        last = len(HEADS) - 1
        sheet.merge_range(0, 0, 0, last, title, looks["title"])
        sheet.merge_range(1, 0, 1, last, f"生成日期 {on.isoformat()}", looks["under"])
        for column, (head, width) in enumerate(HEADS):
            sheet.write_string(2, column, head, looks["head"])
            sheet.set_column(column, column, width)
        for at, row in enumerate(rows, 3):
            for column, cell in enumerate(row.cells(at - 2)):
                if column in {0, 4} and cell:
                    sheet.write_number(at, column, float(cell), looks["figure"])
                else:
                    sheet.write_string(at, column, cell, looks["text"])
        sheet.freeze_panes(3, 2)
        sheet.autofilter(2, 0, 2 + max(len(rows), 1), last)
        sheet.repeat_rows(0, 2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C第 &P 页　共 &N 页")
        sheet.print_area(0, 0, 2 + len(rows), last)
    return file.getvalue()


def sheet_pdf(rows: Sequence[SheetRow], title: str, authority: str, on: date) -> bytes:
    """The sheet on A4 landscape."""
    html = render("targets_sheet.html", title=title, rows=rows, heads=[h for h, _ in HEADS], authority=authority, on=on)
    return to_pdf(html, "print.css", "targets_sheet.css")
