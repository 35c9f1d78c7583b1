"""What a certificate is worth shows on the very next request, also through a cache; and the page bears crowds."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from io import BytesIO

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.certificate import actions, verify_routes
from cellcert.certificate.issuing import verify_url
from cellcert.certificate.models import Certificate
from cellcert.database import db
from cellcert.standing import actions as standing
from cellcert.web import house
from tests.builders import application_in, city, clerk_of, work


@dataclass
class Cache:
    """A shared cache as RFC 9111 allows it to be: what it may store and reuse, it does."""

    client: FlaskClient
    kept: dict[str, tuple[TestResponse, float]] = field(default_factory=dict)
    hits: int = 0

    def get(self, path: str) -> TestResponse:
        if path in self.kept and clock.now().timestamp() < self.kept[path][1]:
            self.hits += 1
            return self.kept[path][0]
        answer = self.client.get(path)
        said = answer.cache_control
        if not (said.no_store or said.private or "Set-Cookie" in answer.headers):
            life = self._life(answer)
            if life > 0 and not said.no_cache:
                self.kept[path] = answer, clock.now().timestamp() + life
        return answer

    def _life(self, answer: TestResponse) -> float:
        """Seconds an answer stays fresh: as it says, else a tenth of its age or a minute (§4.2.2)."""
        said = answer.cache_control
        for given in (said.s_maxage, said.max_age):
            if given is not None:
                return given
        if "Expires" in answer.headers:
            return (parsedate_to_datetime(answer.headers["Expires"]) - clock.now()).total_seconds()
        return 60


@pytest.fixture
def awarded(app: Flask) -> int:
    case = application_in(app, State.AWARDED)
    work(app)
    return case


def path_of(app: Flask) -> str:
    with app.app_context():
        certificate = db.session.scalars(select(Certificate).order_by(Certificate.id)).first()
        assert certificate is not None
        return verify_url(certificate).removeprefix(house().settings.public_base_url)


def test_the_cache_of_this_test_would_show_an_old_page(client: FlaskClient) -> None:
    cache = Cache(client)
    for _ in range(2):
        cache.get("/accessibility")

    assert cache.hits == 1


def test_each_change_shows_on_the_very_next_request_through_a_cache(app: Flask, awarded: int) -> None:
    cache, path, people = Cache(app.test_client()), path_of(app), city(app)
    seen = []

    def look(status: str, *words: str) -> None:
        page = cache.get(path).text
        assert f"{status}</span>" in page, page
        assert all(word in page for word in words)
        seen.append(status)

    look("有效", "二维码校验码相符", "证书原样")
    with app.app_context():
        case, session = db.session.get_one(Application, awarded), db.session()

        def acting(who: str) -> dict[str, object]:
            return {"by": people[who], "at": clock.now()}

        standing.open_recheck(case, "年度抽查", **acting("office"))  # type: ignore[arg-type]
        session.commit()
        look("复核中")
        standing.order_rectifying(case, "台账补齐", **acting("approver"))  # type: ignore[arg-type]
        session.commit()
        look("限期整改中")
        standing.suspend(case, "收到举报", **acting("approver"))  # type: ignore[arg-type]
        session.commit()
        look("已暂停")
        standing.resume(case, "核查无误", **acting("approver"))  # type: ignore[arg-type]
        session.commit()
        look("有效")
        proposal = actions.propose_correction(session, case, "示例更名单位", "名称有误", **acting("office"))  # type: ignore[arg-type]
        new = actions.correct(
            session, case, proposal, True, "", house().library.programme, **acting("approver"),  # type: ignore[arg-type]
        )  # fmt: skip
        assert new is not None
        session.commit()
        look("已由新证书替换", new.serial)
        path = verify_url(new).removeprefix(house().settings.public_base_url)
        look("证书制作中")
        revocation = standing.propose_revocation(session, case, "台账不实", **acting("office"))  # type: ignore[arg-type]
        standing.revoke(session, case, revocation, True, "", **acting("approver"))  # type: ignore[arg-type]
        session.commit()
        look("已作废")
    assert cache.get("/verify/JZWF-G-2026-9999").status_code == 404
    assert cache.hits == 0
    assert len(set(seen)) == 7


def test_a_revoked_and_an_expired_one_are_said_so_through_a_cache_with_day_and_reason(app: Flask, awarded: int) -> None:
    cache, path, people = Cache(app.test_client()), path_of(app), city(app)
    assert "有效</span>" in cache.get(path).text
    with time_machine.travel(clock.now() + timedelta(days=365 * 6)):
        assert "已到期</span>" in cache.get(path).text
    with app.app_context():
        case = db.session.get_one(Application, awarded)
        standing.give_back(db.session(), case, "单位撤销建制", by=people[clerk_of(app, awarded)], at=clock.now())
        db.session.commit()
    page = cache.get(path).text

    assert "已撤销</span>" in page
    assert "理由：单位撤销建制" in page
    assert "失效时间：" in page
    assert "证书原样" not in page


def test_no_answer_of_verification_may_be_kept(app: Flask, awarded: int) -> None:
    client, path = app.test_client(), path_of(app)
    serial = path.split("?")[0]
    picture = client.get(path.replace("&s=", "&picture=1&s="))

    for answer in (
        picture, client.get(path), client.get(serial), client.get("/verify/NONE-1"), client.get("/verify?serial=X"),
        client.get("/verify"), client.get("/verify/keys"), client.post("/verify"), client.get(f"{serial}?t=%00"),
        client.get(serial.replace("verify", "register")),
    ):  # fmt: skip
        assert answer.headers["Cache-Control"] == "no-store", answer
    assert picture.mimetype == "image/png"
    assert picture.data.startswith(b"\x89PNG")
    assert client.get(f"{serial}?t=wrong&picture=1").mimetype == "text/html"


def test_look_ups_are_bounded_per_address_but_never_who_scans_a_true_code(app: Flask, awarded: int) -> None:
    client, path = app.test_client(), path_of(app)
    serial = path.split("?")[0]
    limited = house_with(app, lookups_per_address=3)
    app.extensions["cellcert"] = limited

    assert [client.get(serial).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = client.get("/verify/GUESSED-1")
    assert refused.status_code == 429
    assert (refused.headers["Retry-After"], refused.headers["Cache-Control"]) == ("3600", "no-store")
    assert "扫描证书上的二维码不受限制" in refused.text
    assert client.post("/verify", data={"file": (BytesIO(b"%PDF"), "x.pdf")}).status_code == 429
    assert [client.get(path).status_code for _ in range(5)] == [200] * 5
    assert client.get(serial, environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 200


def house_with(app: Flask, **changed: object) -> object:
    kept = app.extensions["cellcert"]
    return replace(kept, settings=kept.settings.model_copy(update=changed))


def test_a_true_code_is_told_while_the_records_are_away(
    app: Flask, awarded: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, path = app.test_client(), path_of(app)

    def away(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("no connection"))

    monkeypatch.setattr(verify_routes, "by_serial", away)
    answer = client.get(path)

    assert answer.status_code == 503
    assert "二维码是真的，现在是否有效还查不到" in answer.text
    assert "暂时无法查询" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "二维码是真的" not in client.get(path.replace("?t=", "?t=x")).text
