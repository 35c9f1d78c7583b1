"""What the reader of a programme asks for, found out by letting it read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cellcert.criteria.fields import Fields
from cellcert.criteria.marked import Faults, Node, Table
from cellcert.criteria.programme import read_programme


@dataclass(slots=True)
class Asked:
    """Every key by its path (``review.days``) and whether it must be there; what it may say where that is a choice."""

    keys: dict[str, bool] = field(default_factory=dict)
    options: dict[str, Sequence[str]] = field(default_factory=dict)


def asked_for(programme: Path, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """All the reader knows of every map and list, also of those the file leaves out."""
    paths: dict[int, str] = {}
    asked: dict[int, str] = {}  # the key each map was last asked for
    found = Asked()
    kept: list[Fields] = []  # so that no number is given twice

    def placed(inner: Fields, outer: Fields) -> Fields:
        kept.append(inner)
        paths[id(inner)] = f"{paths[id(outer)]}{asked[id(outer)]}."
        return inner

    def nothing(outer: Fields) -> Fields:
        """A map that was left out, read quietly as if it stood there empty."""
        return placed(Fields(Table({}, 0), Faults(""), ""), outer)

    read, node, word, one_of = Fields.__init__, Fields.node, Fields.word, Fields.one_of
    as_fields, within, rows = Fields.as_fields, Fields.within, Fields.rows

    def begun(self: Fields, *given: Any, **named: Any) -> None:
        read(self, *given, **named)
        if not kept:  # the whole file
            kept.append(self)
            paths[id(self)] = ""

    def remembered(self: Fields, key: str, required: bool = False) -> Node | None:
        if id(self) in paths:
            asked[id(self)] = key
            found.keys[paths[id(self)] + key] = required
        return node(self, key, required)

    def said(self: Fields, key: str, required: bool = False, empty: bool = False) -> str:
        if id(self) in paths:
            found.keys[paths[id(self)] + key] = required
        return word(self, key, required, empty)

    def chosen(self: Fields, key: str, options: Sequence[str], otherwise: str = "", required: bool = False) -> str:
        if id(self) in paths:
            found.options[paths[id(self)] + key] = options
        return one_of(self, key, options, otherwise, required)

    def inside(self: Fields, *given: Any) -> Fields | None:
        inner = as_fields(self, *given)
        return placed(inner, self) if inner is not None and id(self) in paths else inner

    def one(self: Fields, key: str, *given: Any, **named: Any) -> Fields | None:
        inner = within(self, key, *given, **named)
        return nothing(self) if inner is None and id(self) in paths else inner

    def several(
        self: Fields, key: str, place: Callable[[str], str] | None = None, required: bool = False
    ) -> Iterator[Fields]:
        there = rows(self, key, place, required)
        first = next(there, None)
        if first is not None:
            yield first
        elif id(self) in paths:
            yield nothing(self)
        yield from there

    for name, way in {
        "__init__": begun, "node": remembered, "word": said, "one_of": chosen, "as_fields": inside, "within": one,
        "rows": several,
    }.items():  # fmt: skip
        monkeypatch.setattr(Fields, name, way)
    read_programme(programme)
    return found
