"""The guide: everything a unit has to prepare, read from the checklist in force."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cellcert.application.lifecycle import State
from cellcert.assessment.guide import guide_to
from cellcert.criteria.ways import is_computed
from cellcert.web import house
from tests.builders import application_in, clerk_of, sign_in

CATEGORIES = ["agency", "park", "factory", "community", "scenic", "mall"]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("category", CATEGORIES)
def test_the_guide_names_everything_that_must_be_there(
    app: Flask, client: FlaskClient, category: str, language: str
) -> None:
    client.get(f"/language/{language}")
    with app.app_context():
        checklist = house().library.checklist(category)
    page = client.get(f"/guide/{category}").text.replace("&#34;", '"').replace("&#39;", "'").replace("&amp;", "&")
    for item in checklist.items():
        if item.required and item.evidence:
            assert str(item.text.text(language)) in page
            assert all(str(text.text(language)) in page for text in item.evidence)
    for indicator in checklist.indicators:
        assert str(indicator.name.text(language)) in page
        assert all(str(one.name.text(language)) in page for one in indicator.inputs)
    for text in (*checklist.who, *(one.text for one in checklist.prerequisites)):
        assert str(text.text(language)) in page


def test_the_way_has_the_days_of_the_programme(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        programme = house().library.programme
    page = client.get("/guide").text
    assert f"{programme.first_check.working_days} 个工作日内完成" in page
    assert f"公示 {programme.notice.working_days} 个工作日" in page
    for category in programme.categories:
        assert f'href="/guide/{category.key}"' in page
    assert 'href="/register"' in page
    assert client.get("/guide/nothing").status_code == 404


def test_every_way_in_leads_to_the_guide_and_the_guide_to_the_start(app: Flask, client: FlaskClient) -> None:
    assert 'href="/guide"' in client.get("/").text
    assert 'href="/guide/mall"' in client.get("/criteria/mall").text
    sign_in(client, clerk_of(app, application_in(app, State.DRAFT)))
    assert 'href="/guide"' in client.get("/apply").text
    assert 'href="/guide/mall"' in client.get("/apply?category=mall").text
    assert 'href="/apply?category=mall"' in client.get("/guide/mall").text


@pytest.mark.parametrize("category", CATEGORIES)
def test_questions_figures_and_papers_are_counted_from_the_checklist(app: Flask, category: str) -> None:
    with app.app_context():
        checklist = house().library.checklist(category)
    guide = guide_to(checklist)
    answered = [item for item in checklist.items() if not is_computed(item.way)]
    assert guide.questions == len(checklist.facts) + len(checklist.prerequisites) + len(answered)
    assert guide.figures == sum(len(one.inputs) for one in checklist.indicators)
    assert {row.number for row in guide.required}.isdisjoint(row.number for row in guide.helpful)
    assert guide.minutes % 5 == 0
    assert guide.minutes > 0
