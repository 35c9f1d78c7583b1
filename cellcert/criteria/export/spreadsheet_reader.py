"""Reading back a workbook of ours: exactly, and whatever a person changed in it is taken over or reported."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cellcert.criteria.export.spreadsheet_file import NO_STYLES, STYLES, open_workbook
from cellcert.criteria.export.spreadsheet_rows import UNREAD, Row, checks, one_line, rows_below_heads, same, split
from cellcert.criteria.export.table import (
    ABOUT,
    BASIC,
    COLUMNS,
    CONTENT,
    ENGLISH,
    EVIDENCE,
    FACTS,
    GROUP,
    HOW,
    INDICATORS,
    LIST,
    POINTS,
    SAYS,
    TAKEN,
    Line,
    shown,
    tables,
)
from cellcert.criteria.export.yaml_text import document
from cellcert.criteria.fields import NUMBER, as_plain
from cellcert.criteria.marked import CriteriaFaults, Faults, read_marked
from cellcert.criteria.reader import read_checklist
from cellcert.criteria.schema import Checklist
from cellcert.criteria.text import Text, figure

Node = dict[str, Any]
OWN_PLACE = frozenset({"key", "items"})
ADDED = re.compile(r"row_\d+\Z")  # keys of rows a person wrote in


@dataclass(frozen=True, slots=True)
class Note:
    """What was found in one row (0: none in particular); ``decide``: a person has to say what holds."""

    row: int
    what: Text
    decide: bool = False


@dataclass(frozen=True, slots=True)
class Exact:
    """The criteria file a workbook stands for; where something contradicts, it holds a ``decide:``."""

    text: str
    notes: tuple[Note, ...] = ()


def read_exact(parts: Mapping[str, bytes]) -> Exact | None:
    """The checklist of a workbook written by ``workbook``, or ``None`` for any other; refuses with ``Unreadable``."""
    # thousands of formats are common, slow to read, and not needed
    book = open_workbook({**parts, STYLES: NO_STYLES})
    for lang in ("zh", "en"):
        sheets = {name: [s for s in book.worksheets if s.title.strip() == name.text(lang)] for name in COLUMNS}
        if sheets[LIST]:
            rows = {name: rows_below_heads(found[0], name, lang) if found else None for name, found in sheets.items()}
            if rows[LIST] is not None:
                return _Reading(rows, lang).exact()
    return None


class _Reading:
    """One workbook on its way back to a file."""

    def __init__(self, rows: Mapping[Text, list[Row] | None], lang: str) -> None:
        self.rows, self.lang = rows, lang
        self.notes: list[Note] = []
        self.tree: Node = {}
        self.order: list[str] = []
        self.by_key: dict[tuple[str, str], Row] = {}

    def exact(self) -> Exact:
        for rows in self.rows.values():
            for row in rows or ():
                self._parse(row)
        self._about()
        for name, key in ((FACTS, "facts"), (INDICATORS, "indicators")):
            self.tree[key] = {row.key: row.node for row in self._kept(name)}
        self._list()
        levels = [row for row in self._kept(ABOUT) if row.kind == "level"]
        for row in levels:
            row.node = {"key": row.key} | row.node
        self.tree["levels"] = [row.node for row in levels]
        self._compare()
        return self._done()

    def _note(self, row: int, zh: str, en: str, node: Node | None = None) -> None:
        """With a ``node`` a person must decide, and the file says so in its place."""
        self.notes.append(Note(row, Text(zh, en), node is not None))
        if node is not None:
            said = f"第 {row} 行：{zh}" if row else zh
            node["decide"] = f"{node['decide']}；{said}" if "decide" in node else said

    def _kept(self, name: Text) -> list[Row]:
        return [row for row in self.rows.get(name) or () if row.kind is not None]

    def _parse(self, row: Row) -> None:
        """The grey rule of a row."""
        if row.kind is None:
            return
        if (row.kind, row.key) in self.by_key and row.kind != "basic":
            self._note(row.number, f"键“{row.key}”出现了两次", f"the key “{row.key}” stands there twice", self.tree)
        self.by_key[row.kind, row.key] = row
        if row.rule:
            faults = Faults("rule")
            node = as_plain(marked) if (marked := read_marked(row.rule, faults)) is not None else None
            if isinstance(node, dict) and not faults.found:
                # the key stands in its own column, the items in their own rows
                row.node = {key: value for key, value in node.items() if value is not None and key not in OWN_PLACE}
            else:
                words = one_line(row.rule)
                node_of = self.tree if row.kind == "basic" or row.key == "total" else row.node
                self._note(
                    row.number, f"灰色“规则”列读不懂：{words}", f"the grey rule is not readable: {words}", node_of
                )

    def _about(self) -> None:
        several: dict[str, list[Any]] = {"who": [], "basis": []}
        for row in self._kept(ABOUT):
            if row.kind != "basic":
                continue
            value = self._basic(row)
            if row.key in several:
                several[row.key] += [value] if value else []
            elif row.key == "order":
                order = row.node.get("value")
                self.order = [str(key) for key in order] if isinstance(order, list) else []
            elif row.key in BASIC:
                self.tree[row.key] = value
        self.tree |= {key: values for key, values in several.items() if values}

    def _basic(self, row: Row) -> Any:  # noqa: ANN401
        zh, en = row.said(SAYS), row.said(ENGLISH)
        grey = row.node.get("value")
        if grey is not None and row.key != "order":
            full = _as_text(grey)
            if same(shown(Text(full.zh), "zh"), zh) and same(shown(Text(full.en), "zh"), en):
                return grey
        if row.key == "model" and zh in ("是", "否", "TRUE", "FALSE"):
            return zh in ("是", "TRUE")
        if row.key == "total_cap" and NUMBER.match(zh):
            return Decimal(zh)
        return {"zh": zh, "en": en} if en and row.key in ("title", "who", "basis") else zh

    def _list(self) -> None:
        """Rows up to a 小计 are a section; what stands after the 合计 is only noted."""
        sections: list[Node] = []
        prerequisites: list[Node] = []
        penalties: list[Node] = []
        bonus: Node = {}
        pending: list[Row] = []
        after = False
        for row in self.rows[LIST] or ():
            match row.kind:
                case "prerequisite":
                    prerequisites.append({"key": row.key} | row.node)
                    row.node = prerequisites[-1]
                    if "section" in row.node:
                        pending.append(row)
                case "section":
                    sections.append(self._section(row, pending))
                    pending = []
                case "item":
                    pending.append(row)
                case "bonus":
                    row.node = {"key": row.key} | row.node
                    bonus.setdefault("items", []).append(row.node)
                case "penalty":
                    row.node = {"key": row.key} | row.node
                    penalties.append(row.node)
                case "sum" if row.key == "bonus":
                    bonus = row.node = row.node | bonus
                case "sum":
                    after = True
                    self.tree["points"] = row.points()
                case _ if after:
                    words = one_line(" ".join(row.said(column) for column in row.cells))
                    self._note(row.number, f"合计以下的内容没有读：{words}", f"below the total, not read: {words}")
                case _:
                    pending.append(row)
        self._outside(pending)
        place = {key: number for number, key in enumerate(self.order)}
        prerequisites.sort(key=lambda one: place.get(str(one["key"]), len(place)))
        self.tree |= {"prerequisites": prerequisites, "sections": sections, "bonus": bonus}
        self.tree["penalties"] = {"items": penalties} if penalties else {}

    def _outside(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if row.kind != "prerequisite":
                words = one_line(row.said(CONTENT))
                self._note(
                    row.number,
                    f"这一行不在任何一个小计之内：{words}",
                    f"this row belongs to no subtotal: {words}",
                    self.tree,
                )

    def _section(self, row: Row, rows: Iterable[Row]) -> Node:
        node: Node = {"key": row.key} | row.node
        row.node = node
        items: list[Node] = []
        total, figures = Decimal(0), True
        for one in rows:
            if one.kind == "prerequisite":
                if one.node.get("section") != row.key:
                    self._note(
                        one.number,
                        f"★ 项排在“{row.key}”部分，灰色列写的是“{one.node.get('section')}”",
                        f"stands in the section “{row.key}”, its grey rule says “{one.node.get('section')}”",
                        one.node,
                    )
                continue
            if one.kind is None:
                self._added(one)
            else:
                one.node = {"key": one.key} | one.node
            items.append(one.node)
            points = one.points()
            figures, total = figures and points is not None, total + (points or 0)
        said, meant = row.points(), node.get("points")
        if figures and said is not None and said != total:
            self._note(
                row.number,
                f"小计写 {figure(said)} 分，各行分值相加是 {figure(total)} 分，请改成一致",
                f"the subtotal says {figure(said)} points, the rows add up to {figure(total)}; make them agree",
                node,
            )
        elif said != meant:
            self._contradiction(row, POINTS, row.said(POINTS), _as_text(meant).zh, node)
        groups = [words for one in (*rows, row) if (words := one.said(GROUP))]
        title = _as_text(node.get("title", ""))
        if groups and not same(groups[0], shown(title, self.lang)):
            node["title"] = self._taken(row.number, GROUP, title, groups[0])
        node["items"] = items
        return node

    def _added(self, row: Row) -> None:
        """A row a person wrote in: its figures are kept, its rule is for a person to say."""
        how, points = row.said(HOW), row.points()
        row.node = {"key": f"row_{row.number}", "text": row.said(CONTENT) or "（空）"}
        if points is not None:
            row.node["points"] = points
        row.node["score"] = {"judged": {"step": Decimal("0.5")}}
        if row.said(EVIDENCE):
            row.node["evidence"] = split(row.said(EVIDENCE))
        self._note(
            row.number,
            f"这一行没有键和规则，是后来加的；请取一个 key，并写明怎样计分：{one_line(how) or '（没有写）'}"
            + ("" if points is not None else f"；分值写的是“{row.said(POINTS)}”"),
            f"added by hand: give it a key and a way to score for “{one_line(how)}”",
            row.node,
        )

    def _compare(self) -> None:
        """What everybody sees against what the grey rules say."""
        expected = self._expected()
        if expected is None:
            return
        for name, lines in expected.items():
            for line in lines:
                row = self.by_key.get((line.kind, line.key))
                if row is None or row.sheet != name or line.kind == "basic":
                    continue
                self._compare_row(row, line)

    def _compare_row(self, row: Row, line: Line) -> None:
        node = self.tree if line.kind == "sum" and line.key == "total" else row.node
        for column, _ in COLUMNS[row.sheet]:
            if column in UNREAD or column not in row.cells or (column is POINTS and line.kind == "section"):
                continue
            said, meant = row.said(column), line.cells.get(column, "")
            meant = figure(meant) if isinstance(meant, Decimal) else meant
            points = row.points() if column is POINTS else None
            if same(said if points is None else figure(points), meant):
                continue
            key = TAKEN.get(column)
            if key == "text" and said and line.kind not in ("section", "sum"):
                node["text"] = self._taken(row.number, column, _as_text(node.get("text", "")), said)
            elif key == "check" and (modes := checks(said)) is not None:
                self._changed(row.number, column, said)
                node["check"] = modes
            elif key in ("evidence", "basis"):
                self._changed(row.number, column, said)
                known = {one_line(_as_text(old).text(self.lang)): old for old in node.get(key, ())}
                node[key] = [known.get(one_line(one), one) for one in split(said)]
            else:
                self._contradiction(row, column, said, meant, node)
        for key in ("check", "evidence", "basis"):
            if key in node and not node[key]:
                del node[key]

    def _contradiction(self, row: Row, column: Text, said: str, meant: str, node: Node) -> None:
        said, meant = one_line(said), one_line(meant)
        self._note(
            row.number,
            f"“{column}”写的是“{said}”，灰色“规则”列是“{meant}”，请改成一致",
            f"“{column.text('en')}” says “{said}”, the grey rule “{meant}”; make them agree",
            node,
        )

    def _changed(self, number: int, column: Text, said: str) -> None:
        words = one_line(said)
        self._note(
            number, f"“{column}”改了，按新的：{words}", f"“{column.text('en')}” was changed, the new one holds: {words}"
        )

    def _taken(self, number: int, column: Text, old: Text, said: str) -> Any:  # noqa: ANN401
        """A changed text, beside the one in the other language."""
        self._changed(number, column, said)
        if not old.en:
            return said
        self._note(
            number,
            "另一种语言的文字没有跟着改，请核对" if self.lang == "zh" else "中文没有跟着改，请核对",
            "the text in the other language is as it was; please look at it",
        )
        return {"zh": said, "en": old.en} if self.lang == "zh" else {"zh": old.zh, "en": said}

    def _expected(self) -> dict[Text, tuple[Line, ...]] | None:
        """The tables as the grey rules alone would give them."""
        try:
            return tables(self._grey(), self.lang)
        except (CriteriaFaults, RecursionError) as faults:
            words = one_line(str(faults.faults[0].message if isinstance(faults, CriteriaFaults) else faults))
            self._note(
                0,
                f"灰色列读不通（{words}），看得见的改动因此没有核对",
                f"the grey columns do not hold together ({words}), so changes to the visible ones were not compared",
                self.tree,
            )
            return None

    def _grey(self) -> Checklist:
        # Sums and the conditions of levels are compared elsewhere; here they must not stand in the way.
        sections = []
        for section in self.tree["sections"]:
            items = [_bare(item) for item in section["items"] if not ADDED.match(item["key"])]
            total = sum((i["points"] for i in items if isinstance(i.get("points"), Decimal)), Decimal(0))
            sections.append(_bare(section) | {"points": total, "items": items})
        tree = _bare(self._in_order()) | {"sections": sections}
        tree.pop("points", None)
        return read_checklist(document(tree), "grey")

    def _done(self) -> Exact:
        text = document(self._in_order())
        if not any(note.decide for note in self.notes):
            try:
                read_checklist(text, "workbook")
            except CriteriaFaults as faults:
                for fault in faults.faults:
                    self._note(0, fault.message.zh, fault.message.en, self.tree)
                text = document(self._in_order())
        return Exact(text, tuple(sorted(self.notes, key=lambda note: note.row)))

    def _in_order(self) -> Node:
        keys = (
            "decide category edition title points model lead who basis facts indicators prerequisites sections bonus "
            "penalties total_cap levels"
        ).split()
        return {key: value for key in keys if (value := self.tree.get(key)) or isinstance(value, Decimal)}


def _bare(node: Any) -> Any:  # noqa: ANN401
    """Without what is still to be decided."""
    match node:
        case dict():
            return {key: _bare(value) for key, value in node.items() if key != "decide"}
        case list():
            return [_bare(value) for value in node]
        case _:
            return node


def _as_text(value: Any) -> Text:  # noqa: ANN401
    if isinstance(value, dict):
        return Text(str(value.get("zh", "")), str(value.get("en", "")))
    return Text(figure(value) if isinstance(value, Decimal) else str(value))
