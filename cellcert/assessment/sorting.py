"""Which questions a prepared file belongs to, told from its name."""

import re
from collections.abc import Iterable, Mapping
from unicodedata import normalize

from cellcert.criteria.schema import Checklist, Text

NUMBER = r"(?<![\d.])\d{1,2}\.\d{1,3}(?!\d)(?!\.\d)"
IN_FRONT = re.compile(rf"\s*((?:{NUMBER}[\s、,，;；+&和_-]*)+)")
IN_BRACKETS = re.compile(r"[（(].*?[）)]")
LONGEST = 300  # characters of a file's name that are looked at
SHORTEST = 4  # characters of a paper's name that still tell it from another


def keys_for(name: str, numbers: Mapping[str, str], papers: Mapping[str, Iterable[Text]]) -> list[str]:
    """The keys of the questions a file stands for: by the numbers in front, else by the one paper it is named after.

    ``numbers``: what the pages call each item, by key; ``papers``: what each question asks for, by key.
    """
    name = normalize("NFKC", name[:LONGEST])
    if front := IN_FRONT.match(name):
        wanted = re.findall(NUMBER, front[1])
        found = [key for key, number in numbers.items() if number in wanted]
        if found:
            return found
    stem = _plain(name.rsplit(".", 1)[0])
    named = {
        key
        for key, texts in papers.items()
        for paper in (_plain(text.zh) for text in texts)
        if len(paper) >= SHORTEST and paper in stem
    }
    return list(named) if len(named) == 1 else []


def papers_of(checklist: Checklist) -> dict[str, tuple[Text, ...]]:
    """What every prerequisite and item asks for."""
    asked = {one.key: one.evidence for one in checklist.prerequisites}
    return asked | {one.key: one.evidence for one in checklist.items()}


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", IN_BRACKETS.sub("", normalize("NFKC", text)))
