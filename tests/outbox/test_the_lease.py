"""Long work keeps its lease; a lease somebody else holds is nobody's to lengthen."""

import time
from collections.abc import Mapping
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from cellcert import clock
from cellcert.database import db
from cellcert.outbox.actions import enqueue, renewal, take
from cellcert.outbox.models import Job, JobState
from cellcert.outbox.worker import work_once


def test_work_longer_than_its_lease_is_done_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cellcert.outbox.actions.LEASE", timedelta(seconds=0.3))
    monkeypatch.setattr("cellcert.outbox.worker.RENEW_AFTER", timedelta(seconds=0.1))
    taken_meanwhile = []

    def long_work(_data: Mapping[str, object]) -> None:
        for _ in range(4):
            time.sleep(0.2)
            taken_meanwhile.append(take(db.session(), at=clock.now()))
            db.session.rollback()

    with app.app_context():
        enqueue(db.session(), "long", "1", at=clock.now())
        db.session.commit()
        assert work_once({"long": long_work})
        assert taken_meanwhile == [None] * 4
        assert db.session.scalars(select(Job.state).where(Job.kind == "long")).all() == [JobState.DONE]


def test_who_lost_a_lease_does_not_lengthen_that_of_another(app: Flask) -> None:
    with app.app_context():
        enqueue(db.session(), "long", "1", at=clock.now())
        first = take(db.session(), at=clock.now())
        assert first is not None
        db.session.flush()
        held = first.leased_until
        stale = renewal(first.id, first.attempts - 1, at=clock.now() + timedelta(hours=1))
        mine = renewal(first.id, first.attempts, at=clock.now() + timedelta(hours=1))
        assert db.session.connection().execute(stale).rowcount == 0
        assert db.session.connection().execute(mine).rowcount == 1
        db.session.refresh(first)
        assert held is not None
        assert first.leased_until > held
