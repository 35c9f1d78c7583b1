"""Formulas and conditions read as a person would say them."""

from dataclasses import replace

import pytest

from cellcert.criteria.words import condition_in_words, formula_in_words
from tests.criteria.lists import read

CHECKLIST = read(
    "sections: [{key: s, title: 甲, points: 80, items: [{key: a, text: 某, points: 80, score: yes_no}]}]\n"
)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("canteen", "“是否有食堂”为是"),
        ("not canteen", "“是否有食堂”为否"),
        ("rate < 40", "综合利用率 < 40%"),
        ("staff >= 50", "职工人数 ≥ 50 人"),
        ("grade == 'a5'", "景区等级 = 5A级"),
        ("canteen and (rate < 40 or grade != 'a3')", "“是否有食堂”为是，并且（综合利用率 < 40%，或者景区等级 ≠ 3A级）"),
        ("20 < rate <= 40.5", "20% < 综合利用率 ≤ 40.5%"),
        ("not (rate < 40)", "不属于（综合利用率 < 40%）"),
        ("max(rate, 5) > spill", "最大值（综合利用率，5） > 填埋量"),
    ],
)
def test_a_condition_reads_by_names_options_and_units(condition: str, words: str) -> None:
    assert condition_in_words(condition, CHECKLIST).zh == words


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("used / made * 100", "利用量 ÷ 产生量 × 100"),
        ("used / (made + used) * 100", "利用量 ÷ （产生量 + 利用量） × 100"),
        ("used - (made - used)", "利用量 − （产生量 − 利用量）"),
        ("used - made + 1", "利用量 − 产生量 + 1"),
        ("used / (made * 2)", "利用量 ÷ （产生量 × 2）"),
        ("-(used + made)", "−（利用量 + 产生量）"),
        ("min(used, made) / 2.50", "最小值（利用量，产生量） ÷ 2.5"),
    ],
)
def test_a_formula_reads_by_the_names_of_its_inputs(formula: str, words: str) -> None:
    assert formula_in_words(replace(CHECKLIST.indicator("rate"), formula=formula)).zh == words
