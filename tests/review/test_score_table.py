"""A score sheet filled in as a table: locked but for its fields, read whole or not at all, shown before it counts."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.database import db
from cellcert.review import actions
from cellcert.review.own_sheet import OwnSheet, own_sheet, save_marks
from cellcert.review.sheet_entries import entries
from cellcert.review.sheet_fields import fields_of
from cellcert.review.sheet_file import read_sheet
from cellcert.review.sheet_workbook import sheet_workbook
from tests.builders import application_in, hidden
from tests.review.cases import actor, case, full_marks, waiting_experts
from tests.review.conftest import Enter

Change = Callable[[Any], None]


@pytest.fixture
def reviewed(app: Flask) -> int:
    return application_in(app, State.REVIEW)


@pytest.fixture
def own(app: Flask, reviewed: int, inside: None) -> OwnSheet:
    """The sheet of an expert who has declared and scored nothing."""
    expert = waiting_experts(reviewed)[0]
    actions.declare(db.session(), case(reviewed), by=actor(expert), at=clock.now())
    db.session.flush()
    return own_sheet(db.session(), case(reviewed), by=actor(expert), at=clock.now())


def filled(own: OwnSheet, *, change: Change | None = None) -> bytes:
    """The table with all points in every item."""
    book = openpyxl.load_workbook(BytesIO(sheet_workbook(own, "表", ())))
    sheet = book.worksheets[0]
    marks = full_marks(own.application)
    lines = {row[7].value: row for row in sheet.iter_rows() if row[7].value}
    for item in own.judged:
        given = list(fields_of(item.way, f"items.{item.key}", marks[item.key]))
        for entry in entries(item, own.off.names):
            shown = entry.shown(given)
            lines[entry.id][5].value = float(shown) if shown and not entry.words else shown or None
    if change:
        change(sheet)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_table_filled_in_gives_what_the_page_would(own: OwnSheet) -> None:
    read = read_sheet(own, "a.xlsx", filled(own))

    assert read.faults == []
    marks = full_marks(own.application)
    by = next(post.actor() for post in own.seat.person.open_posts)
    save_marks(
        db.session(), own, {one.item.key: (one.answer, one.words) for one in read.changes}, by=by, at=clock.now()
    )
    again = own_sheet(db.session(), own.application, by=by, at=clock.now())
    assert again.left == []
    assert again.scored.total == own_total(own, marks)
    same = read_sheet(again, "a.xlsx", sheet_workbook(again, "表", ()))
    assert (same.faults, same.changes, same.same) == ([], [], len(again.judged))


def own_total(own: OwnSheet, marks: dict[str, Any]) -> Any:
    from cellcert.criteria.scorer import score

    return score(own.checklist, {**own.revision.answers, "items": marks}).total


def test_only_the_fields_can_be_changed_and_lists_offer_what_counts(own: OwnSheet) -> None:
    sheet = openpyxl.load_workbook(BytesIO(sheet_workbook(own, "表", ()))).worksheets[0]

    assert sheet.protection.sheet
    open_cells = {cell.column_letter for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    assert open_cells == {"F", "G"}
    assert sheet.column_dimensions["H"].hidden
    assert len(sheet.data_validations.dataValidation) > 0


def test_every_fault_is_told_by_its_cell_and_nothing_is_read(own: OwnSheet) -> None:
    wrong: list[str] = []

    def spoil(sheet: Any) -> None:
        for row in sheet.iter_rows(min_row=5):
            entry = next((e for i in own.judged for e in entries(i, own.off.names) if e.id == row[7].value), None)
            if entry is None or len(wrong) == 3:
                continue
            row[5].value = ["不知道", 9999, "=1+1"][len(wrong)] if entry.words or len(wrong) else 9999
            wrong.append(row[5].coordinate)

    read = read_sheet(own, "a.xlsx", filled(own, change=spoil))

    assert {fault.cell for fault in read.faults} >= set(wrong[:1])
    assert {fault.cell for fault in read.faults} <= set(wrong)
    assert len(read.faults) == 3


def test_a_table_of_another_sheet_is_not_read(app: Flask, own: OwnSheet) -> None:
    def other(sheet: Any) -> None:
        sheet["B3"].value = "0" * 16

    read = read_sheet(own, "a.xlsx", filled(own, change=other))

    assert read.changes == []
    assert "不是这份评分表" in read.faults[0].said.zh
    assert read_sheet(own, "a.csv", b"a,b").faults[0].cell == ""
    assert read_sheet(own, "a.xlsx", b"no").faults[0].cell == ""


def test_a_row_that_was_deleted_is_missed(own: OwnSheet) -> None:
    read = read_sheet(own, "a.xlsx", filled(own, change=lambda sheet: sheet.delete_rows(5)))

    assert "缺少" in read.faults[0].said.zh


def test_on_the_page_it_is_shown_before_it_takes_its_place(app: Flask, reviewed: int, enter: Enter) -> None:
    with app.app_context():
        expert = waiting_experts(reviewed)[0]
    browser, path = enter(expert), f"/applications/{reviewed}"
    browser.post(f"{path}/declare", data=hidden(browser.get(f"{path}/score").text) | {"declared": "y"})
    with app.app_context():
        data = filled(own_sheet(db.session(), case(reviewed), by=actor(expert), at=clock.now()))
    page = browser.get(f"{path}/score/table")
    assert "只填绿色的格子" in page.text

    shown = send(browser, f"{path}/score/table", page.text, data)

    assert shown.status_code == 200
    assert "还没有保存" in shown.text
    with app.app_context():
        assert actions.my_sheet(db.session(), case(reviewed), actor(expert)) is None
    sent = browser.post(f"{path}/score", data=boxes(shown.text))
    assert sent.status_code == 303, sent.text
    with app.app_context():
        assert own_sheet(db.session(), case(reviewed), by=actor(expert), at=clock.now()).left == []
    stale = browser.post(f"{path}/score", data=boxes(shown.text) | {"idempotency_key": "another"})
    assert stale.status_code == 303  # the same again changes nothing

    broken = send(browser, f"{path}/score/table", browser.get(f"{path}/score/table").text, b"no workbook")
    assert broken.status_code == 422


def send(browser: FlaskClient, path: str, page: str, data: bytes) -> Any:
    return browser.post(path, data=hidden(page) | {"file": (BytesIO(data), "a.xlsx")})


def boxes(page: str) -> dict[str, list[str]]:
    """Every hidden field, those of one name together."""
    import re
    from html import unescape

    found: dict[str, list[str]] = {}
    for tag in re.findall(r'<input[^>]*type="hidden"[^>]*>', page):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            found.setdefault(unescape(name[1]), []).append(unescape(value[1]) if value else "")
    return found
