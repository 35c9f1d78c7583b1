"""A badge on another site says what the title is worth at this moment, whatever the unit is called."""

from datetime import date
from xml.etree import ElementTree

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient
from sqlalchemy import select

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.certificate import actions
from cellcert.certificate.badge import LEFT, MOST_LINES, RIGHT, WIDTH, badge_of, set_name, width_of
from cellcert.certificate.models import Certificate
from cellcert.certificate.queries import entry
from cellcert.database import db
from cellcert.standing import actions as standing
from cellcert.web import house
from tests.builders import application_in, city, work
from tests.certificate.cells import Cell, add_cells


@pytest.fixture
def awarded(app: Flask) -> int:
    case = application_in(app, State.AWARDED)
    work(app)
    return case


def said(client: FlaskClient, serial: str, query: str = "") -> str:
    """All a badge says; it is one picture of well-formed XML."""
    answer = client.get(f"/register/{serial}/badge.svg{query}")
    root = ElementTree.fromstring(answer.data)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    return "".join(root.itertext())


def test_a_badge_changes_with_the_title_and_follows_a_corrected_certificate(
    app: Flask, client: FlaskClient, awarded: int
) -> None:
    people = city(app)
    with app.app_context():
        serial = db.session.scalars(select(Certificate.serial)).one()
    assert "有效" in said(client, serial)
    assert "Valid" in said(client, serial, "?lang=en")
    with app.app_context():
        application = db.session.scalars(select(Certificate)).one().application
        proposal = actions.propose_correction(
            db.session(), application, "示例更正单位", "名称有误", by=people["office"], at=clock.now()
        )
        programme = house().library.programme
        new = actions.correct(
            db.session(), application, proposal, True, "", programme, by=people["approver"], at=clock.now()
        )
        assert new is not None
        number = new.serial
        db.session.commit()
    work(app)
    assert all(words in said(client, serial) for words in ("示例更正单位", number, "有效"))
    with app.app_context():
        application = db.session.scalars(select(Certificate)).first().application  # type: ignore[union-attr]
        standing.open_recheck(application, "抽查", by=people["office"], at=clock.now())
        standing.suspend(application, "举报", by=people["approver"], at=clock.now())
        db.session.commit()
    assert "已暂停" in said(client, serial)
    assert "没有这个证书编号" in said(client, "NONE-1")


def test_other_sites_may_show_a_badge_for_a_minute_and_it_runs_nothing(
    app: Flask, client: FlaskClient, awarded: int
) -> None:
    with app.app_context():
        serial = db.session.scalars(select(Certificate.serial)).one()
    path = f"/register/{serial}/badge.svg"

    answer = client.get(path)

    assert answer.content_type == "image/svg+xml; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=60, must-revalidate"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get("/register/NONE-1/badge.svg").status_code == 404
    page = client.get(f"/register/{serial}").text
    assert f"&lt;img src=&#34;http://127.0.0.1:8000{path}&#34;" in page


HOSTILE = [
    '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "]]></text><!--", "&lt;&amp;&#x3c;", "a' onload='x",
    "\x01\ufffe\u202e示例\ud800", "</title></svg>", "{{ 7 * 7 }}",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_text_in_the_badge(app: Flask, client: FlaskClient, awarded: int, name: str) -> None:
    with app.app_context(), app.test_request_context():
        certificate = db.session.scalars(select(Certificate)).one()
        certificate.fields = certificate.fields | {"unit_name": name}
        line = entry(certificate, date(2026, 12, 1))
        svg = render_template("certificate/badge.svg", badge=badge_of(line, house().library.programme, "zh"))
        db.session.rollback()
    root = ElementTree.fromstring(svg)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags == {"svg", "title", "rect", "path", "g", "text"}
    assert not any(key.startswith("on") for element in root.iter() for key in element.attrib)


def test_the_code_for_other_sites_stays_one_picture_whatever_the_name(
    app: Flask, client: FlaskClient, awarded: int
) -> None:
    with app.app_context():
        (serial,) = add_cells(db.session(), [Cell('"><script>alert(1)</script>')])
        db.session.commit()

    page = client.get(f"/register/{serial}").text

    assert "<script>alert" not in page
    assert "&amp;#34;&amp;gt;&amp;lt;script&amp;gt;" in page  # escaped in the code, and the code in the page


@pytest.mark.parametrize(
    "name", ["示例", "焦作" * 50, "W" * 60, "焦作市 Zero Waste 国际 Exhibition" * 3, "x", "示" * 14, "示" * 15]
)
def test_a_name_is_never_cut_and_never_wider_than_its_badge(name: str) -> None:
    size, lines = set_name(name)

    assert "".join("".join(lines).split()) == "".join(name.split())
    assert len(lines) <= MOST_LINES + 1
    assert max(map(width_of, lines)) * size <= WIDTH - LEFT - RIGHT
    assert size >= 6
