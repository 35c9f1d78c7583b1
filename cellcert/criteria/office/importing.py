"""An office spreadsheet as a criteria file, with a report line by line and ``decide:`` where a person must decide.

A workbook of our own export is read back exactly; of any other the rules are read as prose. Nothing is mended: where
figures contradict each other, both stand in the file.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cellcert.criteria.export.spreadsheet_file import Unreadable, parts_of
from cellcert.criteria.export.spreadsheet_reader import Note, read_exact
from cellcert.criteria.export.yaml_text import Tree, document
from cellcert.criteria.fields import KEY
from cellcert.criteria.marked import MAX_BYTES, CriteriaFaults
from cellcert.criteria.office.grid import MAX_CELL, clean, grids
from cellcert.criteria.office.imported_items import (
    Gathered,
    Map,
    decide,
    is_prerequisite,
    item_of,
    penalty,
    prerequisite,
)
from cellcert.criteria.office.imported_levels import levels_of
from cellcert.criteria.office.office_table import OfficeTable, Part, recognised
from cellcert.criteria.office.wording import NUM, plain, shown
from cellcert.criteria.reader import read_checklist
from cellcert.criteria.text import Text, figure

__all__ = ["Imported", "Note", "Unreadable", "imported", "reported"]

MAX_LINES = 800
MAX_WORDS = 250_000


@dataclass(frozen=True, slots=True)
class Imported:
    """The criteria file, and what was understood of each row."""

    text: str
    notes: tuple[Note, ...]

    @property
    def undecided(self) -> bool:
        return any(note.decide for note in self.notes)


def imported(
    data: bytes, category: str, sheet: str | None = None, lead: str | None = None, edition: str | None = None
) -> Imported:
    """The criteria file of a workbook; raises ``Unreadable``."""
    if not KEY.match(category):
        raise Unreadable(
            f"类别“{category}”只能用小写字母、数字和下划线，字母开头",
            f"the category “{category}” must match [a-z][a-z0-9_]*",
        )
    parts = parts_of(data)
    if sheet is None and (exact := read_exact(parts)) is not None:
        own = re.search(r"^category: (\w+)", exact.text, re.MULTILINE)
        if own is not None and own[1] != category:
            raise Unreadable(
                f"这是类别 {own[1]} 的评价表，不是 {category} 的，请改 --category",
                f"this is the checklist of {own[1]}, not of {category}; change --category",
            )
        return Imported(exact.text, exact.notes)
    found = grids(parts, sheet)
    tables = [(grid, table) for grid in found if (table := recognised(grid)) is not None]
    if not tables:
        raise Unreadable(
            "没有找到表头：需要一行写明“评估内容”“分值”“评分标准”这样的列名，请补上后再导入",
            "no header row: one row must name the columns, such as 评估内容, 分值, 评分标准",
        )
    grid, table = max(tables, key=lambda one: sum(len(part.lines) for part in one[1].parts))
    _refuse_long(table)
    file = Gathered()
    for other in found:
        if other is not grid:
            file.tell(
                0,
                f"工作表“{other.name}”没有读，要读请写 --sheet",
                f"the sheet “{other.name}” was not read; name it with --sheet",
            )
    tree = _tree(file, table, category, lead, edition)
    text = _checked(file, tree)
    if len(text.encode()) > MAX_BYTES:
        raise Unreadable("内容太多，请把评价表分成几个文件", "too much content; split the checklist")
    return Imported(text, tuple(sorted(file.notes, key=lambda note: note.row)))


def _refuse_long(table: OfficeTable) -> None:
    lines = [line for part in table.parts for line in part.lines]
    for line in lines:
        if max(len(line.text), len(line.rule), len(line.evidence), len(line.remark)) > MAX_CELL:
            raise Unreadable(
                f"第 {line.row} 行的文字超过 {MAX_CELL} 字，请拆成几项",
                f"row {line.row} is longer than {MAX_CELL} characters; split it",
            )
    words = sum(len(line.text) + len(line.rule) + len(line.evidence) + len(line.remark) for line in lines)
    if len(lines) > MAX_LINES or words > MAX_WORDS:
        raise Unreadable(
            f"评价内容超过 {MAX_LINES} 行或 {MAX_WORDS} 字，请分成几个文件",
            f"more than {MAX_LINES} lines or {MAX_WORDS} characters; split the checklist",
        )


def _tree(file: Gathered, table: OfficeTable, category: str, lead: str | None, edition: str | None) -> Map:
    sections: list[Tree] = []
    bonus: list[Map] = []
    penalties: list[Map] = []
    caps: list[tuple[int, Decimal]] = []
    for part in table.parts:
        if not part.lines:
            continue
        if part.shape == "penalty":
            penalties += [penalty(file, line, f"m{len(penalties) + at}") for at, line in enumerate(part.lines, 1)]
        elif part.shape == "bonus":
            bonus += [item_of(file, line, f"b{len(bonus) + at}", bonus=True) for at, line in enumerate(part.lines, 1)]
            caps += part.stated
        else:
            section = _section(file, part, len(sections) + 1)
            if section is not None:
                sections.append(section)
    if not sections:
        raise Unreadable(
            "没有找到有分值的评价内容，请检查“分值”一列", "no line with points was found; check the column 分值"
        )
    for row in sorted(set(table.formulas)):
        file.tell(
            row, "用了公式：只取表里保存的结果，没有计算", "a formula: its kept result was taken, nothing was computed"
        )
    total = _points_of(sections)
    _doubt_totals(file, table, total, total + _points_of(bonus))
    extra = _bonus(file, bonus, caps)
    levels = levels_of(file, table, total, total + (Decimal(str(extra["cap"])) if extra else 0))
    tree = _head(file, table, category, lead, edition, total)
    if file.doubts:
        tree["decide"] = decide(file.doubts)
    return tree | {
        key: value
        for key, value in (
            ("facts", file.facts),
            ("indicators", file.indicators),
            ("prerequisites", file.prerequisites),
            ("sections", sections),
            ("bonus", extra),
            ("penalties", {"items": penalties} if penalties else None),
            ("levels", levels),
        )
        if value
    }


def _points_of(rows: Sequence[Tree]) -> Decimal:
    return sum((Decimal(str(row["points"])) for row in rows if isinstance(row, dict)), Decimal(0))


def _doubt_totals(file: Gathered, table: OfficeTable, total: Decimal, with_bonus: Decimal) -> None:
    """A 合计 that is not the sum, with the bonus or without."""
    for row, stated in table.stated:
        if stated not in (total, with_bonus):
            file.doubts.append(
                file.doubt(
                    row,
                    f"合计写 {figure(stated)} 分，各部分相加是 {figure(total)} 分",
                    f"the total says {figure(stated)} points, the sections add up to {figure(total)}",
                )
            )


def _head(
    file: Gathered, table: OfficeTable, category: str, lead: str | None, edition: str | None, total: Decimal
) -> Map:
    title = shown(_one_line(table.title)) or category
    year = re.search(r"(20\d\d)", plain(f"{title} {' '.join(text for _, text in table.notes)}"))
    if not table.title:
        file.doubts.append(file.doubt(0, "表上没有名称，请写 title", "the sheet has no title; write one"))
    if edition is None:
        edition = f"{year[1]}.1" if year else "draft"
        if year is None:
            file.doubts.append(
                file.doubt(0, "版本没有写，请写 edition，例如 2026.1", "the edition is not said, such as 2026.1")
            )
        else:
            file.tell(0, f"版本按表上的年份写作 {edition}", f"the edition is {edition}, by the year on the sheet")
    if lead is None:
        lead = "office"
        file.doubts.append(
            file.doubt(
                0,
                "牵头部门没有写，请写 lead（programme.yaml 里的部门）",
                "the lead department is not said; write its key of programme.yaml",
            )
        )
    return {"category": category, "edition": edition, "title": title, "points": total, "lead": lead}


def _section(file: Gathered, part: Part, number: int) -> Map | None:
    key = f"s{number}"
    items: list[Tree] = []
    marked: list[Map] = []
    for line in part.lines:
        if is_prerequisite(part, line):
            marked.append(prerequisite(file, line, f"p{len(file.prerequisites) + len(marked) + 1}"))
        else:
            items.append(item_of(file, line, f"{key}_i{len(items) + 1}"))
    title = _title(part.title)
    for one in marked:
        if items and part.shape == "item":
            one["section"] = key
        file.prerequisites.append(one)
    if not items:
        return None
    total = _points_of(items)
    doubts = [
        file.doubt(
            row,
            f"“{title}”写 {figure(stated)} 分，各项相加是 {figure(total)} 分",
            f"“{title}” says {figure(stated)} points, its items add up to {figure(total)}",
        )
        for stated, row in {worth: row for row, worth in reversed(part.stated)}.items()
        if stated != total
    ]
    if not title:
        doubts.append(file.doubt(part.row, "这一部分没有名称，请写 title", "this section has no name; write its title"))
    found: Map = {"key": key, "title": title or f"第 {number} 部分", "points": total}
    if doubts:
        found["decide"] = decide(doubts)
    return found | {"items": items}


def _title(named: str) -> str:
    bare = re.sub(
        rf"[(（\[](?:共|满分|总分|计|合计|分值|权重|最高)?[:：]?{NUM}分?(?:满分)?[)）\]]", "", re.sub(r"\s+", "", named)
    )
    return re.sub(
        r"^(?:[一二三四五六七八九十]{1,3}[、.．:：]|第[一二三四五六七八九十\d]{1,3}(?:部分|章|类)[、:：]?|[（(][一二三四五六七八九十]{1,2}[)）])",
        "",
        bare,
    ).strip("：: 、")


def _bonus(file: Gathered, items: Sequence[Map], caps: Sequence[tuple[int, Decimal]]) -> Map | None:
    if not items:
        return None
    total = _points_of(items)
    stated = sorted({cap for _, cap in caps})
    found: Map = {"cap": total}
    fits = len(stated) == 1 and 0 < stated[0] <= total and stated[0] == round(stated[0], 2)
    if fits:
        found["cap"] = stated[0]
    elif stated:
        row = caps[0][0]
        found["decide"] = decide(
            [
                file.doubt(
                    row,
                    f"加分写 {'、'.join(figure(s) for s in stated)} 分，各项相加是 {figure(total)} 分",
                    f"the bonus says {', '.join(figure(s) for s in stated)}, its items add up to {figure(total)}",
                )
            ]
        )
    return found | {"items": list(items)}


def _one_line(text: str) -> str:
    return re.sub(r"\s+", "", clean(text))


def _checked(file: Gathered, tree: Map) -> str:
    """The file, refused at its ``decide:`` lines and only there: what else the reader refuses is left to a person."""
    for _ in range(3):
        bare = document(_decided(tree))
        try:
            read_checklist(bare, "import.yaml")
        except CriteriaFaults as faults:
            if not _given_up(file, tree, bare, faults):
                raise Unreadable(
                    f"这张表写不成评价文件：{faults.faults[0].message}",
                    f"no criteria file can be made: {faults.faults[0].message.en}",
                ) from faults
        else:
            break
    return document(tree)


def _decided(tree: Mapping[str, Tree]) -> Map:
    """The same without its questions."""
    return {key: _without(value) for key, value in tree.items() if key != "decide"}


def _without(value: Tree) -> Tree:
    if isinstance(value, Mapping):
        return _decided(value)
    return [_without(one) for one in value] if isinstance(value, list) else value


def _given_up(file: Gathered, tree: Map, bare: str, faults: CriteriaFaults) -> bool:
    """Items whose rule the reader refuses are judged by a person."""
    lines = bare.split("\n")
    known = {str(item["key"]): item for item in _items(tree)}
    changed = False
    for fault in faults.faults:
        key = _key_above(lines, fault.line, known)
        item = known.get(key)
        if item is None or "points" not in item or item["score"] == "yes_no":
            continue
        item["score"] = "yes_no"
        for extra in ("veto_if", "period"):
            item.pop(extra, None)
        doubt = file.doubt(
            file.rows.get(key, 0),
            f"这样写不成立：{fault.message}；暂按是否符合",
            f"not possible: {fault.message.en}; met or not for now",
        )
        item["decide"] = decide([Text(str(item["decide"])), doubt]) if "decide" in item else decide([doubt])
        changed = True
    return changed


def _key_above(lines: Sequence[str], line: int, known: Mapping[str, Map]) -> str:
    for at in range(min(line, len(lines)) - 1, -1, -1):
        found = re.match(r"\s*- \{?key: (\w+)", lines[at])
        if found and found[1] in known:
            return found[1]
    return ""


def _items(tree: Map) -> list[Map]:
    found: list[Map] = []
    for group in (tree.get("bonus"), *(tree["sections"] if isinstance(tree["sections"], list) else [])):
        if isinstance(group, dict) and isinstance(items := group["items"], list):
            found += [item for item in items if isinstance(item, dict)]
    return found


def reported(note: Note, lang: str = "zh") -> str:
    """A line of the report."""
    row = Text(f"第 {note.row} 行：", f"row {note.row}: ") if note.row else Text("全表：", "the sheet: ")
    must = "需要决定——" if not lang.startswith("en") else "to be decided: "
    return row.text(lang) + (must if note.decide else "") + note.what.text(lang)
