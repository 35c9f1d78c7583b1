"""A whole application with a browser's means: start, fill in page by page, attach, submit, read."""

import re
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.assessment.models import Revision
from cellcert.assessment.steps import steps
from cellcert.criteria.scorer import score
from cellcert.criteria.text import figure
from cellcert.database import db
from cellcert.demo.answers import example
from cellcert.web import house
from tests.assessment.filling import fields
from tests.builders import application_in, clerk_of, head_of, hidden, sign_in


def picture() -> BytesIO:
    out = BytesIO()
    Image.new("RGB", (40, 30), "green").save(out, "JPEG")
    return BytesIO(out.getvalue())


@pytest.fixture
def begun(app: Flask, client: FlaskClient) -> str:
    """The address of a fresh draft, begun through the pages by the clerk of a unit without an application."""
    old = application_in(app, State.DRAFT, "factory")
    sign_in(client, clerk_of(app, old))
    client.post(
        f"/applications/{old}/discard", data=hidden(client.get(f"/applications/{old}/discard").text) | {"sure": "y"}
    )
    page = client.get("/apply?category=factory")
    assert page.status_code == 200
    answer = client.post("/apply", data=hidden(page.text))
    assert answer.status_code == 303, answer.text
    return answer.location.partition("?")[0]


def test_a_unit_goes_from_the_first_page_to_the_receipt(app: Flask, client: FlaskClient, begun: str) -> None:
    with app.app_context():
        library = house().library
        checklist = library.checklist("factory")
        answers = example(library.folder, "factory")
        expected = score(checklist, answers)
    posted = fields(checklist, answers)

    for step in steps(checklist):
        page = client.get(f"{begun}/{step.key}")
        if step.key == steps(checklist)[1].key:
            assert "本页还差" in page.text
        answer = client.post(
            f"{begun}/{step.key}", data={**posted.to_dict(flat=False), **hidden(page.text), "do": "next"}
        )
        assert answer.status_code == 303, f"{step.key}: {re.findall('class=.wrong.*', answer.text)[:3]}"

    overview = client.get(begun).text
    assert f'<span class="score-figure">{figure(expected.total)}</span>' in overview
    application_id = int(begun.split("/")[2])
    required = [item.key for item in checklist.items() if item.required and item.evidence]
    submit = f"/applications/{application_id}/submit"
    assert ("缺证明材料" in client.get(submit).text) == bool(required)
    for key in required:
        sent = client.post(
            f"/applications/{application_id}/evidence/{key}",
            data={"files": [(picture(), "现场.jpg")]},
            content_type="multipart/form-data",
        )
        assert sent.status_code == 303

    sign_in(client, head_of(app, application_id))
    last = client.get(submit).text
    assert "承诺书" in last
    handed = client.post(submit, data=hidden(last) | {"agreed": "y"})
    assert handed.status_code == 303, handed.text
    receipt = client.get(handed.location).text
    with app.app_context():
        application = db.session.get_one(Application, application_id)
        revision = db.session.scalars(select(Revision)).one()
        assert application.state is State.SUBMITTED
        assert revision.total == expected.total
        assert application.reference
        assert application.reference in receipt
        assert revision.manifest_hash in receipt
    assert client.get(f"/applications/{application_id}/answers").status_code == 200
    assert client.get(f"/applications/{application_id}/application.pdf").data.startswith(b"%PDF")
    assert client.get(begun).location.endswith("/answers")
