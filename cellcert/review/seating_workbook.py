"""The table for assigning by file: one row for every seat that is wanted, and the pool on a second sheet."""

from datetime import date
from io import BytesIO

from xlsxwriter import Workbook

from cellcert.criteria.programme import Programme
from cellcert.ledger.workbook import AS_TYPED
from cellcert.review.panel import Panel
from cellcert.review.seating_file import HEADS


def seating_workbook(found: Panel, programme: Programme, due: date, lang: str) -> bytes:
    """Two sheets; the sign-in names are to be filled in."""
    file = BytesIO()
    with Workbook(file, AS_TYPED) as book:
        base = {"font_name": "宋体", "font_size": 11, "valign": "vcenter", "num_format": "@"}
        head = book.add_format(
            base | {"bold": True, "border": 1, "align": "center", "bg_color": "#1F6F50", "font_color": "#FFFFFF"}
        )
        text = book.add_format(base)
        sheet = book.add_worksheet("专家指派" if lang == "zh" else "Experts")
        also = ("单位名称", "类别") if lang == "zh" else ("Unit", "Category")
        for column, words in enumerate((*(one.text(lang) for one in HEADS.values()), *also)):
            sheet.set_column(column, column, 24, text)
            sheet.write_string(0, column, words, head)
        sheet.freeze_panes(1, 0)
        line = 0
        for case in found.cases:
            for _ in range(case.wants):
                line += 1
                sheet.write_string(line, 0, case.application.reference or "", text)
                sheet.write_string(line, 3, case.application.unit.name, text)
                sheet.write_string(line, 4, programme.category(case.application.category).name.text(lang), text)
        _pool(book, found, head, text, lang)
        note = f"留空的截止日期按 {due} 办理。" if lang == "zh" else f"Without a due date {due} is meant."
        sheet.write_comment(0, 2, note)
    return file.getvalue()


def _pool(book: Workbook, found: Panel, head: object, text: object, lang: str) -> None:
    sheet = book.add_worksheet("专家库" if lang == "zh" else "Pool")
    heads = (
        ("专家登录名", "姓名", "工作单位", "在办件数")
        if lang == "zh"
        else ("Sign-in name", "Name", "Employer", "Cases")
    )
    for column, words in enumerate(heads):
        sheet.set_column(column, column, 24, text)
        sheet.write_string(0, column, words, head)
    experts = sorted(found.experts.values(), key=lambda person: (found.loads[person.id], person.name, person.id))
    for line, person in enumerate(experts, 1):
        for column, words in enumerate((person.login, person.name, person.employer)):
            sheet.write_string(line, column, words, text)
        sheet.write_number(line, 3, found.loads[person.id])
