"""Redacted copies: what experts get of a file where the programme hides the unit from them."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.database import db
from cellcert.errors import NotReady
from cellcert.evidence.models import Redaction
from cellcert.evidence.queries import all_files
from cellcert.evidence.rules import SIGNED_LETTER
from cellcert.review import checking, redacting
from cellcert.review.site import actions as visits
from cellcert.web import house
from tests.builders import application_in, hidden
from tests.evidence.files import picture
from tests.review.cases import actor, case, post_of, seated
from tests.review.conftest import Enter

COPY = picture("PNG", (90, 70))
Blind = Callable[[State], int]


@pytest.fixture
def blind(app: Flask) -> Iterator[Blind]:
    """A case in this state, and from then on a programme whose experts know cases by number."""
    review = app.extensions["cellcert"].library.programme.review

    def at(state: State) -> int:
        made = application_in(app, state)
        object.__setattr__(review, "blind_unit", True)
        return made

    yield at
    object.__setattr__(review, "blind_unit", False)


def redact(client: FlaskClient, path: str, sha256: str, name: str, data: bytes) -> tuple[int, str]:
    form = hidden(client.get(f"{path}/redactions").text) | {"file": (BytesIO(data), name)}
    answer = client.post(f"{path}/redactions/{sha256}", data=form)
    return answer.status_code, answer.text


def test_a_case_goes_to_blind_experts_with_every_file_redacted_or_confirmed(
    app: Flask, blind: Blind, enter: Enter
) -> None:
    id_ = blind(State.PRELIMINARY)
    path = f"/applications/{id_}"
    with app.app_context():
        district = f"district-{case(id_).division}"
        files = {file.sha256: file.name for file in all_files(db.session(), case(id_)) if file.item != SIGNED_LETTER}
    client = enter(district)
    page = client.get(f"{path}/pass-on").text
    assert [name for name in files.values() if name not in page] == []
    first, *others = files
    assert redact(client, path, first, "copy.png", b"")[0] == 422
    assert "空文件" in redact(client, path, first, "copy.png", b"")[1]
    assert redact(client, path, first, "copy.png", COPY)[0] == 303
    with app.app_context():
        by, at, programme = actor(district), clock.now(), house().library.programme
        with pytest.raises(NotReady, match=f"还有 {len(others)} 个文件没有遮盖件"):
            checking.pass_on(db.session(), case(id_), "同意", programme, by=by, at=at)
        db.session.rollback()
    form = hidden(client.get(f"{path}/redactions").text) | {"plain": others}
    assert client.post(f"{path}/redactions", data=form).status_code == 303
    page = client.get(f"{path}/pass-on").text
    assert client.post(f"{path}/pass-on", data=hidden(page) | {"text": "同意"}).status_code == 303
    with app.app_context():
        assert case(id_).state is State.REVIEW


def test_blind_experts_get_the_copy_under_a_number_and_nothing_before(app: Flask, blind: Blind, enter: Enter) -> None:
    id_ = blind(State.REVIEW)
    path = f"/applications/{id_}"
    with app.app_context():
        files = [file for file in all_files(db.session(), case(id_)) if file.item != SIGNED_LETTER]
        one = files[0]
        first, original, number = f"/evidence/{one.id}", one.sha256, one.id
        plain = next(file for file in files if file.sha256 != original)
        other, other_original, ending = f"/evidence/{plain.id}", plain.sha256, plain.name.rsplit(".", 1)[-1]
        expert = seated(id_)[0]
        for seat in case(id_).seats:
            seat.declared_at = clock.now()
        db.session.commit()
    reader, office = enter(expert), enter("office")
    for address in (first, f"{first}/thumbnail", f"{first}/pages", f"{first}/pages/1"):
        assert reader.get(address).status_code == 409, address
    assert "还没有遮盖" in reader.get(first).text
    assert "还没有遮盖" in reader.get(f"{path}/score").text
    assert redact(office, path, original, "密封.png", COPY)[0] == 303
    form = hidden(office.get(f"{path}/redactions").text) | {"plain": [other_original]}
    office.post(f"{path}/redactions", data=form)
    copy, same = reader.get(first), reader.get(other)
    assert copy.data != office.get(first).data
    assert copy.data == office.get(f"{path}/redactions/{original}").data
    assert copy.headers["Content-Disposition"].endswith(f"filename={number}.png")
    assert same.data == office.get(other).data
    assert same.headers["Content-Disposition"].endswith(f"filename={other.rsplit('/', 1)[-1]}.{ending}")
    assert reader.get(f"{first}/pages").status_code == 200
    with app.app_context():
        assert db.session.query(Redaction).count() == 2


def test_only_the_team_of_a_visit_learns_where_it_goes(app: Flask, blind: Blind, enter: Enter) -> None:
    id_ = blind(State.ON_SITE)
    with app.app_context():
        application = case(id_)
        goes, stays = seated(id_)[:2]
        unit, at = application.unit.name, clock.now()
        post, programme = post_of(goes), house().library.programme
        visits.arrange(
            db.session(), application, [post], post.person_id, at + timedelta(days=2), "本单位", "", [], programme,
            by=actor("office"), at=at,
        )  # fmt: skip
        db.session.commit()
    pages = ("/desk", f"/applications/{id_}/score", f"/applications/{id_}")
    told = {login: [enter(login).get(page).text for page in pages] for login in (goes, stays)}
    assert all(unit in page for page in told[goes])
    assert [page for page in told[stays] if unit in page] == []


def test_nothing_is_redacted_where_experts_know_the_unit(app: Flask, inside: None) -> None:
    application = case(application_in(app, State.PRELIMINARY))
    by, programme = actor(f"district-{application.division}"), house().library.programme
    with pytest.raises(NotReady, match="不用遮盖"):
        redacting.confirm_plain(db.session(), application, ["x"], programme, by=by, at=clock.now())
    checking.pass_on(db.session(), application, "同意", programme, by=by, at=clock.now())
