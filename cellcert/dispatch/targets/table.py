"""Values of several targets as a table: a template to fill in, read back whole or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook

from cellcert.criteria.export.spreadsheet_file import Formula, Unreadable
from cellcert.criteria.plan import PlanTarget
from cellcert.criteria.reporting import Reporting
from cellcert.criteria.text import Text
from cellcert.dispatch.targets.rules import Period, every_of, period_named, periods, plain, read_value, value_fault
from cellcert.ledger.table import Cell, Fault, plain_head, rows_in

HEADS: dict[str, Text] = {
    "key": Text("目标代码", "Key"),
    "name": Text("目标", "Target"),
    "unit": Text("单位", "Unit"),
    "period": Text("时期", "Period"),
    "value": Text("数值", "Value"),
    "note": Text("说明", "Note"),
}
NEEDED = ("key", "period", "value")
WIDTHS = {"key": 24, "name": 40, "unit": 8, "period": 12, "value": 14, "note": 40}
KNOWN = {plain_head(head.text(lang)): key for key, head in HEADS.items() for lang in ("zh", "en")}
MOST_FAULTS = 200


@dataclass(frozen=True, slots=True)
class Reported:
    """One row that can be reported."""

    target: PlanTarget
    period: Period
    value: Decimal
    note: str


def targets_template(rows: Sequence[tuple[PlanTarget, Period]], lang: str = "zh") -> bytes:
    """A workbook with a row for each value that is missing; the value is left to fill in."""
    file = BytesIO()
    as_typed = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with Workbook(file, as_typed) as book:
        base = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
        head = book.add_format(base | {"bold": True, "align": "center", "bg_color": "#EEF6F1", "border": 1})
        text, figure = book.add_format(base | {"num_format": "@"}), book.add_format(base | {"num_format": "0.####"})
        sheet: Any = book.add_worksheet("计划目标" if lang == "zh" else "Targets")
        for column, (key, name) in enumerate(HEADS.items()):
            sheet.set_column(column, column, WIDTHS[key], figure if key == "value" else text)
            sheet.write_string(0, column, name.text(lang), head)
        for at, (target, period) in enumerate(rows, 1):
            told = (target.key, target.name.text(lang), target.unit.text(lang), period.key)
            for column, word in enumerate(told):
                sheet.write_string(at, column, word, text)
        sheet.freeze_panes(1, 2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
    return file.getvalue()


def read_targets(
    name: str, data: bytes, known: Mapping[str, PlanTarget], rule: Reporting, today: date
) -> tuple[list[Reported], list[Fault]]:
    """The rows of a file with a value, or everything that is wrong; ``known`` are the targets one may report."""
    try:
        rows = rows_in(name, data)
    except Unreadable as wrong:
        return [], [Fault(0, None, wrong.sentence)]
    heads = [(at, columns) for at, row in rows[:20] if all(key in (columns := _columns(row)) for key in NEEDED)]
    if not heads:
        told = Text(
            "没有找到表头。请下载模板，保留“目标代码”“时期”“数值”这几列",
            "no heads found; download the template and keep the columns Key, Period and Value",
        )
        return [], [Fault(0, None, told)]
    head_at, columns = heads[0]
    found: list[Reported] = []
    faults: list[Fault] = []
    first: dict[tuple[str, str], int] = {}
    for at, row in rows:
        if at <= head_at or len(faults) >= MOST_FAULTS:
            continue
        cells = {key: row[column] if column < len(row) else None for key, column in columns.items()}
        if not _words(cells["value"]):
            continue  # not reported this time
        read, wrong_at = _row(cells, known, rule, today)
        if read is not None and (twice := first.setdefault((read.target.key, read.period.key), at)) != at:
            wrong_at = {"period": Text(f"与第 {twice} 行重复，请删去一行", f"repeats row {twice}; remove one")}
        faults += [Fault(at, HEADS[key], said) for key, said in wrong_at.items()]
        if read is not None and not wrong_at:
            found.append(read)
    if not found and not faults:
        faults = [Fault(0, None, Text("没有填写任何数值，请填写后再导入", "no value is filled in"))]
    return ([] if faults else found), faults


def _columns(row: Sequence[Cell]) -> dict[str, int]:
    """Which column holds what; of two with one head the first."""
    return {key: at for at, cell in reversed(list(enumerate(row))) if (key := KNOWN.get(plain_head(cell)))}


def _row(
    cells: Mapping[str, Cell], known: Mapping[str, PlanTarget], rule: Reporting, today: date
) -> tuple[Reported | None, dict[str, Text]]:
    formula = Text("是公式，请复制后“粘贴为数值”", "is a formula; paste it as a value")
    wrong = {key: formula for key in HEADS if isinstance(cells.get(key), Formula)}
    if wrong:
        return None, wrong
    target, period = known.get(_words(cells["key"])), period_named(_words(cells["period"]))
    if target is None:
        return None, {"key": Text("不是由您填报的目标代码，请按模板填写", "no key of a target you report")}
    if period is None or period not in periods(every_of(target, rule), rule.since, today):
        wrong["period"] = Text(
            "不是这个目标的填报时期，或还没有结束，请按模板填写", "no period of this target, or not over yet"
        )
    value, said = read_value(_words(cells["value"]), target.unit.zh)
    if said := said or (value_fault(target, value) if value is not None else None):
        wrong["value"] = said
    if wrong or value is None or period is None:
        return None, wrong
    return Reported(target, period, value, _words(cells.get("note"))), {}


def _words(cell: Cell) -> str:
    return plain(cell) if isinstance(cell, Decimal) else "=" if isinstance(cell, Formula) else (cell or "").strip()
