"""The main job, unattended: one unit of each category from the criteria file to the signed certificate."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from cellcert import clock
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.certificate.letters import actions as letters
from cellcert.certificate.letters.models import AwardLetter
from cellcert.certificate.letters.printing import words_of
from cellcert.certificate.letters.queries import waiting_awards
from cellcert.certificate.letters.rules import list_seen
from cellcert.certificate.models import Certificate
from cellcert.database import db
from cellcert.demo.city import PASSWORD, City, found
from cellcert.jobs import HANDLERS
from cellcert.outbox.worker import work_all
from cellcert.people.actions import hash_password
from cellcert.people.models import Post
from cellcert.tally.print_pdf import print_tally
from cellcert.tally.queries import tally
from cellcert.tally.workbook import tally_workbook
from cellcert.web import house


def walk(app: Flask, out: Path) -> Iterator[str]:
    """Play the whole path on an empty database; leaves the papers in ``out`` and says each step."""
    out.mkdir(parents=True, exist_ok=True)
    with app.app_context():
        session, programme = db.session(), house().library.programme
        now = clock.now()
        city = found(session, house().library, house().store, hash_password(PASSWORD), 1, now=now)
        session.commit()
        yield f"{programme.name}：{len(programme.categories)} 类各走一遍"
        yield from _stories(city)
        yield _letter(city)
        made = work_all(HANDLERS)
        yield f"后台完成 {made} 项（证书、认定文件、邮件）"
        yield from _papers(out)


def _stories(city: City) -> Iterator[str]:
    divisions = [division.key for division in city.programme.divisions]
    begins = city.now - timedelta(days=40)
    for number, category in enumerate(city.programme.categories, start=1):
        story = city.story(number, category.key, divisions[number % len(divisions)], begins, 0.0)
        for line in story.tell(State.AWARDED):
            city.session.commit()
            yield f"[{category.name}] {line}"


def _letter(city: City) -> str:
    """The letter over all awards, let out by another person than its author, and its certificates asked for."""
    session, programme, at = city.session, city.programme, clock.now()
    order = [category.key for category in programme.categories]
    batch = session.scalars(select(Certificate)).first().application.batch  # type: ignore[union-attr]
    today = clock.day_of(at, programme.time_zone)
    letter = letters.prepare(session, batch, programme, by=city.cast.office, at=at, on=today)
    units = waiting_awards(session, batch, order)
    seen, said = list_seen(one.id for one in units), words_of(letter, programme, len(units))
    letters.issue_letter(session, letter, units, said, seen, by=city.cast.approver, at=at)
    post = session.scalars(select(Post).where(Post.person_id == city.cast.office.person_id)).one()
    letters.ask_for_certificates(session, letter, post, at=at)
    session.commit()
    return f"印发认定文件 {letter.number}，{len(units)} 个单位"


def _papers(out: Path) -> Iterator[str]:
    session, programme = db.session(), house().library.programme
    rows = session.scalars(
        select(Certificate)
        .options(joinedload(Certificate.application).joinedload(Application.unit))
        .order_by(Certificate.ordinal)
    ).all()
    for row in rows:
        if row.sha256 is None:
            raise RuntimeError(f"certificate {row.serial} was not made; see the job's error")
        (out / f"{row.serial}.pdf").write_bytes(house().store.get(row.sha256))
        yield f"{out / (row.serial + '.pdf')}  {row.fields['unit_name']}"
    letter = session.scalars(select(AwardLetter)).one()
    kept = {
        "award-letter.pdf": letter.sha256, "certificates.pdf": letter.print_sha256,
        "certificates.zip": letter.zip_sha256,
    }  # fmt: skip
    for name, sha256 in kept.items():
        if sha256 is None:
            raise RuntimeError(f"{name} was not made; see the job's error")
        (out / name).write_bytes(house().store.get(sha256))
        yield str(out / name)
    figures = tally(session, programme, clock.day_of(clock.now(), programme.time_zone), named=True)
    (out / "tally.pdf").write_bytes(print_tally(figures))
    yield str(out / "tally.pdf")
    (out / "tally.xlsx").write_bytes(tally_workbook(figures))
    yield str(out / "tally.xlsx")
