"""A hostile file is refused with a sentence, within a second and 100 MB, whichever gate it comes through."""

import importlib
import json
import pkgutil
import re
import subprocess
import sys
from typing import Any

import pytest

import cellcert.criteria
from tests.adversary.hostile_criteria import GATES
from tests.load import busy, quickest

SECONDS = 1.0
MEGABYTES = 100.0


@pytest.fixture(scope="module")
def costs() -> dict[str, list[dict[str, Any]]]:
    """What each gate says about each of its files, and at what cost."""
    command = [sys.executable, "-m", "tests.adversary.hostile_criteria"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=170)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[dict[str, Any]]] = {}
    for line in done.stdout.splitlines():
        cost = json.loads(line)
        found.setdefault(cost["gate"], []).append(cost)
    assert not done.stderr, done.stderr
    return found


@pytest.mark.parametrize(("gate", "files"), [(name, files) for name, _, files in GATES], ids=lambda it: str(it)[:12])
def test_a_hostile_file_is_refused_quickly_with_a_sentence(gate: str, files: Any, costs: dict[str, Any]) -> None:
    print(  # noqa: T201 - the real figures
        "\n".join(f"{c['seconds']:6.3f} s {c['megabytes']:6.1f} MB {c['file']}: {c['first']}" for c in costs[gate])
    )

    assert [cost["file"] for cost in costs[gate]] == [name for name, _ in files()]
    assert [cost for cost in costs[gate] if not 0 < cost["faults"] <= 100] == []
    assert [cost for cost in costs[gate] if not re.search(r"[\u4e00-\u9fff]", cost["first"])] == []
    assert [cost for cost in costs[gate] if cost["seconds"] >= SECONDS * busy()] == []
    assert [cost for cost in costs[gate] if cost["megabytes"] >= MEGABYTES] == []


def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    modules = [
        importlib.import_module(m.name) for m in pkgutil.walk_packages(cellcert.criteria.__path__, "cellcert.criteria.")
    ]
    found = {(p.pattern, p.flags): (f"{m.__name__}.{name}", p) for m in modules for name, p in _named(m)}
    return sorted(found.values(), key=lambda pair: pair[0])


def _named(module: object) -> list[tuple[str, re.Pattern[str]]]:
    found: list[tuple[str, re.Pattern[str]]] = []
    for name, value in vars(module).items():
        row = value if isinstance(value, list | tuple) else [value]
        found += [
            (name, one)
            for entry in row
            for one in (entry if isinstance(entry, tuple) else [entry])
            if isinstance(one, re.Pattern)
        ]
    return found


SIGNS = [
    "a",
    "1",
    " ",
    "1.",
    "1 ",
    "-",
    "_",
    "%",
    "万",
    "字",
    "近十",
    "每1",
    "1分",
    "得1",
    "扣1分,",
    "(",
    "{",
    "以上",
    "≥1",
]
JUNK = [sign * (4000 // len(sign)) for sign in (*SIGNS, "1~", "第1", "无", "{letter")]


@pytest.mark.parametrize(("name", "pattern"), _patterns(), ids=lambda it: it if isinstance(it, str) else "")
def test_no_pattern_takes_long_over_the_longest_text(name: str, pattern: re.Pattern[str]) -> None:
    def tried(text: str) -> None:
        pattern.match(text)
        if not pattern.pattern.endswith((r"\Z", "$")):  # these are for whole texts, and matched from the start
            pattern.search(text)

    for junk in JUNK:
        for text in (junk, junk + "!", "!" + junk + "。"):
            assert quickest(lambda text=text: tried(text), 0.5) < 0.5, (name, text[:12])  # type: ignore[misc]
