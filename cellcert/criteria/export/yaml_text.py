"""Plain values as the YAML a careful author would write: short maps on one line, quotes only where needed."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from unicodedata import east_asian_width

from cellcert.criteria.fields import NUMBER
from cellcert.criteria.marked import NOT_A_NUMBER
from cellcert.criteria.text import figure

# Maps, lists, texts, exact numbers and truth values; a text in two languages is a map of two.
Tree = Mapping[str, "Tree"] | Sequence["Tree"] | str | Decimal | int | bool

WIDTH = 110  # columns of a line; a Chinese character takes two
OPENING = tuple("-?:,[]{}#&*!|>'\"%@` ")
WORDS = frozenset({"", "~", "null", "true", "false", "<<", "="})
APART = frozenset("facts indicators prerequisites sections bonus penalties levels".split())
TALL = frozenset({"prerequisites", "sections", "items"})  # lists whose entries stand key below key
NAMED = re.compile(r"[\w.-]+\Z")


def document(tree: Mapping[str, Tree]) -> str:
    """A whole file; its large parts, and the sections, stand apart."""
    lines: list[str] = []
    for key, value in tree.items():
        if key in APART:
            lines.append("")
        if key == "sections" and isinstance(value, Sequence) and not isinstance(value, str):
            lines.append("sections:")
            for number, section in enumerate(value):
                lines += ([""] if number else []) + _entry(section, 2, block=True)
        else:
            lines += _pair(key, value, 0)
    return "\n".join(lines).lstrip("\n") + "\n"


def flow(value: Tree) -> str:
    """One value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal | int):
        return figure(value if isinstance(value, Decimal) else Decimal(value))
    if isinstance(value, str):
        return scalar(value, inside=True)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
    return "[" + ", ".join(flow(inner) for inner in value) + "]"


def scalar(text: str, inside: bool = False) -> str:
    """A text, quoted where YAML or the criteria reader would take it for something else; ``inside`` a line of flow."""
    if not _printable(text):
        return '"' + "".join(_escaped(sign) for sign in text) + '"'
    if not (
        text in WORDS
        or text.startswith(OPENING)
        or text.endswith((" ", ":"))
        or ": " in text
        or " #" in text
        or NUMBER.match(text)
        or NOT_A_NUMBER.match(text)
        or (inside and (set(text) & set(",[]{}:?")))
    ):
        return text
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def _printable(text: str) -> bool:
    # str.isprintable knows every space but the ordinary one as unprintable; the ideographic one is usual in Chinese.
    return all(sign.isprintable() or sign == "\u3000" for sign in text)


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    if sign.isprintable():
        return sign
    number = ord(sign)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _key(key: str) -> str:
    return key if NAMED.match(key) else scalar(key, inside=True)


def _is_list(value: Tree) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _rows(value: Tree) -> bool:
    """A list of maps, or anything that holds one: people read such rows below each other."""
    if isinstance(value, Mapping):
        return any(_rows(inner) for inner in value.values())
    return _is_list(value) and any(isinstance(inner, Mapping) or _rows(inner) for inner in value)  # type: ignore[union-attr]


def _fits(line: str) -> bool:
    return len(line) + sum(east_asian_width(sign) in "WF" for sign in line) <= WIDTH


def _pair(key: str, value: Tree, indent: int) -> list[str]:
    start = " " * indent + _key(key) + ":"
    if isinstance(value, str):
        return _text(start, value, indent)
    if not isinstance(value, Mapping) and not _is_list(value):
        return [f"{start} {flow(value)}"]
    one = f"{start} {flow(value)}"
    if not value or (not _rows(value) and _fits(one) and not (indent == 0 and key in APART)):
        return [one]
    if isinstance(value, Mapping):
        return [start, *(line for inner in value.items() for line in _pair(*inner, indent + 2))]
    block = key in TALL
    return [start, *(line for inner in value for line in _entry(inner, indent + 2, block))]  # type: ignore[union-attr]


def _text(start: str, text: str, indent: int) -> list[str]:
    lines = text.split("\n")
    if len(lines) > 1 and all(line and line == line.strip() and _printable(line) for line in lines):
        return [f"{start} |-", *(" " * (indent + 2) + line for line in lines)]
    return [f"{start} {scalar(text)}"]


def _entry(value: Tree, indent: int, block: bool = False) -> list[str]:
    """One entry of a list; ``block``: a map never goes on one line."""
    start = " " * indent + "- "
    if isinstance(value, str):
        return [start + scalar(value)]
    one = start + flow(value)
    if not isinstance(value, Mapping):
        return [one]
    if not value or (not (block or _rows(value)) and _fits(one)):
        return [one]
    lines = [line for inner in value.items() for line in _pair(*inner, indent + 2)]
    return [start + lines[0][indent + 2 :], *lines[1:]]
