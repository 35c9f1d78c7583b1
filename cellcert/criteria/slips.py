"""What a person slipped on where YAML cannot be read: mostly the signs of a Chinese keyboard."""

import re

from cellcert.criteria.text import Text

MAX_LINE = 400
KEY_FIRST = re.compile(r"[\s\-{]*([A-Za-z_]\w{0,59})", re.ASCII)
GENERAL = Text(
    "这里的 YAML 写法不完整或缩进不对：检查缩进（只用空格）、冒号后的空格、成对的引号和括号",
    "not readable YAML; check indentation (spaces only), the blank after a colon, pairs of quotes and brackets",
)


def slip(source: str, line: int) -> tuple[int, Text]:
    """The line to mend and what to write there; YAML stumbled at ``line``, often one line after the slip."""
    lines = source.split("\n", line + 1)
    for at in (line, line - 1):
        if 0 < at <= len(lines) and (found := _slip(lines[at - 1].rstrip("\r")[:MAX_LINE])) is not None:
            return at, found
    return line, GENERAL


def _slip(line: str) -> Text | None:
    indent, bare = line[: len(line) - len(line.lstrip())], line.partition(" #")[0].strip()
    if "\t" in indent:
        return Text("行首有制表符（Tab），请换成空格", "a tab indents this line; use spaces")
    if "\u3000" in indent or "\u00a0" in indent:
        return Text("行首有全角空格，请换成半角空格", "a wide blank indents this line; use ordinary spaces")
    if (first := KEY_FIRST.match(line)) is not None:
        key, after = first[1], line[first.end() :]
        if after.startswith("："):
            return Text(
                f"“{key}”后面是全角冒号，请写成“{key}: ”（半角冒号加一个空格）",
                f"a full-width colon follows “{key}”; write “{key}: ” with a plain colon and a blank",
            )
        if re.match(r":[^ \t\r/]", after):
            return Text(f"冒号后要有一个空格，请写成“{key}: ”", f"a blank must follow the colon; write “{key}: ”")
        value = after.removeprefix(":").strip()
        if (
            after.startswith(":")
            and "{" not in first[0]
            and value[:1] not in {"", '"', "'", "{", "["}
            and re.search(r":(\s|$)", value)
        ):
            return Text("文字里有半角冒号，整句要加引号", "quote a text that has a colon in it")
    if re.search(r"[{\[]", bare):
        if re.search(r"[，：][^,:]{0,80}: ", bare):
            return Text(
                "括号里的逗号和冒号要用半角（, 和 : ）；文字里要用全角的，整句加引号",
                "within brackets use a plain comma and colon; quote a text that has wide ones",
            )
        if any(bare.count(opening) != bare.count(closing) for opening, closing in ("{}", "[]")):
            return Text("这一行的括号不成对，请补上或删去", "brackets do not come in pairs here; add or remove one")
    return None
