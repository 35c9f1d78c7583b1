"""Reading one YAML map key by key: the right kind of value or a fault, and no key left over."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from cellcert.criteria.marked import Faults, Node, Row, Scalar, Table, nearest
from cellcert.criteria.text import Text

NUMBER = re.compile(r"[-+]?\d{1,18}(\.\d{1,12})?\Z", re.ASCII)
FIGURE = re.compile(r"\d{1,18}(\.\d{1,12})?(?=[^\d.,eE]{0,10}\Z)", re.ASCII)  # “2.5分”, “85%”; not “1,000” or “1e1”
RANGE = re.compile(r"(\d{1,9}(?:\.\d{1,4})?) ?(?:[~-]|–|—|至|到) ?(\d{1,9}(?:\.\d{1,4})?) ?分?\Z", re.ASCII)
PERCENT = re.compile(r"(\d{1,3}(\.\d{1,2})?) ?%\Z", re.ASCII)
KEY = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
MAX_TEXT = 4000


def as_number(node: Node) -> Decimal | None:
    """The exact number a plain value is, or ``None``."""
    return Decimal(node.value) if isinstance(node, Scalar) and node.plain and NUMBER.match(node.value) else None


def as_truth(node: Node) -> bool | None:
    """``true`` and ``false``, nothing else."""
    if isinstance(node, Scalar) and node.plain and node.value in {"true", "false"}:
        return node.value == "true"
    return None


def is_empty(node: Node) -> bool:
    """Nothing written after the colon."""
    return isinstance(node, Scalar) and node.plain and node.value in {"", "~", "null"}


def as_plain(node: Node) -> object:
    """Ordinary Python values: exact decimals, booleans, words, lists and dicts."""
    match node:
        case Table(pairs=pairs):
            return {key: as_plain(value) for key, (_, value) in pairs.items()}
        case Row(values=values):
            return [as_plain(value) for value in values]
        case Scalar(value=value):
            if is_empty(node):
                return None
            truth, number = as_truth(node), as_number(node)
            return truth if truth is not None else number if number is not None else value


def _figure_meant(node: Node) -> Text:
    """What to write where a number stands in full-width digits, with its unit, or as a range."""
    written = unicodedata.normalize("NFKC", node.value).strip() if isinstance(node, Scalar) else ""
    if between := RANGE.match(written):
        return Text(f"区间请写 [{between[1]}, {between[2]}]", f"a range is written [{between[1]}, {between[2]}]")
    if begins := FIGURE.match(written):
        return Text(f"请写 {begins[0]}，不加引号、逗号或单位", f"write {begins[0]} without quotes, commas or unit")
    return Text("不加引号、逗号或单位", "write it without quotes, commas or unit")


def repeated(keys: Iterable[str]) -> list[str]:
    """What is named more than once."""
    return sorted(key for key, times in Counter(keys).items() if times > 1 and key)


class Fields:
    """The keys of one map, each asked for by its reader; ``done`` says which nobody knows."""

    def __init__(self, table: Table, faults: Faults, place: str, line: int | None = None) -> None:
        self.table, self.faults, self.place = table, faults, place
        self.begins = table.line if line is None else line
        self.asked: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self.table.pairs

    def line(self, key: str | None = None) -> int:
        return self.table.pairs[key][0] if key in self.table.pairs else self.begins

    def fault(self, key: str | None, zh: str, en: str) -> None:
        self.faults.add(self.line(key), *self.at(zh, en))

    def fault_if_new(self, key: str | None, zh: str, en: str) -> None:
        """A fault of a file being written; an edition kept from earlier stays readable for ever."""
        if not self.faults.is_kept:
            self.fault(key, zh, en)

    def at(self, zh: str, en: str) -> tuple[str, str]:
        """A sentence, after the name of the place it speaks of."""
        return (f"{self.place}：{zh}", f"{self.place}: {en}") if self.place else (zh, en)

    def node(self, key: str, required: bool = False) -> Node | None:
        self.asked.add(key)
        if key not in self.table.pairs:
            if required:
                unasked = (other for other in self.table.pairs if other not in self.asked)
                if nearest(key, unasked, 0.75) is None:  # else `done` names the misspelt key
                    self.fault(None, f"缺少 {key}，请补上", f"{key} is missing; add it")
            return None
        value = self.table.pairs[key][1]
        if is_empty(value):
            self.fault(key, f"{key} 是空的，请填写或删去", f"{key} is empty; fill it in or remove it")
            return None
        return value

    def word(self, key: str, required: bool = False, empty: bool = False) -> str:
        """Text in one language, or a short word."""
        self.asked.add(key)
        if empty and key in self and isinstance(quoted := self.table.pairs[key][1], Scalar) and not quoted.value:
            return ""
        node = self.node(key, required)
        if node is None:
            return ""
        if not isinstance(node, Scalar) or as_truth(node) is not None:
            self.fault(key, f"{key} 应当是一句文字", f"{key} must be text")
            return ""
        if as_number(node) is not None:
            self.fault(
                key, f'{key} 应当是文字，请加引号："{node.value}"', f'{key} must be text; quote it: "{node.value}"'
            )
            return ""
        return self._bounded(key, node.value)

    def _bounded(self, key: str, value: str) -> str:
        if len(value) > MAX_TEXT:
            self.fault(key, f"{key} 超过 {MAX_TEXT} 字，请写短", f"{key} is longer than {MAX_TEXT} characters")
        return value.strip()

    def text(self, key: str, required: bool = False) -> Text | None:
        """A plain string (Chinese) or ``{zh: …, en: …}``."""
        node = self.node(key, required)
        return self.as_text(node, key) if node is not None else None

    def as_text(self, node: Node, key: str) -> Text:
        if isinstance(node, Table):
            inner = Fields(node, self.faults, f"{self.place} {key}".strip())
            found = Text(inner.word("zh", required=True), inner.word("en"))
            inner.done()
            return found
        if isinstance(node, Scalar) and as_truth(node) is None:
            return Text(self._bounded(key, node.value))
        self.faults.add(
            node.line, *self.at(f"{key} 应当是文字，或 {{zh: …, en: …}}", f"{key} must be text or {{zh: …, en: …}}")
        )
        return Text("")

    def texts(self, key: str) -> tuple[Text, ...]:
        return tuple(self.as_text(node, key) for node in self.row(key))

    def row(self, key: str, required: bool = False) -> tuple[Node, ...]:
        """A list; a single text counts as a list of one nowhere, so that a forgotten dash is seen."""
        node = self.node(key, required)
        if node is None:
            return ()
        if isinstance(node, Row):
            if required and not node.values:
                self.fault(key, f"{key} 至少要有一项", f"{key} needs at least one entry")
            return node.values
        self.fault(
            key, f"{key} 应当是一列：[…] 或每行以 - 开头", f"{key} must be a list: […] or lines that begin with -"
        )
        return ()

    def number(
        self, key: str, required: bool = False, least: Decimal | int | None = None, most: Decimal | int | None = None
    ) -> Decimal | None:
        node = self.node(key, required)
        return self.as_number(node, key, least, most) if node is not None else None

    def as_number(
        self, node: Node, key: str, least: Decimal | int | None = None, most: Decimal | int | None = None
    ) -> Decimal | None:
        found = as_number(node)
        if found is None:
            shown = f"“{node.value}”" if isinstance(node, Scalar) else "这里"
            self.faults.add(
                node.line,
                *self.at(
                    f"{key} 应当是数，{shown}不是（{_figure_meant(node).zh}）",
                    f"{key} must be a number; {_figure_meant(node).en}",
                ),
            )
        elif (least is not None and found < least) or (most is not None and found > most):
            bounds = (
                f"{least} … {most}" if None not in (least, most) else f"≥ {least}" if least is not None else f"≤ {most}"
            )
            self.faults.add(
                node.line,
                *self.at(f"{key} 是 {found}，应当在范围 {bounds} 内", f"{key} is {found}; it must be {bounds}"),
            )
            return None
        return found

    def points(self, key: str = "points", required: bool = True, least: Decimal | int = 0) -> Decimal | None:
        """A number of points: not negative, two places at most."""
        node = self.node(key, required)
        return self.as_points(node, key, least) if node is not None else None

    def as_points(self, node: Node, key: str = "points", least: Decimal | int = 0) -> Decimal | None:
        found = self.as_number(node, key, least, 1_000_000)
        if found is not None and found != found.quantize(Decimal("0.01")):
            self.faults.add(node.line, *self.at(f"{key} 最多两位小数", f"{key} may have two decimal places at most"))
            return None
        return found

    def whole(self, key: str, required: bool = False, least: int = 0, most: int = 1_000_000) -> int | None:
        found = self.number(key, required, least, most)
        if found is not None and found != int(found):
            self.fault(key, f"{key} 应当是整数", f"{key} must be a whole number")
            return None
        return None if found is None else int(found)

    def percent(self, key: str, required: bool = False) -> Decimal | None:
        """``50%`` as 50."""
        node = self.node(key, required)
        if node is None:
            return None
        match = PERCENT.match(node.value) if isinstance(node, Scalar) else None
        if not match or Decimal(match[1]) > 100:
            self.fault(
                key,
                f"{key} 应当是 0% 到 100% 的百分数，例如 50%",
                f"{key} must be a percentage from 0% to 100%, such as 50%",
            )
            return None
        return Decimal(match[1])

    def truth(self, key: str, otherwise: bool = False) -> bool:
        node = self.node(key)
        if node is None:
            return otherwise
        found = as_truth(node)
        if found is None:
            self.fault(key, f"{key} 只能写 true 或 false", f"{key} must be true or false")
        return bool(found)

    def one_of(self, key: str, options: Sequence[str], otherwise: str = "", required: bool = False) -> str:
        node = self.node(key, required)
        if node is None:
            return otherwise
        if isinstance(node, Scalar) and node.value in options:
            return node.value
        near = nearest(node.value, options) if isinstance(node, Scalar) else None
        known = "、".join(options)
        self.fault(
            key,
            f"{key} 只能写 {known}" + (f"；是不是 {near}？" if near else ""),
            f"{key} must be one of {', '.join(options)}" + (f"; did you mean {near}?" if near else ""),
        )
        return otherwise or next(iter(options), "")

    def day(self, key: str, required: bool = False) -> date | None:
        node = self.node(key, required)
        return self.as_day(node, key) if node is not None else None

    def as_day(self, node: Node, key: str) -> date | None:
        try:
            if isinstance(node, Scalar) and DAY.match(node.value):
                return date.fromisoformat(node.value)
        except ValueError:
            pass
        self.faults.add(
            node.line, *self.at(f"{key} 应当是日期，例如 2026-03-01", f"{key} must be a date such as 2026-03-01")
        )
        return None

    def key(self, key: str = "key") -> str:
        word = self.word(key, required=True)
        if word and not KEY.match(word):
            self.fault(
                key,
                f"{key}“{word}”只能用小写字母、数字和下划线，字母开头",
                f"{key} “{word}” must match [a-z][a-z0-9_]*",
            )
        return word

    def within(self, key: str, place: str = "", required: bool = False) -> "Fields | None":
        """The map under ``key``."""
        node = self.node(key, required)
        return None if node is None else self.as_fields(node, place or f"{self.place} {key}".strip(), self.line(key))

    def as_fields(self, node: Node, place: str, line: int | None = None) -> "Fields | None":
        if isinstance(node, Table):
            return Fields(node, self.faults, place, line)
        self.faults.add(node.line, f"{place}：应当是“名称: 内容”的写法", f"{place}: must be a map of “name: value”")
        return None

    def rows(self, key: str, place: Callable[[str], str] | None = None, required: bool = False) -> Iterator["Fields"]:
        """The maps of the list under ``key``, each named by its own key."""
        for number, node in enumerate(self.row(key, required), 1):
            own = node.pairs.get("key") if isinstance(node, Table) else None
            name = own[1].value if own and isinstance(own[1], Scalar) else f"{key} {number}"
            inner = self.as_fields(node, place(name) if place else name)
            if inner is not None:
                yield inner

    def named(self, key: str, required: bool = False) -> Iterator[tuple[str, "Fields"]]:
        """The maps under a map of names, such as ``facts``."""
        table = self.node(key, required)
        if table is None:
            return
        if not isinstance(table, Table):
            self.fault(key, f"{key} 应当是“名称: {{…}}”的写法", f"{key} must be a map of “name: {{…}}”")
            return
        for name, (line, node) in table.pairs.items():
            if not KEY.match(name):
                self.faults.add(
                    line,
                    f"名称“{name}”只能用小写字母、数字和下划线，字母开头",
                    f"the name “{name}” must match [a-z][a-z0-9_]*",
                )
            inner = self.as_fields(node, f"{self.place} {name}".strip(), line)
            if inner is not None:
                yield name, inner

    def misspelt(self) -> list[tuple[str, str]]:
        """Keys nobody asked for that look like one somebody did, each with that one."""
        strange = (key for key in self.table.pairs if key not in self.asked)
        return [(key, meant) for key in strange if (meant := nearest(key, self.asked, 0.75)) is not None]

    def done(self) -> None:
        """Every key nobody asked for is a fault, and so is whatever a person still has to decide."""
        if "decide" in self and (question := self.text("decide")) is not None:
            self.fault(
                "decide",
                f"待决定：{question}（决定后改好内容，删去 decide）",
                f"to be decided: {question.text('en')} (write it in, then remove decide)",
            )
        for key in self.table.pairs:
            if key not in self.asked:
                near = nearest(key, self.asked)
                known = ", ".join(sorted(self.asked))
                if near:
                    hint = Text(f"是不是“{near}”？", f"did you mean “{near}”?")
                elif "：" in key or "\u3000" in key:
                    hint = Text("冒号和空格要用半角", "use a plain colon and plain blanks")
                elif not is_empty(self.table.pairs[key][1]):
                    hint = Text(f"请删去或改名；可用的有：{known}", f"remove or rename it; known are {known}")
                else:  # a comma has cut {zh: …, en: one, two} in pieces
                    hint = Text("文字里有逗号时，整句要加引号", "quote a text that has a comma in it")
                self.fault(key, f"不认识“{key}”，{hint}", f"unknown key “{key}”: {hint.en}")
