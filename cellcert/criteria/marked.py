"""YAML whose every value knows its line, read within bounds and without YAML's surprises."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import yaml

from cellcert.criteria.text import Text

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_FAULTS = 100

NOT_A_NUMBER = re.compile(r"[-+]?\.?(nan|inf|infinity)\Z", re.IGNORECASE)
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a file, and what to write instead."""

    file: str
    line: int
    message: Text

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"

    def text(self, lang: str = "zh") -> str:
        return f"{self.file}:{self.line}: {self.message.text(lang)}"


class CriteriaFaults(Exception):
    """Everything wrong with a file."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass(slots=True)
class Faults:
    """Collects what is wrong with one file, up to a bound."""

    file: str
    found: list[Fault] = field(default_factory=list)

    def add(self, line: int, zh: str, en: str) -> None:
        fault = Fault(self.file, line, Text(_shown(zh), _shown(en)))
        if fault not in self.found[-5:]:
            self.found.append(fault)
        if len(self.found) >= MAX_FAULTS:
            self.raise_any()

    def raise_any(self) -> None:
        if self.found:
            raise CriteriaFaults(sorted(self.found, key=lambda fault: fault.line))


def _shown(sentence: str) -> str:
    # A sentence may quote the file, and the file may hold anything.
    return "".join(sign if sign.isprintable() else " " for sign in sentence[:400])


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as written; ``plain`` means without quotes."""

    value: str
    plain: bool
    line: int


@dataclass(frozen=True, slots=True)
class Row:
    """A YAML list."""

    values: "tuple[Node, ...]"
    line: int


@dataclass(frozen=True, slots=True)
class Table:
    """A YAML map: each key with its line and value."""

    pairs: "dict[str, tuple[int, Node]]"
    line: int


Node = Scalar | Row | Table


def read_marked(source: str, faults: Faults) -> Node | None:
    """The one document of ``source``, or ``None`` with what is wrong in ``faults``."""
    if len(source.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        faults.add(1, "文件超过 1 MB，请删去无关内容", "the file is larger than 1 MB; remove what does not belong")
        return None
    try:
        return _document(yaml.parse(source, Loader=Loader), faults)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = mark.line + 1 if mark else 1
        faults.add(
            where,
            "这里的 YAML 写法不完整或缩进不对：检查缩进（只用空格）、冒号后的空格、成对的引号和括号",
            f"not readable YAML ({error.problem}); check indentation, the blank after a colon, quotes, brackets",
        )
    except (yaml.YAMLError, UnicodeEncodeError):
        faults.add(
            1, "文件里有不能显示的字符，请另存为 UTF-8 文本", "unprintable characters; save the file as UTF-8 text"
        )
    return None


@dataclass(slots=True)
class _Open:
    """A list or map still being read."""

    line: int
    values: "list[Node]" = field(default_factory=list)
    pairs: "dict[str, tuple[int, Node]] | None" = None
    key: Scalar | None = None


def _document(events: Iterable[Any], faults: Faults) -> Node | None:
    open_: list[_Open] = []
    whole: Node | None = None
    documents = 0
    for event in events:
        line = event.start_mark.line + 1
        node: Node | None = None
        match event:
            case yaml.DocumentStartEvent():
                documents += 1
                if documents > 1:
                    faults.add(line, "一个文件只能有一份内容，请删去 ---", "one document only; remove the ---")
                    return None
            case yaml.CollectionEndEvent():
                done = open_.pop()
                node = Row(tuple(done.values), done.line) if done.pairs is None else Table(done.pairs, done.line)
            case yaml.AliasEvent():
                faults.add(line, "不能用 *别名，请把内容写全", "aliases (*name) are not read; write the content out")
                node = Scalar("", False, line)
            case yaml.ScalarEvent():
                node = _scalar(event, line, faults)
            case yaml.CollectionStartEvent():
                _refuse_marks(event, line, faults)
                if len(open_) >= MAX_DEPTH:
                    faults.add(line, f"嵌套超过 {MAX_DEPTH} 层，请改得平一些", f"nested more than {MAX_DEPTH} deep")
                    return None
                open_.append(_Open(line, pairs={} if isinstance(event, yaml.MappingStartEvent) else None))
        if node is not None and open_:
            _place(open_[-1], node, faults)
        elif node is not None:
            whole = node
    return whole


def _refuse_marks(event: "yaml.ScalarEvent | yaml.CollectionStartEvent", line: int, faults: Faults) -> None:
    if event.anchor is not None:
        faults.add(line, f"不能用 &{event.anchor} 锚点，请删去", f"anchors (&{event.anchor}) are not read; remove it")
    if event.tag is not None:
        faults.add(line, f"不能用 {event.tag} 标签，请删去", f"tags ({event.tag}) are not read; remove it")


def _scalar(event: "yaml.ScalarEvent", line: int, faults: Faults) -> Scalar:
    _refuse_marks(event, line, faults)
    plain = bool(event.implicit[0])
    if plain and NOT_A_NUMBER.match(event.value):
        faults.add(line, f"“{event.value}”不是数，请写一个确定的数", f"“{event.value}” is not a number; write a figure")
    return Scalar(event.value, plain, line)


def _place(parent: _Open, node: Node, faults: Faults) -> None:
    if parent.pairs is None:
        parent.values.append(node)
    elif parent.key is None:
        if not isinstance(node, Scalar):
            faults.add(node.line, "冒号前应当是一个简单的名称", "the name before a colon must be a plain word")
            node = Scalar(f"?{node.line}", False, node.line)
        parent.key = node
    else:
        key, parent.key = parent.key, None
        if key.value in parent.pairs:
            first = parent.pairs[key.value][0]
            faults.add(
                key.line,
                f"“{key.value}”写了两次（第一次在第 {first} 行），请删去或改名",
                f"“{key.value}” is written twice (first on line {first}); remove or rename one",
            )
        else:
            parent.pairs[key.value] = (key.line, node)
