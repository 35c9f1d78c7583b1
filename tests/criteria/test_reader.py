"""A faulty file is refused with every fault, each at its own line and with its remedy."""
# ruff: noqa: E501, RUF005 - snippets of YAML and rows of examples read better unbroken

import pytest

from cellcert.criteria.expression import MAX_LENGTH
from tests.criteria.lists import HEAD, LEVEL, wrong

START = HEAD.count("\n")
ITEMS = """\
sections:
  - key: first
    title: 甲
    points: 10
    items:
"""
ITEM = START + ITEMS.count("\n") + 1  # the line of the item that follows


def item(source: str) -> list[tuple[int, str]]:
    """The faults of a file with this one item."""
    return wrong(HEAD + ITEMS + source + LEVEL.replace("80", "8"))


def one(way: str, more: str = "") -> list[tuple[int, str]]:
    """The faults of a file whose item is scored ``way``; the way is on the item's fourth line."""
    return item(f"      - key: it\n        text: 某\n        points: 10\n        score: {way}\n{more}")


WAY = ITEM + 3


def test_a_sound_file_has_no_faults() -> None:
    assert one("yes_no") == []


@pytest.mark.parametrize(
    ("way", "says"),
    [
        ("no_yes", "score 不认识“no_yes”"),
        ("yesno", "是不是“yes_no”？"),
        ("judged", "例如 score: {judged: {step: 0.5}}"),
        ("{tier: rate, steps: []}", "不认识“tier”，是不是“tiers”？"),
        ("{judged: {step: 1}, deductions: []}", "一项只能有一种计分方式"),
        ("{judged: {step: 3}}", "不是 step 3 的整数倍"),
        ("{judged: {}}", "缺少 step"),
        ("{judged: {step: 0}}", "step 是 0，应当在范围"),
        ("{tiers: rate, steps: [{at_least: 90, points: 6}]}", "本项 10 分，而计分方式最多得 6 分"),
        ("{tiers: rate, steps: [{at_least: 90, points: 11}]}", "本项 10 分，而计分方式最多得 11 分"),
        ("{tiers: rates, steps: [{at_least: 90, points: 10}]}", "是不是 rate？"),
        ("{tiers: rate, steps: [{at_least: 70, points: 6}, {at_least: 90, points: 10}]}", "从好到差"),
        ("{tiers: rate, steps: [{at_least: 90, points: 10}, {above: 90, points: 6}]}", "从好到差"),
        ("{tiers: rate, steps: [{at_least: 90, points: 10}, {at_least: 70, points: 10}]}", "从好到差"),
        ("{tiers: rate, steps: [{at_least: 90, points: 10}, {at_most: 70, points: 6}]}", "不能混用"),
        ("{tiers: rate, steps: [{points: 10}]}", "每档写一个界限"),
        ("{tiers: rate, steps: [{at_least: 90, points: 10}], otherwise: 10}", "otherwise 应当低于"),
        ("{linear: rate, from: {value: 5, points: 0}, to: {value: 5, points: 10}}", "都应当不同"),
        ("{linear: rate, from: {value: 5, points: 0}, to: {value: 9, points: 8}}", "最多得 8 分"),
        ("{shortfall: rate, target: 90, lose: 2, per: 1}", "必须写 part"),
        ("{shortfall: rate, target: 90, lose: 2, per: 0, part: full}", "per 应当大于 0"),
        ("{choice: [{key: a, label: 好, points: 10}]}", "至少要有两个选项"),
        ("{choice: [{key: a, label: 好, points: 10}, {key: a, label: 差, points: 0}]}", "key“a”重复"),
        ("{choice: [{key: a, label: 好, points: 10}, {key: b, label: 中, points: [1, 3]}]}", "区间必须写 step"),
        ("{choice: [{key: a, label: 好, points: 10}, {key: b, label: 中, points: [3, 1], step: 1}]}", "应当从低到高"),
        ("{choice: [{key: a, label: 好, points: 9}, {key: b, label: 差, points: 0}]}", "最多得 9 分"),
        ("{parts: [{key: a, text: 甲, points: 4, score: yes_no}]}", "最多得 4 分"),
        ("{parts: [{key: a, text: 甲, points: 12, score: yes_no}], cap: 8}", "最多得 8 分"),
        ("{parts: [{key: a, text: 甲, points: 10, score: {judged: {step: 4}}}]}", "不是 step 4 的整数倍"),
        ("{deductions: [{key: a, text: 甲, lose: 0}]}", "lose 应当大于 0"),
        ("{deductions: [{key: a, text: 甲, lose: 1, most: 3}]}", "most 只与它连用"),
        ("{deductions: [{key: a, text: 甲, lose: all, each: true}]}", "按处数扣固定分数"),
        ("{deductions: [{key: a, text: 甲, lose: [1, 5]}]}", "区间必须写 step"),
        ("{deductions: []}", "deductions 至少要有一项"),
        ("{at_least: 3, of: [{key: a, text: 甲}]}", "of 只列出 1 条"),
        ("{any_of: [{key: a, text: 甲, score: {tiers: rate, steps: [{at_least: 9, points: 4}]}}]}", "最多得 4 分"),
        ("{tiers: rate, stepps: [{at_least: 90, points: 10}]}", "是不是“steps”？"),
    ],
)
def test_a_faulty_way_is_named_at_its_line(way: str, says: str) -> None:
    faults = one(way)

    assert [line for line, _ in faults] == [WAY] * len(faults)
    assert any(says in message for _, message in faults), faults


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("        evidense: [台账]\n", "不认识“evidense”，是不是“evidence”？"),
        ("        required: yes\n", "required 只能写 true 或 false"),
        ("        veto_if: ratte < 40\n", "没有叫“ratte”的单位情况或指标，是不是“rate”？"),
        ("        veto_if: rate\n", "条件的结果应当是成立或不成立"),
        ("        veto_if: rate < 40 and\n", "看不懂"),
        ("        veto_if: rate ** 2 < 4\n", "不能写“rate ** 2”"),
        ("        veto_if: rate < 40%\n", "看不懂"),
        ("        veto_if: rate＜40\n", "半角符号"),
        ("        veto_if: __import__('os')\n", "不能写"),
        ("        veto_if: rate.real < 4\n", "不能写“rate.real”"),
        ("        applies_if: canteen < 3\n", "不能这样比较"),
        ("        applies_if: grade == 'a6'\n", "没有选项“a6”，可用的是：a3 a4 a5"),
        ("        applies_if: canteen == true\n", "“true”"),
        (f"        applies_if: {'not ' * MAX_LENGTH}canteen\n", "超过 300 个字符"),
        (f"        applies_if: {'not ' * 30}canteen\n", "嵌套超过 20 层"),
        ("        not_applicable: sectoin\n", "是不是 section？"),
        ("        check: [records, sight]\n", "check 只能写"),
        ("        evidence: 台账\n", "evidence 应当是一列"),
        ("        sample: {size: 2.5, of: 户}\n", "size 应当是整数"),
        ("        help:\n", "help 是空的"),
        ("        key: again\n", "“key”写了两次（第一次在第"),
        ("        basis: &b [方案]\n", "不能用 &b 锚点"),
        ("        basis: [*b]\n", "不能用 *别名"),
        ("        basis: !!str 方案\n", "标签"),
        ("        points: .nan\n", "“.nan”不是数"),
        ("        help: {zh: 说明, en: one, two}\n", "整句要加引号"),
        ("        help: {zn: 说明}\n", "可用的有：en, zh"),
    ],
)
def test_a_faulty_line_of_an_item_is_named(more: str, says: str) -> None:
    faults = one("yes_no", more)

    assert any(line == ITEM + 4 and says in message for line, message in faults), faults


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ("ten", "应当是数，“ten”不是"),
        ("'10'", "应当是数"),
        ("1e1", "应当是数"),
        ("１０", "请写 10，"),
        ("10分", "请写 10，"),
        ("１０．５ 分", "请写 10.5，"),
        ("1~5", "区间请写 [1, 5]"),
        ("1,000", "（不加引号、逗号或单位）"),
        ("10.005", "最多两位小数"),
        ("-10", "应当在范围"),
    ],
)
def test_points_are_plain_figures(points: str, says: str) -> None:
    faults = item(f"      - key: it\n        text: 某\n        points: {points}\n        score: yes_no\n")

    assert [(line, says in message) for line, message in faults] == [(ITEM + 2, True)]


def test_the_items_of_a_section_must_add_up() -> None:
    faults = item("      - {key: it, text: 某, points: 9, score: yes_no}\n")

    assert faults == [(ITEM - 2, "first：本部分写 10 分，各项相加是 9 分，请改成一致")]


def test_keys_are_unique_over_items_and_prerequisites() -> None:
    twice = (
        "      - {key: it, text: 某, points: 5, score: yes_no}\n"
        "      - {key: it, text: 某, points: 5, score: yes_no}\n"
        "bonus: {cap: 1, items: [{key: it, text: 加分, points: 1, score: yes_no}]}\n"
    )
    assert item(twice) == [
        (ITEM + 1, f"it：key“it”重复（第一次在第 {ITEM} 行），请改名"),
        (ITEM + 2, f"it：key“it”重复（第一次在第 {ITEM} 行），请改名"),
    ]


def test_all_faults_come_at_once_in_the_order_of_the_file() -> None:
    source = HEAD.replace("lead:", "leed:").replace("used / made", "usd / made")
    faults = wrong(source + ITEMS + "      - {key: It, text: 某, points: 9, score: {judged: {step: 2}}}\n" + LEVEL)

    assert [line for line, _ in faults] == sorted(line for line, _ in faults)
    assert len(faults) >= 5


@pytest.mark.parametrize(
    ("levels", "says"),
    [
        ("levels: [{key: a, name: 甲, total: 8}, {key: b, name: 乙, total: 9}]\n", "从高到低"),
        ("levels: [{key: a, name: 甲, total: 11}]\n", "要求 11 分，而连同加分最多只能得 10 分"),
        ("levels: [{key: a, name: 甲, total: 8, floor: 101%}]\n", "0% 到 100%"),
        ("levels: [{key: a, name: 甲, total: 8, floor: 0.5}]\n", "例如 50%"),
        ("levels: [{key: a, name: 甲, total: 8, each: {items: [gone], at_least: 50%}}]\n", "没有叫“gone”的计分项"),
        ("levels: []\n", "levels 至少要有一项"),
        ("", "缺少 levels"),
    ],
)
def test_levels_are_checked(levels: str, says: str) -> None:
    faults = wrong(HEAD + ITEMS + "      - {key: it, text: 某, points: 10, score: yes_no}\n" + levels)

    assert any(says in message for _, message in faults), faults


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('edition: "2026.1"', "edition: 2026.1", 2, "请加引号"),
        ("type: yes_no", "type: bool", 6, "只能写 yes_no、choice、number"),
        ("options: {a3: 3A级, a4: 4A级, a5: 5A级}", "options: {a3: 3A级}", 8, "至少要有两个选项"),
        ("plausible: [0, 100]", "plausible: [100, 0]", 16, "[最小, 最大]"),
        ("formula: used / made * 100", "formula: used * 100", 15, "数据“made”没有用到"),
        ("period: calendar_year", "period: year", 13, "只能写 calendar_year"),
        ("  spill:", "  staff:", 17, "“staff”已经用作"),
        ("  canteen:", "  and:", 6, "专用词"),
        ("  canteen:", "  Canteen:", 6, "小写字母"),
    ],
)
def test_facts_and_indicators_are_checked(old: str, new: str, line: int, says: str) -> None:
    faults = wrong(HEAD.replace(old, new) + ITEMS + "      - {key: it, text: 某, points: 10, score: yes_no}\n" + LEVEL)

    assert any(at == line and says in message for at, message in faults), faults


def test_an_item_on_a_conditional_indicator_says_when_it_applies() -> None:
    head = HEAD.replace("    formula: buried\n", "    formula: buried\n    applies_if: canteen\n")
    source = "      - {key: it, text: 某, points: 10, score: {tiers: spill, steps: [{at_most: 5, points: 10}]}}\n"

    assert wrong(head + ITEMS + source + LEVEL.replace("80", "8")) == [
        (ITEM + 1, "it：指标 spill 有适用条件，本项也要写 applies_if")
    ]


def test_penalties_are_deductions_without_points() -> None:
    body = ITEMS + "      - {key: it, text: 某, points: 10, score: yes_no}\n"
    penalties = "penalties: {items: [{key: p, text: 扣, points: 3, required: true, score: yes_no}]}\n"
    said = " ".join(message for _, message in wrong(HEAD + body + penalties + LEVEL.replace("80", "8")))

    assert "扣分项没有满分" in said
    assert "扣分项只能用 deductions" in said
    assert "required 只用于计分项" in said


@pytest.mark.parametrize(
    "source",
    ["", "- a\n", "just words", "a: [1, 2", "\t- x: y", "a: b: c", "'", "{{}}", "--- a\n--- b\n", "? [a]\n: b\n", "a: \x00b", "\ud800"]
    + ["[" * 50_000, "{a: " * 50_000, "- " * 40_000, "a: " * 1000, "x" * 1_000_001, "&a [*a]", "<<: {a: 1}\n", "!!python/object:os.system x"]
    + ["\n".join(f"k{n}: {n}" for n in range(50_000)), "facts: 3\nsections: {a: 1}\nlevels: x\n", "category: [a]\ntitle: [b]\n"],
)  # fmt: skip
def test_hostile_and_broken_files_are_refused_without_a_traceback(source: str) -> None:
    faults = wrong(source)

    assert 0 < len(faults) <= 100
    assert all(line >= 1 for line, _ in faults)


@pytest.mark.parametrize(
    ("slipped", "line", "says"),
    [
        ("category： it\nedition: a\n", 1, "“category”后面是全角冒号"),
        ("a: 1\nitems:\n  - title：设施\n    b: 1\n", 3, "“title”后面是全角冒号"),
        ("a:\n  b: 1\n  title:设施\n  c: 2\n", 3, "请写成“title: ”"),
        ("a:\n  b: 1\n\tc: 2\n", 3, "制表符"),
        ("a:\n  - b: 1\n　　c: 2\n    d: 3\n", 3, "全角空格"),
        ("a:\n  title:　设施\n  c: 2\n", 2, "请写成“title: ”"),
        ("a:\n  text: 标准: 好\n", 2, "半角冒号，整句要加引号"),
        ("a: {ask: 面积，type: number, unit: m}\n", 1, "逗号和冒号要用半角"),
        ("a:\n  - {key: b, lose: 1\n  - {key: c, lose: 2}\n", 2, "括号不成对"),
        ("a:\n  b: 1\n c: 2\n", 3, "检查缩进"),
    ],
)
def test_a_slip_of_the_keyboard_is_named_on_its_own_line(slipped: str, line: int, says: str) -> None:
    faults = wrong(slipped)

    assert [at for at, _ in faults] == [line]
    assert says in faults[0][1]


def test_a_key_with_a_wide_colon_is_told_so() -> None:
    said = [message for _, message in item("      - {key: it, text: 某, points: 10, 必填：true, score: yes_no}\n")]

    assert any("冒号和空格要用半角" in message for message in said)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ('edition: "2026.1"', "edition: “2026.1”", 2, '引号要用半角："2026.1"'),
        ("lead: industry", "lead: 工业和信息化局", 4, "lead 写部门的 key"),
    ],
)
def test_edition_and_lead_are_what_they_seem(old: str, new: str, line: int, says: str) -> None:
    assert old in HEAD
    faults = wrong(HEAD.replace(old, new) + ITEMS + "      - {key: it, text: 某, points: 10, score: yes_no}\n" + LEVEL)

    assert any(at == line and says in message for at, message in faults), faults


def test_an_answer_sheet_given_for_a_checklist_is_one_fault() -> None:
    sheet = "facts: {canteen: true}\nindicators: {rate: {used: 1}}\nitems: {it: true}\n"

    assert [message for _, message in wrong(sheet)] == [
        "这是一份答卷，不是评价标准；计分请用 cellcert criteria score 标准文件 答卷"
    ]
