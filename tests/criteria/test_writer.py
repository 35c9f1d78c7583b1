"""Writing a checklist out loses nothing, and reads like a file a person wrote."""
# ruff: noqa: E501 - snippets of YAML read better unbroken

from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from cellcert.criteria.export.writer import written
from cellcert.criteria.export.yaml_text import document, flow, scalar
from cellcert.criteria.fields import as_plain
from cellcert.criteria.marked import Faults, read_marked
from cellcert.criteria.reader import read_checklist, read_checklist_file
from cellcert.paths import criteria_folder
from tests.criteria.lists import read
from tests.criteria.strategies import random_checklist

CATEGORIES = ("agency", "community", "factory", "mall", "park", "scenic")


@pytest.mark.parametrize("category", CATEGORIES)
def test_each_file_is_the_same_after_writing_and_reading(category: str) -> None:
    checklist = read_checklist_file(criteria_folder() / f"{category}.yaml")

    text = written(checklist)

    assert read_checklist(text, f"{category}.yaml") == checklist
    assert written(read_checklist(text, f"{category}.yaml")) == text


EVERYTHING = """\
prerequisites:
  - key: honest
    text: {zh: 材料真实, en: "True papers: all of them"}
    section: first
    unless: rate < 40 or not canteen
    applies_if: staff > 100
    check: [records, interview]
    evidence: [承诺书, {zh: 证明, en: Proof}]
    basis: [方案二]
    help: 一句话。
    period: {first: -3, last: 0}
sections:
  - key: first
    title: 第一部分
    points: 100
    floor: 33.33%
    help: 说明
    items:
      - {key: yes, text: 是否, points: 10, score: yes_no, not_applicable: full, applies_if: grade == 'a5'}
      - key: choice
        text: 选择
        points: 5
        gate: true
        score: {choice: [{key: good, label: 好, points: 5}, {key: "null", label: "true", points: [1, 3], step: 0.5}]}
      - key: parts
        text: 分部
        points: 10
        required: true
        score:
          parts:
            - {key: a, text: 甲, points: 6, score: {at_least: 1, of: [{key: x, text: "12.50"}], short: proportional}}
            - {key: b, text: 乙, points: 6, score: {judged: {step: 0.25}}, applies_if: canteen}
          cap: 10
      - {key: tiers, text: 分档, points: 10, score: {tiers: spill, steps: [{at_most: 0.10, points: 10}, {below: 3, points: 2.5}], otherwise: 1}}
      - {key: linear, text: 线性, points: 10, score: {linear: rate, from: {value: 50, points: 0}, to: {value: 90, points: 10}}}
      - {key: short, text: 差距, points: 10, score: {shortfall: spill, target: 3, lose: 0.5, per: 0.1, part: started, direction: at_most}, veto_if: rate < 10}
      - key: faults
        text: 扣分
        points: 10
        sample: {size: 5, of: 投放点}
        period: {first: -2, last: -1}
        score:
          deductions:
            - {key: a, text: 每处, lose: 2, each: true, most: 6, applies_if: canteen}
            - {key: b, text: 区间, lose: [1, 5], step: 0.5}
            - {key: c, text: 全扣, lose: all}
            - {key: d, text: 差距, shortfall: rate, target: 90, lose: 1, per: 10, part: full, most: 3}
      - {key: many, text: 至少, points: 10, score: {at_least: 2, of: [{key: x, text: 甲}, {key: y, text: 乙}]}}
      - {key: any, text: 任一, points: 10, score: {any_of: [{key: a, text: 甲, score: {tiers: rate, steps: [{above: 90, points: 10}]}}, {key: b, text: 乙, score: yes_no}]}}
      - {key: free, text: 评定, points: 15, score: {judged: {step: 0.5}}}
bonus: {cap: 5, items: [{key: more, text: 加分, points: 5, score: yes_no}]}
penalties: {items: [{key: less, text: 扣分, score: {deductions: [{key: a, text: 通报, lose: 3, each: true}]}}]}
total_cap: 103.5
"""
LEVELS = """\
levels:
  - key: best
    name: {zh: 优, en: Best}
    total: 90
    floor: 60%
    each: [{items: [tiers, linear], at_least: 50%}, {sections: [first], at_least: 12.5%}]
    zeros: {items: [many, any], at_most: 1}
    sum: [{items: [faults, free], at_least: 12.5}, {sections: [first], at_least: 80}]
  - {key: good, name: 合格, total: 79.99}
"""


def test_every_way_and_every_key_of_the_language_comes_back() -> None:
    checklist = read(EVERYTHING, LEVELS)

    assert read_checklist(written(checklist), "factory.yaml") == checklist


def test_a_written_file_reads_as_a_person_would_write_it() -> None:
    text = written(read(EVERYTHING, LEVELS))

    assert text.startswith(
        'category: factory\nedition: "2026.1"\ntitle: 无废工厂\npoints: 100\nlead: industry\n\nfacts:\n'
        "  canteen: {ask: 是否有食堂, type: yes_no}\n"
    )
    assert "    period: calendar_year\n" in text
    assert "            - {key: a, text: 每处, lose: 2, each: true, most: 6, applies_if: canteen}\n" in text
    assert "    floor: 33.33%\n" in text
    assert '{key: "null", label: "true", points: [1, 3], step: 0.5}' in text
    assert "false" not in text
    assert max(len(line) for line in text.splitlines()) <= 115


def test_parts_of_the_file_stand_apart() -> None:
    lines = written(read_checklist_file(criteria_folder() / "factory.yaml")).splitlines()

    for head in ("facts:", "indicators:", "prerequisites:", "sections:", "bonus:", "penalties:", "levels:"):
        assert lines[lines.index(head) - 1] == ""
    assert "" not in lines[: lines.index("facts:") - 1]


TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)


@given(TEXTS)
@example("50%")
@example("- a")
@example("a: b")
@example("a #b")
@example("null")
@example("\u3000甲\u2028乙\x85")
@example("'")
@example('"\\')
@example("nan")
@example("a, b]}")
@example("...")
@example("---")
@example("甲\n乙")
@example("甲\n\n 乙: ")
@example("|")
@example("a:")
@example("\ufeffa")
@example("1e5")
@example("0x1F")
@example("<<")
def test_any_text_survives_in_a_block_in_a_line_and_as_a_name(text: str) -> None:
    value = {"a": text, "b": [text, {"c": text}], "d": {"e": {"f": text}}, "i": [{"g": [{"h": text}], "j": text}]}
    faults = Faults("x")
    node = read_marked(document(value), faults)  # type: ignore[arg-type]

    assert not faults.found
    assert node is not None
    assert _strings(as_plain(node)) == [text] * 6
    assert yaml.load(f"a: {scalar(text)}\nb: [{flow(text)}]\n", yaml.BaseLoader) == {"a": text, "b": [text]}


def _strings(value: object) -> list[object]:
    match value:
        case dict():
            return [found for inner in value.values() for found in _strings(inner)]
        case list():
            return [found for inner in value for found in _strings(inner)]
        case _:
            return [value]


@given(st.decimals(min_value=-(10**17), max_value=10**17, places=12))
def test_no_figure_changes(number: Decimal) -> None:
    node = read_marked(f"a: {flow(number)}\n", Faults("x"))

    assert node is not None
    assert as_plain(node) == {"a": number}


def test_a_written_file_is_read_from_disk_again(tmp_path: Path) -> None:
    path = tmp_path / "factory.yaml"
    path.write_text(written(read(EVERYTHING, LEVELS)), encoding="utf-8")

    assert read_checklist_file(path) == read(EVERYTHING, LEVELS)


@pytest.mark.parametrize("seed", range(120))
def test_random_checklists_come_back(seed: int) -> None:
    checklist = read_checklist(random_checklist(Random(seed)), "random")

    assert read_checklist(written(checklist), "random") == checklist
