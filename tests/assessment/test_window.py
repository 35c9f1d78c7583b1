"""Until when a unit may hand in, at the edges of a batch."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from cellcert.assessment.rules import Said, changed, covered, window
from cellcert.criteria.library import Library
from cellcert.criteria.programme import Programme
from cellcert.criteria.text import Text
from cellcert.paths import shipped

LAST = date(2026, 6, 30)  # of the first batch; the city is eight hours ahead of UTC


@pytest.fixture(scope="module")
def programme() -> Programme:
    return Library(shipped("criteria")).programme


@pytest.mark.parametrize(
    ("at", "days", "is_open", "in_grace", "following"),
    [
        (datetime(2026, 6, 18, 4, tzinfo=UTC), 12, True, False, "2026-1"),
        (datetime(2026, 6, 29, 15, 59, tzinfo=UTC), 1, True, False, "2026-1"),
        (datetime(2026, 6, 29, 16, 0, tzinfo=UTC), 0, True, False, "2026-1"),
        (datetime(2026, 6, 30, 16, 0, tzinfo=UTC), -1, True, False, "2026-2"),
        (datetime(2026, 6, 30, 16, 15, tzinfo=UTC), -1, True, True, "2026-2"),
        (datetime(2026, 6, 30, 16, 15, 1, tzinfo=UTC), -1, False, False, "2026-2"),
    ],
)
def test_the_countdown_runs_to_midnight_in_the_city_and_the_grace_after_it(
    programme: Programme, at: datetime, days: int, is_open: bool, in_grace: bool, following: str
) -> None:
    shown = window(at, LAST, programme)

    assert (shown.days_left, shown.is_open, shown.is_in_grace) == (days, is_open, in_grace)
    assert shown.following is not None
    assert shown.following.key == following


def test_between_two_batches_the_next_one_is_named(programme: Programme) -> None:
    later = replace(programme.batches[1], opens=date(2026, 9, 1))
    shown = window(datetime(2026, 7, 5, tzinfo=UTC), LAST, replace(programme, batches=(programme.batches[0], later)))

    assert (shown.is_open, shown.following, shown.following_is_open) == (False, later, False)


def test_after_the_last_batch_none_is_named(programme: Programme) -> None:
    assert window(datetime(2030, 1, 1, tzinfo=UTC), LAST, programme).following is None


def test_a_commitment_covers_the_letter_answers_words_and_files_but_not_the_signed_paper() -> None:
    letter, answers = [Text("承诺")], {"items": {"plan": True}}
    file = {"item": "plan", "name": "计划.pdf", "caption": "", "sha256": "a"}
    was = covered(letter, answers, {"item.plan": "好"}, [file])

    assert covered(letter, answers, {"item.plan": "好"}, [file, file | {"item": "signed-letter"}]) == was
    for otherwise in (
        covered([Text("另一份承诺")], answers, {"item.plan": "好"}, [file]),
        covered(letter, {"items": {"plan": False}}, {"item.plan": "好"}, [file]),
        covered(letter, answers, {}, [file]),
        covered(letter, answers, {"item.plan": "好"}, [file | {"caption": "第一页"}]),
        covered(letter, answers, {"item.plan": "好"}, []),
    ):
        assert otherwise != was


def test_what_changed_is_told_place_by_place() -> None:
    file = {"item": "plan", "name": "计划.pdf", "caption": "", "sha256": "a"}
    before = Said({"items": {"plan": True, "people": True}, "facts": {"canteen": True}}, {}, [file])
    after = Said({"items": {"plan": True, "people": True}, "facts": {"canteen": False}}, {"item.people": "三人"}, [])
    order = [("fact", "canteen"), ("item", "plan"), ("item", "people"), ("item", "other")]

    found = changed(order, before, after)

    assert [change.place for change in found] == order[:3]
    assert [change.place for change in changed(order, before, before)] == []
    assert (found[1].before[2], found[1].after[2]) == ([file], [])
    assert (found[2].before[1], found[2].after[1]) == ("", "三人")
