"""What the language gained for real sheets: years, measured faults, sums, stars, whole numbers, questions left open."""
# ruff: noqa: E501 - snippets of YAML and rows of examples read better unbroken

from decimal import Decimal
from typing import Any

import pytest

from cellcert.criteria.gains import gains, next_level
from cellcert.criteria.reader import CriteriaFaults, read_kept
from cellcert.criteria.schema import Checklist, Period
from cellcert.criteria.scorer import score
from cellcert.criteria.sheet import AnswerFaults
from tests.criteria.lists import FACTS, HEAD, LEVEL, answers, earns, item_of, one_item, read, refused, wrong

MEASURED = (
    "{deductions: [{key: sign, text: 标志错误, lose: 1, each: true},"
    " {key: rate, text: 利用率不足, shortfall: rate, target: 90, lose: 1, per: 10, part: started, most: 3}]}"
)
ALL_MEASURED = (
    "{deductions: [{key: rate, text: 利用率不足, shortfall: rate, target: 90, lose: 1, per: 10, part: full},"
    " {key: spill, text: 填埋量过大, shortfall: spill, target: 5, lose: 0.5, per: 1, part: proportional, direction: at_most}]}"
)
THREE = """\
sections:
  - {key: s, title: 甲, points: 60, items: [
      {key: a, text: 甲一, points: 20, score: {judged: {step: 0.01}}},
      {key: b, text: 甲二, points: 20, score: {judged: {step: 0.01}}, applies_if: canteen},
      {key: c, text: 甲三, points: 20, score: {judged: {step: 0.01}}}]}
  - {key: t, title: 乙, points: 40, items: [{key: d, text: 乙一, points: 40, score: {judged: {step: 0.01}}}]}
"""


def levels(more: str, total: int = 50) -> str:
    return f"levels: [{{key: qualified, name: 合格, total: {total}, {more}}}]\n"


def level_of(more: str, canteen: bool = True, **points: Any) -> str | None:
    sheet = score(read(THREE, levels(more)), answers(points, canteen=canteen))
    return sheet.level.key if sheet.level else None


# measured faults


def test_a_measured_fault_loses_points_beside_the_counted_ones() -> None:
    assert earns(MEASURED, {"sign": 2}, rate="75") == "6.00"  # 2 signs; 15 below 90 are two begun steps
    assert earns(MEASURED, {}, rate="90") == "10.00"


def test_a_measured_fault_takes_no_more_than_its_most() -> None:
    assert earns(MEASURED, {}, rate="10") == "7.00"


def test_a_measured_fault_takes_no_answer() -> None:
    assert refused(MEASURED, {"rate": 1}, rate="75") == ["“利用率不足”由指标计算，不能填写"]


def test_an_item_of_measured_faults_only_needs_no_answer() -> None:
    assert earns(ALL_MEASURED, rate="70.5", spill=6) == "8.50"  # 19.5 below is one full step; 1 t over costs 0.5


def test_a_measured_fault_without_its_figure_gives_the_item_nothing_and_says_so() -> None:
    result = item_of(one_item(MEASURED), {"sign": 0})

    assert (result.points, result.state) == (Decimal(0), "no_value")
    assert "综合利用率无法计算" in result.reason.zh


def test_the_reason_names_the_figure_the_gap_and_the_bound() -> None:
    reason = item_of(one_item(MEASURED), {"sign": 1}, rate="50").reason

    assert reason.zh == (
        "标志错误 1 处，扣 1 分；综合利用率 50.00%，比 90% 低 40 个百分点，应扣 4 分，最多扣 3 分，得 6 分（满分 10 分）"
    )


def test_penalties_are_not_measured() -> None:
    body = THREE + f"penalties: {{items: [{{key: p, text: 扣, score: {MEASURED}}}]}}\n"

    assert any("扣分项不能按指标扣分" in message for _, message in wrong(HEAD + body + LEVEL))


# years


@pytest.mark.parametrize(
    ("period", "words", "in_2026"),
    [
        (Period(-1, -1), "申报前一个自然年", "2025年"),
        (Period(-3, -1), "申报年份之前的 3 个自然年", "2023年至2025年"),
        (Period(-3, 0), "申报年份之前的 3 个自然年，以及当年至申报之日", "2023年1月1日至申报之日"),
        (Period(0, 0), "申报当年至申报之日", "2026年1月1日至申报之日"),
        (Period(-4, -2), "申报年份之前的第 4 年至第 2 年", "2022年至2024年"),
    ],
)
def test_a_period_says_its_years(period: Period, words: str, in_2026: str) -> None:
    assert (period.text().zh, period.text_in(2026).zh) == (words, in_2026)


@pytest.mark.parametrize(
    "text", ["近三年没有事故", "最近3年没有事故", "过去三个自然年没有事故", "连续三年公开", "三年内没有事故"]
)
def test_a_text_that_speaks_of_years_must_say_which(text: str) -> None:
    body = THREE + f"prerequisites: [{{key: lawful, text: {text}}}]\n"
    said = wrong(HEAD + body + LEVEL)

    assert len(said) == 1
    assert "period: {first: -3, last: -1}" in said[0][1]
    assert wrong(HEAD + body.replace("}]\n", ", period: {first: -3, last: 0}}]\n") + LEVEL) == []


def test_a_text_and_its_period_must_agree() -> None:
    body = THREE + "prerequisites: [{key: lawful, text: 近三年没有事故, period: {first: -5, last: -1}}]\n"

    assert ["文字写“近三年”" in message for _, message in wrong(HEAD + body + LEVEL)] == [True]


def test_an_item_measured_over_years_needs_no_period_of_its_own() -> None:
    way = "{any_of: [{key: gain, text: 三年累计下降, score: {tiers: spill, steps: [{at_most: 5, points: 10}]}}]}"

    assert item_of(one_item(way), spill=4).points == 10


def test_an_input_of_one_year_lies_within_the_period_and_is_asked_for_with_its_year() -> None:
    head = HEAD.replace("made: {name: 产生量, unit: t}", "made: {name: 产生量, unit: t, year: -2}")

    assert [message for _, message in wrong(head + THREE + LEVEL)] == [
        "rate made：year 应当是 period 里的一年，例如 period: {first: -4, last: -1} 里的 -4"
    ]
    fine = read(THREE, LEVEL, head.replace("calendar_year", "{first: -2, last: -1}"))
    asked = fine.indicator("rate").inputs[1]
    assert (asked.label().zh, asked.label(2026).en) == ("产生量（申报年份之前的第 2 年）", "产生量 (2024)")


def test_an_edition_kept_from_earlier_stays_readable_when_new_files_are_asked_more() -> None:
    head = HEAD.replace("calendar_year", "three_years").replace(
        "made: {name: 产生量, unit: t}", "made: {name: 产生量, unit: kg}"
    )
    text = head + THREE + "prerequisites: [{key: lawful, text: 近三年没有事故}]\n" + LEVEL

    assert len(wrong(text)) == 3
    assert read_kept(text, "factory.yaml").indicator("rate").period == Period(-4, -1)
    with pytest.raises(CriteriaFaults, match="不认识“wieght”"):
        read_kept(text + "wieght: 3\n", "factory.yaml")


# conditions of a level


def test_each_may_name_sections_and_several_shares() -> None:
    more = "each: [{sections: [s, t], at_least: 50%}, {items: [d], at_least: 80%}]"

    assert level_of(more, a=10, b=10, c=10, d=32) == "qualified"
    assert level_of(more, a=10, b=10, c="9.99", d=32) is None
    assert level_of(more, a=20, b=20, c=20, d="31.99") is None


def test_a_sum_asks_several_items_for_points_together() -> None:
    more = "sum: {items: [a, b, c], at_least: 45}"

    assert level_of(more, a=20, b=20, c=5, d=40) == "qualified"
    assert level_of(more, a=20, b=20, c="4.99", d=40) is None


def test_a_sum_shrinks_with_what_does_not_apply() -> None:
    more = "sum: {items: [a, b, c], at_least: 45}"  # of 60; without the canteen 30 of 40

    assert level_of(more, canteen=False, a=20, c=10, d=40) == "qualified"
    assert level_of(more, canteen=False, a=20, c="9.99", d=40) is None


def test_what_a_level_lacks_is_named_with_its_figures() -> None:
    sheet = score(
        read(THREE, levels("sum: {items: [a, c], at_least: 30}")), answers({"a": 5, "b": 20, "c": 20, "d": 40})
    )

    assert sheet.reason.zh == "各部分合计 85 分，总分 85 分。未达到“合格”：“甲一”“甲三”合计 25 分，不到 30 分"
    assert sheet.reason.en == (
        "The sections add up to 85, total 85. Does not reach “合格”: “甲一”, “甲三” earn 25 points, below 30"
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("sum: {items: [a], at_least: 21}", "这几项合计只有 20 分"),
        ("sum: {at_least: 1}", "要写 items: [...] 或 sections: [...]"),
        ("zeros: {items: [a, b], at_most: 2}", "等于没有要求"),
        ("each: {items: [ghost], at_least: 50%}", "没有叫“ghost”的计分项"),
        ("each: {items: [a, a], at_least: 50%}", "“a”写了两次"),
    ],
)
def test_a_condition_that_asks_for_nothing_or_too_much_is_refused(more: str, said: str) -> None:
    assert any(said in message for _, message in wrong(HEAD + THREE + levels(more)))


def test_a_level_above_the_cap_of_the_total_is_refused() -> None:
    assert any("最多只能得 70 分" in message for _, message in wrong(HEAD + THREE + "total_cap: 70\n" + LEVEL))


# stars, whole numbers, declared points, open questions


def test_a_starred_prerequisite_names_a_section_there_is() -> None:
    starred = THREE + "prerequisites: [{key: plan, text: 有方案, section: s}]\n"

    assert read(starred).prerequisites[0].section == "s"
    assert any(
        "是不是 s" in m or "只能写 s、t" in m for _, m in wrong(HEAD + starred.replace("n: s}]", "n: x}]") + LEVEL)
    )


def test_a_whole_number_is_asked_for() -> None:
    head = HEAD.replace("at_least: 1}", "at_least: 1, whole: true}")

    with pytest.raises(AnswerFaults, match="职工人数：应当填整数"):
        score(read(THREE, LEVEL, head), answers({}, staff=Decimal("1.5")))


def test_the_declared_points_are_what_the_sections_add_up_to() -> None:
    assert wrong("points: 100\n" + HEAD + THREE + LEVEL) == []
    assert wrong("points: 110\n" + HEAD + THREE + LEVEL) == [(1, "全表写 110 分，各部分相加是 100 分，请改成一致")]


@pytest.mark.parametrize("place", ["text: 甲一, ", "score: {", ""])
def test_what_is_still_to_be_decided_is_refused_where_it_stands(place: str) -> None:
    question = "decide: 不足一档怎么算"
    body = THREE.replace(place, f"{place}{question}, ", 1) if place else THREE + question + "\n"
    said = wrong(HEAD + body + LEVEL)

    assert ["待决定：不足一档怎么算" in message for _, message in said] == [True]


# vetoes and figures that have no value


def vetoed(more: str) -> Checklist:
    return one_item("yes_no", more=f"veto_if: {more}")


def test_a_veto_over_nothing_at_all_does_not_bar_where_it_counts_full() -> None:
    head = HEAD.replace("    plausible: [0, 100]", "    plausible: [0, 100]\n    empty: full")
    body = "sections: [{key: s, title: 甲, points: 80, items: [{key: a, text: 甲一, points: 80, score: yes_no, veto_if: rate < 40}]}]\n"
    given = {"facts": FACTS, "indicators": {"rate": {"used": 0, "made": 0}}, "items": {"a": True}}

    assert score(read(body, LEVEL, head), given).barred == ()
    assert len(score(read(body, LEVEL), given).barred) == 1


# what would gain points


def how(way: str, answer: Any = None, **more: Any) -> str:
    checklist = one_item(way)
    return next(g.how.zh for g in gains(checklist, answers({"rest": True, "it": answer}, **more)) if g.key == "it")


@pytest.mark.parametrize(
    ("way", "answer", "more", "said"),
    [
        ("yes_no", False, {}, "做到“符合”"),
        ("{choice: [{key: a, label: 好, points: 10}, {key: b, label: 差, points: 1}]}", "b", {}, "达到“好”"),
        ("{tiers: rate, steps: [{at_least: 90, points: 10}, {at_least: 70, points: 6}, {at_least: 50, points: 2}]}",
         None, {"rate": 60}, "达到 70% 得 6 分，达到 90% 得 10 分"),
        ("{tiers: rate, steps: [{at_least: 90, points: 10}]}", None, {}, "填写“综合利用率”的数据"),
        ("{linear: rate, from: {value: 50, points: 0}, to: {value: 90, points: 10}}", None, {"rate": 60}, "达到 90%"),
        ("{shortfall: rate, target: 90, lose: 2, per: 1, part: full}", None, {"rate": 88}, "不低于 90% 就不扣分"),
        (MEASURED, {"sign": 2}, {"rate": 90}, "改正：标志错误 2 处，扣 2 分"),
        (MEASURED, None, {"rate": 90}, "检查后填写，没有发现问题得满分"),
        ("{at_least: 2, of: [{key: a, text: 甲}, {key: b, text: 乙}, {key: c, text: 丙}]}", ["a"], {}, "再做到 1 条：乙；丙"),
        ("{parts: [{key: a, text: 甲, points: 4, score: yes_no}, {key: b, text: 乙, points: 6, score: yes_no}]}",
         {"a": True, "b": False}, {}, "乙（6 分）"),
        ("{judged: {step: 1}}", 3, {}, "由评审人评定，最高 10 分"),
    ],
)  # fmt: skip
def test_what_would_gain_points_is_said_in_the_terms_of_the_way(
    way: str, answer: Any, more: dict[str, Any], said: str
) -> None:
    assert how(way, answer, **more) == said


def test_the_next_level_says_everything_that_is_not_there() -> None:
    two = "levels: [{key: best, name: 优质, total: 90, floor: 60%}, {key: qualified, name: 合格, total: 50}]\n"
    checklist = read(THREE, two)
    sheet = score(checklist, answers({"a": 20, "b": 20, "c": 20, "d": 10}))
    found = next_level(checklist, sheet)

    assert found is not None
    assert (found[0].key, [text.zh for text in found[1]]) == ("best", ["总分 70 不到 90", "“乙”不到 60%"])
    assert next_level(checklist, score(checklist, answers({"a": 20, "b": 20, "c": 20, "d": 40}))) is None
