"""The rows of a workbook of ours: what everybody sees, and the grey columns beside it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cellcert.criteria import in_words
from cellcert.criteria.export.spreadsheet_file import Formula, Unreadable, rows_of
from cellcert.criteria.export.table import COLUMNS, GROUP, KEY, KINDS, NO, OWN, POINTS, PROBLEMS, REVIEWED, RULE, Kind
from cellcert.criteria.fields import NUMBER
from cellcert.criteria.text import Text, figure

Value = str | Decimal | Formula | None
Node = dict[str, Any]
UNREAD = frozenset({NO, GROUP, OWN, REVIEWED, PROBLEMS})
HEAD_ROWS = 12


@dataclass(slots=True)
class Row:
    """One row of a sheet: what everybody sees, and the grey columns."""

    number: int
    sheet: Text
    cells: dict[Text, Value]
    kind: Kind | None
    key: str
    rule: str
    node: Node = field(default_factory=dict)

    def said(self, column: Text) -> str:
        value = self.cells.get(column)
        return figure(value) if isinstance(value, Decimal) else "" if value is None else str(value).strip()

    def points(self) -> Decimal | None:
        """分值 as a number, also where it was typed as text."""
        words = self.said(POINTS).removesuffix("分").strip()
        return Decimal(words) if NUMBER.match(words) else None


def rows_below_heads(sheet: Any, name: Text, lang: str) -> list[Row] | None:  # noqa: ANN401
    """The rows below the head; ``None`` without the two grey columns."""
    known = {column.text(lang): column for column, _ in COLUMNS[name]} | {KEY.text(lang): KEY, RULE.text(lang): RULE}
    heads: dict[int, Text] = {}
    found: list[Row] = []
    for number, values in rows_of(sheet):
        if not heads:
            words = ["".join(str(value).split()) if value is not None else "" for value in values]
            squeezed = {"".join(word.split()): column for word, column in known.items()}
            at = {column: squeezed[word] for column, word in enumerate(words) if word in squeezed}
            if {KEY, RULE} <= set(at.values()):
                heads = at
            elif number >= HEAD_ROWS:
                break
            continue
        row = _row(number, name, values, heads, lang)
        if row.kind is not None or any(row.said(column) for column in row.cells if column not in UNREAD):
            found.append(row)
    return found if heads else None


def _row(number: int, name: Text, values: Sequence[Value], heads: Mapping[int, Text], lang: str) -> Row:
    cells = {head: values[column] for column, head in heads.items() if head not in (KEY, RULE)}
    at = {head: column for column, head in heads.items()}
    for column, value in [(at[KEY], values[at[KEY]]), *((at[h], v) for h, v in cells.items() if h not in UNREAD)]:
        if isinstance(value, Formula):
            raise Unreadable(
                f"工作表“{name}”第 {number} 行有公式（第 {column + 1} 列），请改成数字或文字",
                f"row {number} of “{name.text(lang)}” holds a formula (column {column + 1}); write the figure out",
            )
    kind, _, key = str(values[at[KEY]] or "").strip().partition(" ")
    kinds = {words: one for one, text in KINDS.items() for words in (text.zh, text.en)}
    # A rule longer than a cell goes on in the cells to its right.
    rule = "".join(str(value) for value in values[at[RULE] :] if value is not None)
    return Row(number, name, cells, kinds.get(kind), key.strip(), rule)


def same(one: str, other: str) -> bool:
    """Equal but for white space."""
    return one.split() == other.split()


def one_line(words: str) -> str:
    """A piece of a cell as a sentence can quote it."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())[:200]


def split(cell: str) -> list[str]:
    """The lines of a cell."""
    return [line.strip() for line in cell.split("\n") if line.strip()]


def checks(cell: str) -> list[str] | None:
    """The check modes a person named."""
    known = {words: key for key, text in in_words.CHECKS.items() for words in (text.zh, text.en)}
    words = [word.strip() for word in re.split("[、，,；;\n]", cell) if word.strip()]
    return [known[word] for word in words] if all(word in known for word in words) else None
