"""The controls of the item card ask for exactly what an answer sheet holds."""

import pytest
from flask import Flask

from tests.look.gallery import ANSWERS, sample_checklist
from tests.look.tags import Tags

FIELDS = {
    "yes_no": ["i", "i"],
    "choice": ["i", "i", "i", "i.points"],
    "parts": ["i.plan", "i.plan", "i.people", "i.people", "i.people", "i.records"],
    "tiers": [],
    "linear": [],
    "shortfall": [],
    "deductions": ["i.checked", "i.bin", "i.sign", "i.mess", "i.none"],
    "at_least": ["i", "i", "i", "i.checked"],
    "any_of": ["i.gain", "i.gain"],
    "judged": ["i"],
}
CHOSEN = {
    "yes_no": {"i": "yes"},
    "choice": {"i": "some", "i.points": "2.5"},
    "parts": {"i.plan": "no", "i.people": "good", "i.records": "1.5"},
    "deductions": {"i.checked": "yes", "i.bin": "2", "i.sign": "yes", "i.mess": ""},
    "at_least": {"i": "c", "i.checked": "yes"},  # a and c; the last one is kept here
    "any_of": {"i.gain": "yes"},
    "judged": {"i": "9"},
}


def inputs(site: Flask, key: str, answer: object, **more: object) -> list[dict[str, str | None]]:
    with site.test_request_context():
        page = site.jinja_env.from_string(
            "{% from 'macros/item.html' import answer_control %}{{ answer_control(way, 'i', answer, **more) }}"
        ).render(way=sample_checklist().item(key).way, answer=answer, more=more)
    return [attrs for tag, attrs in Tags(page).found if tag == "input"]


def sent(controls: list[dict[str, str | None]]) -> dict[str, str | None]:
    """What a browser would send."""
    picked = [a for a in controls if a["type"] == "text" or "checked" in a]
    return {a["name"] or "": a["value"] for a in picked}


@pytest.mark.parametrize("key", FIELDS)
def test_each_way_to_score_has_its_fields(site: Flask, key: str) -> None:
    assert [attrs["name"] for attrs in inputs(site, key, None)] == FIELDS[key]


@pytest.mark.parametrize("key", FIELDS)
def test_nothing_is_answered_in_advance(site: Flask, key: str) -> None:
    assert set(sent(inputs(site, key, None)).values()) <= {""}


@pytest.mark.parametrize("key", CHOSEN)
def test_an_answer_comes_back_as_it_was_given(site: Flask, key: str) -> None:
    assert sent(inputs(site, key, ANSWERS[key])) == CHOSEN[key]


@pytest.mark.parametrize(("key", "field", "keyboard"), [
    ("choice", "i.points", "decimal"), ("deductions", "i.bin", "numeric"), ("judged", "i", "decimal"),
])  # fmt: skip
def test_a_figure_is_typed_as_text_so_that_nothing_typed_is_lost(
    site: Flask, key: str, field: str, keyboard: str
) -> None:
    typed = {"choice": {"points": "三"}, "deductions": {"bin": "三"}, "judged": "三"}[key]

    figure = next(attrs for attrs in inputs(site, key, typed) if attrs["name"] == field and attrs["type"] == "text")

    assert (figure["value"], figure["inputmode"]) == ("三", keyboard)


def test_checked_and_nothing_found_differs_from_not_checked(site: Flask) -> None:
    assert sent(inputs(site, "deductions", {}))["i.checked"] == "yes"
    assert sent(inputs(site, "at_least", [])) == {"i.checked": "yes"}
    assert "i.checked" not in sent(inputs(site, "deductions", None))


def test_what_does_not_apply_is_not_asked(site: Flask) -> None:
    asked = {attrs["name"] for attrs in inputs(site, "parts", None, leave_out=["i.people"])}

    assert asked == {"i.plan", "i.records"}


@pytest.mark.parametrize(("key", "words"), [
    ("yes_no", "符合"), ("choice", "基本符合"), ("parts", "部门和专人都明确"), ("deductions", "缺少一处分类容器 × 2"),
    ("at_least", "旧物回收"), ("any_of", "比三年前提高20个百分点"), ("judged", "9 分"),
])  # fmt: skip
def test_an_answer_can_be_read_in_words(site: Flask, key: str, words: str) -> None:
    with site.test_request_context():
        shown = site.jinja_env.from_string(
            "{% from 'macros/item.html' import answer_text %}{{ answer_text(way, answer) }}"
        ).render(way=sample_checklist().item(key).way, answer=ANSWERS[key])

    assert words in shown
