"""The office proposes what its spreadsheet says: read in first, looked through, then proposed."""

import html
import io
import re

from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from cellcert.criteria.export.spreadsheet import workbook
from cellcert.criteria.models import Edition
from cellcert.database import db
from cellcert.web import house
from tests.builders import city, hidden, sign_in
from tests.edition.proposing import in_days

PAGE = "/editions/mall/propose"


def office(app: Flask) -> FlaskClient:
    city(app)
    client = app.test_client()
    sign_in(client, "office")
    return client


def posted(client: FlaskClient, data: bytes) -> str:
    """The page after an upload, nothing proposed yet."""
    fields = hidden(client.get(PAGE).text) | {
        "source": "file", "in_force_from": in_days(1).isoformat(), "reason": "表格修订。",
        "file": (io.BytesIO(data), "评价表.xlsx"),
    }  # fmt: skip
    answer = client.post(PAGE, data=fields, content_type="multipart/form-data")
    assert answer.status_code in {409, 422}, answer.status_code
    return answer.text


def text_in(page: str) -> str:
    found = re.search(r'<textarea[^>]* name="text"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found
    return html.unescape(found[1]).lstrip("\r\n")


def drafts(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Edition)) or 0


def exported(app: Flask, points: int | None = None) -> bytes:
    """The mall's own workbook; with ``points`` somebody changed the first item's visible figure."""
    with app.app_context():
        made = workbook(house().library.checklist("mall"))
    if points is None:
        return made
    book, out = load_workbook(io.BytesIO(made)), io.BytesIO()
    sheet = book.worksheets[0]
    column = next(cell.column for row in sheet.iter_rows() for cell in row if cell.value == "分值")
    cells = [row[0] for row in sheet.iter_rows(min_col=column, max_col=column)]
    next(cell for cell in cells if isinstance(cell.value, int | float)).value = points
    book.save(out)
    return out.getvalue()


def test_a_spreadsheet_is_read_in_and_shown_before_anything_is_proposed(app: Flask) -> None:
    client = office(app)
    page = posted(client, exported(app))

    assert "还没有提交" in page
    assert text_in(page).startswith("category: mall")
    assert drafts(app) == 0


def test_what_was_read_in_is_proposed_from_the_form(app: Flask) -> None:
    client = office(app)
    page = posted(client, exported(app))
    text = text_in(page).replace('edition: "2026.1"', 'edition: "2031.1"')
    answer = client.post(
        PAGE,
        data=hidden(page) | {"source": "text", "text": text, "in_force_from": in_days(1).isoformat(), "reason": "修订"},
    )

    assert answer.status_code == 303, answer.text[:3000]


def test_a_figure_changed_in_the_spreadsheet_alone_is_a_question_and_not_an_edition(app: Flask) -> None:
    client = office(app)
    page = posted(client, exported(app, points=99))

    assert "需要决定" in page
    assert "99" in text_in(page)
    assert "decide:" in text_in(page)


def test_an_ordinary_office_table_says_row_by_row_what_it_was_taken_for(app: Flask) -> None:
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["序号", "项目", "评估内容", "分值", "评分标准", "证明材料"],
        [1, "管理", "有方案", 40, "有方案得40分", "方案"],
        [2, "管理", "容器齐全", 60, "每少一个扣2.5分，扣完为止", "照片"],
    ):
        sheet.append(row)
    book.save(out)
    page = posted(office(app), out.getvalue())

    assert "第 3 行" in page
    assert "2.5" in text_in(page)


def test_what_is_no_workbook_is_refused_with_a_sentence(app: Flask) -> None:
    client = office(app)
    page = posted(client, b"PK\x03\x04 not a workbook")

    assert re.search(r'class="error-summary".*?<li>.+?</li>|class="wrong"', page, re.DOTALL)
    assert drafts(app) == 0


def test_a_draft_is_tried_out_before_it_is_approved(app: Flask) -> None:
    client = office(app)
    page = posted(client, exported(app))
    text = text_in(page).replace('edition: "2026.1"', 'edition: "2031.1"')
    made = client.post(
        PAGE,
        data=hidden(page) | {"source": "text", "text": text, "in_force_from": in_days(1).isoformat(), "reason": "修订"},
    )
    tried = client.post(f"{made.location}/try", data={"facts.staff": "x"})

    assert "2031.1 版" in tried.text
    assert tried.status_code in {200, 422}
