"""The public takes a checklist away: to print, as a spreadsheet, as the file it is."""

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from pypdf import PdfReader

from cellcert.criteria.library import Library
from cellcert.paths import shipped


@pytest.mark.parametrize(("kind", "begins"), [("pdf", b"%PDF-"), ("xlsx", b"PK"), ("yaml", b"category")])
def test_each_kind_is_what_it_says(client: FlaskClient, kind: str, begins: bytes) -> None:
    answer = client.get(f"/criteria/mall/checklist.{kind}")

    assert answer.status_code == 200
    assert begins in answer.data[:2000]
    assert f"mall-2026.1.{kind}" in answer.headers["Content-Disposition"]


def test_the_paper_names_the_authority_and_the_hash_of_the_edition(client: FlaskClient) -> None:
    pages = PdfReader(BytesIO(client.get("/criteria/mall/checklist.pdf").data)).pages
    text = "".join(page.extract_text() for page in pages).replace("\n", "")

    assert "领导小组办公室" in text
    assert Library(shipped("criteria")).hash("mall")[:16] in text


def test_the_spreadsheet_speaks_the_readers_language(client: FlaskClient) -> None:
    client.get("/language/en")
    book = load_workbook(BytesIO(client.get("/criteria/mall/checklist.xlsx").data))

    assert any("Zero-waste mall" in str(cell.value) for row in book.worksheets[0].iter_rows(max_row=3) for cell in row)


@pytest.mark.parametrize("path", ["/criteria/mall/checklist.exe", "/criteria/harbour/checklist.pdf"])
def test_what_there_is_not_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404
