"""The JSON Schema says what the reader reads: no key more, no key less."""
# ruff: noqa: E501, RUF005 - snippets of YAML read better unbroken

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from cellcert.criteria import reader
from cellcert.criteria.commands import criteria
from cellcert.criteria.fields import Fields, as_plain
from cellcert.criteria.json_schema import schema
from cellcert.criteria.marked import Faults, Node, Row, Table, read_marked
from cellcert.criteria.reader import read_checklist, read_checklist_file, read_source
from cellcert.criteria.starter import NotStarted, starter
from cellcert.paths import criteria_folder
from tests.criteria import big
from tests.criteria.lists import HEAD, LEVEL, wrong

SCHEMA = schema()
VALIDATOR = Draft202012Validator(SCHEMA)
PLACES = ("programme", "plan")
SHIPPED = sorted(p for p in criteria_folder().glob("*.yaml") if p.stem not in PLACES)
ELSEWHERE = sorted(Path(__file__).parent.parent.glob("**/*.yaml"))
CHECKLISTS = [path for path in SHIPPED + ELSEWHERE if "\nsections:" in path.read_text(encoding="utf-8")]

# Every key of the language at least once.
EVERYTHING = """\
category: factory
edition: "1"
title: {zh: 清单, en: List}
points: 60
model: true
lead: industry
who: [谁]
basis: [方案]
facts:
  canteen: {ask: 是否有食堂, type: yes_no, help: 说明}
  staff: {ask: 职工人数, type: number, unit: 人, at_least: 1, at_most: 9000, whole: true}
  grade: {ask: 等级, type: choice, options: {a: 甲, b: 乙}}
indicators:
  rate:
    name: 率
    unit: "%"
    period: {first: -4, last: -1}
    inputs: {used: {name: 甲, unit: t, year: -4, otherwise: 0, at_least: 0, at_most: 9, whole: true, help: 某}, made: {name: 乙, unit: t, year: -1}}
    formula: used / made * 100
    plausible: [0, 100]
    places: 1
    empty: full
    source: 台账
    help: 说明
  heap: {name: 量, unit: t, period: at_application, inputs: {now: {name: 量, unit: t}}, formula: now, applies_if: canteen}
prerequisites:
  - {key: lawful, text: 守法, unless: rate < 1, applies_if: canteen, check: [records], evidence: [证明], basis: [某], help: 某, period: calendar_year, section: first}
sections:
  - key: first
    title: 甲
    points: 60
    floor: 50%
    help: 某
    items:
      - {key: a, text: 某, points: 6, score: {parts: [{key: p, text: 某, points: 4, score: yes_no, applies_if: canteen}, {key: q, text: 某, points: 4, score: {judged: {step: 0.5}}}], cap: 6}, required: true, gate: true, veto_if: rate < 1, applies_if: staff > 1, not_applicable: total, sample: {size: 2, of: 户}, evidence: [某], check: [site], help: 某, basis: [某], period: {first: -3, last: 0}}
      - {key: b, text: 某, points: 6, score: {choice: [{key: x, label: 好, points: 6}, {key: y, label: 中, points: [1, 3], step: 0.5}]}}
      - {key: c, text: 某, points: 6, score: {tiers: rate, steps: [{at_least: 9, points: 6}, {above: 8, points: 3}], otherwise: 1}}
      - {key: d, text: 某, points: 6, score: {tiers: rate, steps: [{at_most: 9, points: 6}, {below: 20, points: 3}]}}
      - {key: e, text: 某, points: 6, score: {linear: rate, from: {value: 1, points: 0}, to: {value: 9, points: 6}}}
      - {key: f, text: 某, points: 6, score: {shortfall: rate, target: 9, lose: 1, per: 1, part: full, direction: at_most}}
      - {key: g, text: 某, points: 6, score: {deductions: [{key: m, text: 某, lose: 1, each: true, most: 2, applies_if: canteen}, {key: n, text: 某, lose: [1, 2], step: 0.5}, {key: o, text: 某, lose: all}, {key: r, text: 某, shortfall: rate, target: 9, lose: 1, per: 1, part: full, direction: at_least, most: 3, applies_if: canteen}]}}
      - {key: h, text: 某, points: 6, score: {at_least: 1, of: [{key: u, text: 某}], short: proportional}}
      - {key: i, text: 某, points: 6, score: {any_of: [{key: v, text: 某, score: yes_no}]}}
      - {key: j, text: 某, points: 6, score: {judged: {step: 0.5}}}
bonus: {cap: 2, items: [{key: k, text: 某, points: 2, score: yes_no, veto_if: rate < 1, applies_if: canteen, sample: {size: 1, of: 户}, evidence: [某], check: [site], help: 某, basis: [某], period: calendar_year}]}
penalties: {items: [{key: l, text: 某, score: {deductions: [{key: w, text: 某, lose: 1}]}, veto_if: rate < 1, applies_if: canteen, sample: {size: 1, of: 户}, evidence: [某], check: [site], help: 某, basis: [某], period: calendar_year}]}
total_cap: 61
levels:
  - {key: good, name: 优, total: 50, floor: 60%, each: [{items: [a], sections: [first], at_least: 50%}], zeros: {items: [a, b], at_most: 1}, sum: {items: [a, b], sections: [first], at_least: 5}}
"""
# The reader asks for these only to say that they do not belong there.
REFUSED = {
    "加分项": {"required", "gate", "not_applicable"},
    "一项扣分": {"points", "required", "gate", "not_applicable"},
}


def plain(source: str) -> Any:
    node = read_marked(source, Faults("x.yaml"))
    return _figures(as_plain(node)) if node is not None else None


def _figures(value: Any) -> Any:
    match value:
        case dict():
            return {key: _figures(inner) for key, inner in value.items()}
        case list():
            return [_figures(inner) for inner in value]
        case Decimal():
            return int(value) if value == int(value) else float(value)
    return value


def faults(source: str) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in VALIDATOR.iter_errors(plain(source))]


def test_the_schema_is_sound() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", CHECKLISTS, ids=lambda path: str(path.stem))
def test_files_the_reader_accepts_fit_the_schema(path: Path) -> None:
    read_checklist_file(path)

    assert faults(read_source(path)) == []


@pytest.mark.parametrize(
    "source", [EVERYTHING, big.checklist(40), starter("factory")], ids=["everything", "big", "starter"]
)
def test_every_way_of_the_language_fits_the_schema(source: str) -> None:
    read_checklist(source, "factory.yaml")

    assert faults(source) == []


def test_the_schema_names_exactly_the_keys_the_reader_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    root = read_marked(EVERYTHING, Faults("factory.yaml"))
    assert root is not None
    kept: list[Fields] = []
    done = Fields.done
    monkeypatch.setattr(Fields, "done", lambda fields: (kept.append(fields), done(fields)))
    monkeypatch.setattr(reader, "read_marked", lambda *_: root)
    read_checklist(EVERYTHING, "factory.yaml")
    shapes = {id(pairs): shape for pairs, shape in _walk(root, SCHEMA)}
    asked: dict[str, set[str]] = {}
    for fields in kept:
        asked.setdefault(shapes[id(fields.table.pairs)]["title"], set()).update(fields.asked)
    listed = {shape["title"]: set(shape["properties"]) for shape in _objects(SCHEMA)}

    assert {title: keys - REFUSED.get(title, set()) for title, keys in asked.items()} == listed


def _objects(shape: Any) -> Iterator[dict[str, Any]]:
    if isinstance(shape, dict) and shape.get("type") == "object" and "properties" in shape:
        yield shape
    for inner in shape.values() if isinstance(shape, dict) else shape if isinstance(shape, list) else ():
        yield from _objects(inner)


def _walk(node: Node, shape: dict[str, Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
    while "$ref" in shape or ("oneOf" in shape and "properties" not in shape):
        if "$ref" in shape:
            shape = SCHEMA["$defs"][shape["$ref"].rpartition("/")[2]]
        else:
            value = _figures(as_plain(node))
            shape = next(
                s for s in shape["oneOf"] if Draft202012Validator({**s, "$defs": SCHEMA["$defs"]}).is_valid(value)
            )
    match node:
        case Table(pairs=pairs):
            if "properties" in shape:
                yield pairs, shape
            for key, (_, inner) in pairs.items():
                below = shape.get("properties", {}).get(key, shape.get("additionalProperties"))
                yield from _walk(inner, below)
        case Row(values=values):
            for inner in values:
                yield from _walk(inner, shape["items"])


@pytest.mark.parametrize(
    "fault",
    ["leed: x", "decide: 谁牵头", "points: ten", "who: 谁", "model: yes", "facts: [a]", "facts: {A: {ask: 问, type: yes_no}}", "facts: {a: {ask: 问, type: bool}}"]
    + ["facts: {a: {ask: 问}}", "levels: []", "prerequisites: [{key: a}]", "bonus: {items: []}", "total_cap: -1"],
)  # fmt: skip
def test_a_file_refused_for_its_shape_is_refused_by_the_schema_too(fault: str) -> None:
    key = fault.partition(":")[0]
    body = "sections: [{key: s, title: 甲, points: 100, items: [{key: i, text: 某, points: 100, score: yes_no}]}]\n"
    rest = "".join(block for name, block in _blocks(HEAD + body + LEVEL) if name != key)
    source = f"{rest}{fault}\n"

    assert wrong(source)
    assert faults(source)


@pytest.mark.parametrize(
    "item",
    ["score: {tier: rate}", "score: no", "score: {judged: {}}", "score: {judged: {step: 0}}", "score: {judged: {step: 1}, choice: []}", "score: {choice: [{key: a, label: 好, points: 1}]}"]
    + ["score: {tiers: rate, steps: [{points: 1}]}", "score: {tiers: rate, steps: []}", "score: {shortfall: rate, target: 9, lose: 1, per: 1}", "score: {deductions: []}"]
    + ["score: {deductions: [{key: a, text: 某, lose: some}]}", "score: yes_no\nrequired: yes", "score: yes_no\ncheck: [sight]", "score: yes_no\nsample: {size: 2.5, of: 户}"]
    + ["score: yes_no\nevidense: [某]", "score: yes_no\nhelp: {zn: 某}", "score: yes_no\nnot_applicable: never", "score: yes_no\nperiod: year", "score: {at_least: 0, of: [{key: a, text: 某}]}"],
)  # fmt: skip
def test_an_item_refused_for_its_shape_is_refused_by_the_schema_too(item: str) -> None:
    body = "sections:\n  - key: s\n    title: 甲\n    points: 100\n    items:\n      - key: it\n        text: 某\n        points: 100\n"
    source = HEAD + body + indent(item, " " * 8) + "\n" + LEVEL

    assert wrong(source)
    assert faults(source)


def _blocks(source: str) -> list[tuple[str, str]]:
    blocks: list[tuple[str, str]] = []
    for line in source.splitlines(keepends=True):
        if line[0].isspace():
            name, block = blocks.pop()
            blocks.append((name, block + line))
        else:
            blocks.append((line.partition(":")[0], line))
    return blocks


def test_criteria_schema_prints_it_or_writes_it(tmp_path: Path) -> None:
    printed = CliRunner().invoke(criteria, ["schema"])
    written = CliRunner().invoke(criteria, ["schema", "--out", str(tmp_path / "schema.json")])

    assert (printed.exit_code, written.exit_code) == (0, 0)
    assert (tmp_path / "schema.json").read_text(encoding="utf-8") == printed.output
    assert '"评价标准"' in printed.output


def test_criteria_new_begins_a_sound_file_and_overwrites_none(tmp_path: Path) -> None:
    path = tmp_path / "hotel.yaml"
    made = CliRunner().invoke(
        criteria, ["new", "hotel", "--title", '无废"饭店": #1', "--schema", "s.json", "--out", str(path)]
    )
    checked = CliRunner().invoke(criteria, ["check", str(path)])
    again = CliRunner().invoke(criteria, ["new", "hotel", "--out", str(path)])

    assert (made.exit_code, checked.exit_code, again.exit_code) == (0, 0, 1), made.output + checked.output
    assert "已经存在" in again.output
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=s.json\n")
    assert read_checklist_file(path).title.zh == '无废"饭店": #1'


@pytest.mark.parametrize(
    ("category", "title"), [("Hotel", ""), ("../hotel", ""), ("", ""), ("hotel", "a\nb: c"), ("hotel", "\udc80")]
)
def test_criteria_new_refuses_what_would_not_be_sound(category: str, title: str) -> None:
    with pytest.raises(NotStarted):
        starter(category, title)
