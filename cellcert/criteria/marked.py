"""YAML whose every value knows its line, read within bounds and without YAML's surprises."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from typing import Any, NamedTuple

import yaml

from cellcert.criteria.slips import slip
from cellcert.criteria.text import Text

MAX_BYTES = 2_000_000
MAX_NODES = 200_000
MAX_DEPTH = 20
MAX_KEY = 200
MAX_FAULTS = 100
MAX_REPEATS = 1000
MAX_MEANT = 60
MAX_COMPARED = 100

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
    repeats: int = 0
    is_kept: bool = False  # an edition approved long ago: checks added since are not asked of it

    def add(self, line: int, zh: str, en: str) -> None:
        message = Text(_shown(zh), _shown(en))
        if any(fault.line == line and fault.message == message for fault in self.found[-5:]):
            self.repeats += 1
        else:
            self.found.append(Fault(self.file, line, message))
        if len(self.found) >= MAX_FAULTS or self.repeats >= MAX_REPEATS:
            self.raise_any()

    def raise_any(self) -> None:
        if self.found:
            raise CriteriaFaults(sorted(self.found, key=lambda fault: fault.line))


def _shown(sentence: str) -> str:
    # A sentence may quote the file, and the file may hold anything.
    # What to write instead comes last, so a long quotation is cut in its middle.
    cut = sentence if len(sentence) <= 400 else f"{sentence[:150]}…{sentence[-250:]}"
    return "".join(sign if sign.isprintable() else " " for sign in cut)


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """What somebody may have meant who wrote ``word``, in bounded time."""
    if len(word) > MAX_MEANT:
        return None
    alike = islice((other for other in known if abs(len(other) - len(word)) <= 4), MAX_COMPARED)
    return next(iter(get_close_matches(word, alike, 1, cutoff)), None)


class Scalar(NamedTuple):  # a tuple is made twice as fast as a dataclass, and there are many
    """A single value as written; ``plain`` means without quotes."""

    value: str
    plain: bool
    line: int


class Row(NamedTuple):
    """A YAML list."""

    values: "tuple[Node, ...]"
    line: int


class Table(NamedTuple):
    """A YAML map: each key with its line and value."""

    pairs: "dict[str, tuple[int, Node]]"
    line: int


Node = Scalar | Row | Table


def read_marked(source: str, faults: Faults) -> Node | None:
    """The one document of ``source``, or ``None`` with what is wrong in ``faults``."""
    if len(source) > MAX_BYTES or len(source.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        size = MAX_BYTES // 1_000_000
        faults.add(
            1, f"文件超过 {size} MB，请删去无关内容", f"the file is larger than {size} MB; remove what does not belong"
        )
        return None
    try:
        return _document(Loader(source), faults)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where, why = slip(source, mark.line + 1 if mark else 1)
        faults.add(where, why.zh, why.en)
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


def _document(events: Any, faults: Faults) -> Node | None:  # noqa: ANN401 - whichever loader there is
    open_: list[_Open] = []
    whole: Node | None = None
    documents = nodes = 0
    while (kind := type(event := events.get_event())) is not yaml.StreamEndEvent:
        line = event.start_mark.line + 1
        if kind is yaml.ScalarEvent:
            nodes += 1
            node: Node = _scalar(event, line, faults)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            done = open_.pop()
            node = Row(tuple(done.values), done.line) if done.pairs is None else Table(done.pairs, done.line)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            nodes += 1
            _refuse_marks(event, line, faults)
            if len(open_) >= MAX_DEPTH:
                faults.add(line, f"嵌套超过 {MAX_DEPTH} 层，请改得平一些", f"nested more than {MAX_DEPTH} deep")
                return None
            open_.append(_Open(line, pairs={} if kind is yaml.MappingStartEvent else None))
            continue
        elif kind is yaml.AliasEvent:
            faults.add(line, "不能用 *别名，请把内容写全", "aliases (*name) are not read; write the content out")
            node = Scalar("", False, line)
        elif kind is yaml.DocumentStartEvent:
            documents += 1
            if documents > 1:
                faults.add(line, "一个文件只能有一份内容，请删去 ---", "one document only; remove the ---")
                return None
            continue
        else:
            continue
        if nodes > MAX_NODES:
            faults.add(
                line, f"内容超过 {MAX_NODES} 个，请拆成几个文件", f"more than {MAX_NODES} values; split the file"
            )
            return None
        if open_:
            _place(open_[-1], node, faults)
        else:
            whole = node
    return whole


def _refuse_marks(event: "yaml.ScalarEvent | yaml.CollectionStartEvent", line: int, faults: Faults) -> None:
    if event.anchor is not None:
        faults.add(line, f"不能用 &{event.anchor} 锚点，请删去", f"anchors (&{event.anchor}) are not read; remove it")
    if event.tag is not None:
        faults.add(line, f"不能用 {event.tag} 标签，请删去", f"tags ({event.tag}) are not read; remove it")


def _scalar(event: "yaml.ScalarEvent", line: int, faults: Faults) -> Scalar:
    if event.anchor is not None or event.tag is not None:
        _refuse_marks(event, line, faults)
    plain, value = bool(event.implicit[0]), event.value
    if plain and value[-1:] in "nNfFyY" and NOT_A_NUMBER.match(value):
        faults.add(line, f"“{value}”不是数，请写一个确定的数", f"“{value}” is not a number; write a figure")
    return Scalar(value, plain, line)


def _place(parent: _Open, node: Node, faults: Faults) -> None:
    if parent.pairs is None:
        parent.values.append(node)
    elif parent.key is None:
        if not isinstance(node, Scalar):
            faults.add(node.line, "冒号前应当是一个简单的名称", "the name before a colon must be a plain word")
            node = Scalar(f"?{node.line}", False, node.line)
        elif len(node.value) > MAX_KEY:
            faults.add(
                node.line,
                f"冒号前的名称超过 {MAX_KEY} 个字符，请写短",
                f"the name before the colon is longer than {MAX_KEY} characters; shorten it",
            )
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
