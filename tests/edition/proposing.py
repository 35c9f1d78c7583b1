"""What the tests of the editions share."""

from datetime import date, timedelta

from flask import Flask

from cellcert import clock
from cellcert.actors import Actor
from cellcert.criteria.editions import keep_edition
from cellcert.criteria.models import Edition
from cellcert.database import db
from cellcert.edition import actions
from cellcert.web import house

ZONE = "Asia/Shanghai"


def today() -> date:
    return clock.day_of(clock.now(), ZONE)


def in_days(days: int) -> date:
    return today() + timedelta(days=days)


def new_text(category: str, edition: str = "2031.1", **words: str) -> str:
    """The folder's file as an edition of another name, with words replaced."""
    text = house().library.source(category)
    first = next(line for line in text.splitlines() if line.startswith("edition:"))
    text = text.replace(first, f'edition: "{edition}"', 1)
    for old, new in words.items():
        assert old in text
        text = text.replace(old, new)
    return text


def founded(app: Flask, category: str = "mall") -> None:
    """The folder's file has been in force for a while."""
    with app.app_context():
        keep_edition(db.session(), house().library, category, at=clock.now() - timedelta(days=30))
        db.session.commit()


def proposed(app: Flask, by: Actor, category: str = "mall", edition: str = "2031.1", days: int = 0) -> int:
    """The id of a draft put before the approvers."""
    founded(app, category)
    with app.app_context():
        text = new_text(category, edition)
        draft = actions.propose(
            db.session(), house().library, category, text, in_days(days), "调整分值。", by=by, at=clock.now()
        )
        db.session.commit()
        return draft.id


def approved(app: Flask, draft: int, by: Actor) -> None:
    with app.app_context():
        actions.approve(db.session(), house().library, db.session.get_one(Edition, draft), by=by, at=clock.now())
        db.session.commit()
