"""The page of one month: what was typed becomes lines; what cannot be is said at its field."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from werkzeug.datastructures import MultiDict
from wtforms import HiddenField

from cellcert.criteria.ledger_reader import COLUMNS
from cellcert.criteria.text import Text
from cellcert.forms import PostForm
from cellcert.ledger.measures import Measure, Wrong, tonnes
from cellcert.ledger.rules import Line, line_faults, month_fault, words_fault

MOST_ROWS = 200


class MonthForm(PostForm):
    """One month; ``seen`` is a fingerprint of the lines the page showed, ``sure`` of figures that looked wrong."""

    seen = HiddenField()
    sure = HiddenField()


class ImportForm(PostForm):
    """A file to read in."""


@dataclass(slots=True)
class MonthRow:
    """One kind and receiver as the page shows it."""

    kind: str
    typed: dict[str, str] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        """Nothing was measured: a receiver alone is a suggestion of ours."""
        return not any(self.typed.get(name) for name in (*COLUMNS, "note"))


def shown(line: Line, measure: Measure) -> MonthRow:
    """A kept line as it was typed; a nought is written once, so that the line is not taken for a blank one."""
    typed = {column: measure.figure(line.amount(column)) for column in COLUMNS if line.amount(column)}
    typed.setdefault("generated", "0")
    return MonthRow(line.kind, typed | {"receiver": line.receiver, "note": line.note})


def posted(formdata: MultiDict[str, str]) -> list[MonthRow]:
    """The rows of a posted page."""
    rows = []
    for number in range(MOST_ROWS):
        kind = formdata.get(f"row{number}.kind")
        if kind is None:
            break
        names = (*COLUMNS, "receiver", "note")
        rows.append(MonthRow(kind, {name: formdata.get(f"row{number}.{name}", "").strip() for name in names}))
    return rows


def read_month(
    rows: Sequence[MonthRow], year: int, month: int, measure: Measure, known: frozenset[str], today: date
) -> tuple[list[Line], dict[str, Text]]:
    """The lines of the rows that hold anything, and what is wrong by field."""
    lines: list[Line] = []
    wrong: dict[str, Text] = {}
    first: dict[tuple[int, int, str, str], int] = {}
    if told := month_fault(year, month, today):
        return [], {"month": told}
    for number, row in enumerate(rows):
        if row.is_blank:
            continue
        line, found = _line(row, year, month, measure, known)
        wrong |= {f"row{number}.{name}": message for name, message in found.items()}
        if line is None:
            continue
        if line.key in first:
            wrong[f"row{number}.receiver"] = Text(
                "这种废物已有一行是同一接收单位，请合并，或写另一家接收单位",
                "this kind already has a line with this receiver; add them up or name another receiver",
            )
        first[line.key] = number
        lines.append(line)
    return lines, wrong


def _line(
    row: MonthRow, year: int, month: int, measure: Measure, known: frozenset[str]
) -> tuple[Line | None, dict[str, Text]]:
    found: dict[str, Text] = {}
    amounts = {}
    for column in COLUMNS:
        try:
            amounts[column] = tonnes(row.typed.get(column, ""), measure) or tonnes("0")
        except Wrong as unusable:
            found[column] = unusable.sentence
    words = {name: row.typed.get(name, "") for name in ("receiver", "note")}
    found |= {name: odd for name, text in words.items() if (odd := words_fault(text))}
    if row.kind not in known:
        found["generated"] = Text("不在废物种类里，请重新选择种类", "no known kind of waste; choose again")
    if found:
        return None, found
    taken = {column: amount for column, amount in amounts.items() if amount is not None}
    line = Line(year=year, month=month, kind=row.kind, measure=measure.key, **words, **taken)  # type: ignore[arg-type]
    return line, dict(line_faults(line))
