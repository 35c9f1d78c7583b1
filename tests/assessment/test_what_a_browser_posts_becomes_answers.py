"""Every control: good input, bad input, nothing at all."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from cellcert.assessment.forms import as_typed, read_answers, read_item_answers, read_notes
from cellcert.assessment.steps import FACTS, INDICATORS, PREREQUISITES, steps
from cellcert.criteria.library import Library
from cellcert.criteria.reader import read_checklist_file
from cellcert.criteria.scorer import score
from cellcert.demo.answers import example
from cellcert.paths import shipped
from tests.assessment.filling import fields

CHECKLIST = read_checklist_file(Path(__file__).parent / "every_way.yaml")


def read(section: str = "all", **posted: Any) -> tuple[dict[str, object], list[str]]:
    flat = MultiDict(
        [
            (name.replace("__", "."), one)
            for name, value in posted.items()
            for one in (value if isinstance(value, list) else [value])
        ]
    )
    answers, faults = read_answers(CHECKLIST, section, flat)
    return {key: value for (_kind, key), value in answers.items()}, [str(fault.message) for fault in faults]


@pytest.mark.parametrize(
    ("posted", "key", "answer"),
    [
        ({"items__plain": "yes"}, "plain", True),
        ({"items__plain": "no"}, "plain", False),
        ({}, "plain", None),
        ({"items__plain": "perhaps"}, "plain", None),
        ({"items__pick": "good"}, "pick", "good"),
        ({"items__pick": "good", "items__pick__points": "3"}, "pick", "good"),
        ({"items__pick": "some", "items__pick__points": "2.5"}, "pick", {"choice": "some", "points": Decimal("2.5")}),
        ({}, "pick", None),
        ({"items__split__one": "yes", "items__split__two": "5.5"}, "split", {"one": True, "two": Decimal("5.5")}),
        ({"items__split__two": "0"}, "split", {"two": Decimal(0)}),
        ({}, "split", None),
        ({"items__rated": "10"}, "rated", None),
        ({"items__faults__checked": "yes"}, "faults", {}),
        ({"items__faults__bin": "3", "items__faults__sign": "yes"}, "faults", {"bin": Decimal(3), "sign": True}),
        ({"items__faults__mess": "1.5", "items__faults__bin": "0"}, "faults", {"mess": Decimal("1.5")}),
        ({"items__faults__bin": ""}, "faults", None),
        ({"items__several": ["a", "c"]}, "several", ["a", "c"]),
        ({"items__several": ["a", "a", "z"]}, "several", ["a"]),
        ({"items__several__checked": "yes"}, "several", []),
        ({}, "several", None),
        ({"items__either__effort": "7"}, "either", {"effort": Decimal(7)}),
        ({"items__free": "9.5"}, "free", Decimal("9.5")),
        ({"items__free": "９．５"}, "free", Decimal("9.5")),
        ({"items__free": "0"}, "free", Decimal(0)),
    ],
)
def test_good_input_is_an_answer(posted: dict[str, Any], key: str, answer: object) -> None:
    answers, faults = read(**posted)

    assert answers[key] == answer
    assert not faults


@pytest.mark.parametrize(
    ("posted", "key", "kept", "words"),
    [
        ({"items__pick": "some"}, "pick", "gone", "还要在 1–5 分内给分"),
        ({"items__pick": "some", "items__pick__points": "5.5"}, "pick", "gone", "1 到 5 分之间"),
        ({"items__pick": "some", "items__pick__points": "2.3"}, "pick", "gone", "每档 0.5 分"),
        ({"items__pick": "some", "items__pick__points": "两分"}, "pick", "gone", "“两分”不是数字"),
        ({"items__pick__points": "2"}, "pick", "gone", "还没有选择档次"),
        ({"items__split__one": "yes", "items__split__two": "x"}, "split", {"one": True}, "“第二”：“x”不是数字"),
        ({"items__split__two": "6.5"}, "split", None, "0 到 6 分之间"),
        ({"items__faults__bin": "1.5", "items__faults__sign": "yes"}, "faults", {"sign": True}, "填整数"),
        ({"items__faults__bin": "-1"}, "faults", None, "填整数"),
        ({"items__faults__mess": "9"}, "faults", None, "1 到 5 分之间"),
        ({"items__either__effort": "0.5"}, "either", None, "每档 1 分"),
        ({"items__free": "11"}, "free", "gone", "0 到 10 分之间"),
        ({"items__free": "1⁰"}, "free", "gone", "“1⁰”不是数字"),
        ({"items__free": "NaN"}, "free", "gone", "不是数字"),
        ({"items__free": "1e1"}, "free", "gone", "不是数字"),
        ({"items__free": "9.25"}, "free", "gone", "每档 0.5 分"),
    ],
)
def test_bad_input_is_said_and_the_rest_is_kept(posted: dict[str, Any], key: str, kept: object, words: str) -> None:
    answers, faults = read(**posted)

    assert answers.get(key, "gone") == kept
    assert len(faults) == 1
    assert words in faults[0]


def test_facts_are_read_by_their_kind() -> None:
    answers, faults = read(FACTS, facts__food="no", facts__grade="b", facts__staff=" 1,200 ")
    assert answers == {"food": False, "grade": "b", "staff": Decimal(1200)}
    assert not faults

    answers, faults = read(FACTS, facts__grade="z", facts__staff="5001")
    assert answers == {"food": None, "grade": None}
    assert "1 到 5000 之间" in faults[0]


def test_one_wrong_figure_does_not_cost_the_others() -> None:
    answers, faults = read(INDICATORS, indicators__rate__used="12吨", indicators__rate__made="100.5")

    assert answers == {"rate": {"made": Decimal("100.5")}}
    assert "“12吨”不是数字" in faults[0]
    assert read(INDICATORS, indicators__rate__used="-3")[1] == ["请填不小于 0 的数"]


def test_prerequisites_are_yes_or_no() -> None:
    assert read(PREREQUISITES, prerequisites__lawful="yes")[0] == {"lawful": True}
    assert read(PREREQUISITES)[0] == {"lawful": None}


def test_a_prefix_keeps_two_sheets_on_one_page_apart() -> None:
    items = CHECKLIST.sections[0].items
    answers, faults = read_item_answers(items, MultiDict({"a.items.free": "3", "items.free": "9"}), prefix="a.")
    assert answers["free"] == 3
    assert not faults
    assert as_typed(items[-1], MultiDict({"a.items.free": "x"}), "a.") == "x"


def test_a_note_that_is_too_long_is_not_cut() -> None:
    notes, faults = read_notes(
        [("item", "free"), ("item", "plain")],
        MultiDict({"notes.item.free": "长" * 2001, "notes.item.plain": " 好\r\n的 "}),
    )
    assert notes == {("item", "plain"): "好\n的"}
    assert faults[0].field == "notes.item.free"


@pytest.mark.parametrize("category", ["agency", "park", "factory", "community", "scenic", "mall"])
def test_every_shipped_checklist_can_be_answered_in_a_browser(category: str) -> None:
    library = Library(shipped("criteria"))
    checklist, answers = library.checklist(category), example(library.folder, category)
    posted = fields(checklist, answers)
    read_back: dict[str, dict[str, object]] = {"facts": {}, "indicators": {}, "prerequisites": {}, "items": {}}
    for step in steps(checklist):
        found, faults = read_answers(checklist, step.key, posted)
        assert not faults
        for (kind, key), value in found.items():
            if value is not None:
                read_back[f"{kind}s"][key] = value

    assert score(checklist, read_back) == score(checklist, answers)


NAMES = [
    "plain", "pick", "pick.points", "split.one", "split.two", "rated", "free", "faults.checked", "faults.bin",
    "faults.sign", "faults.mess", "faults.none", "several", "several.checked", "either.effort", "either.level",
]  # fmt: skip
WORDS = ["yes", "no", "good", "some", "none", "a", "b", "0", "1", "2.5", "-1", "10", "", "x", "９"]
PAIRS = st.tuples(
    st.sampled_from(NAMES).map(lambda name: f"items.{name}"), st.sampled_from(WORDS) | st.text(max_size=8)
)


@given(st.lists(PAIRS, max_size=25))
def test_whatever_is_posted_the_answers_can_be_scored(posted: list[tuple[str, str]]) -> None:
    answers, _faults = read_answers(CHECKLIST, "all", MultiDict(posted))

    score(CHECKLIST, {"items": {key: value for (_kind, key), value in answers.items() if value is not None}})


@given(st.text(max_size=30))
def test_a_typed_number_is_a_number_or_a_sentence(typed: str) -> None:
    answers, faults = read(FACTS, facts__staff=typed)

    assert ("staff" in answers) != bool(faults)
    assert isinstance(answers.get("staff"), Decimal | None)
