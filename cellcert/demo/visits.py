"""Visits on site in the fictitious city: one agreed and still to come, one over, recorded and signed by both sides."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cellcert import clock
from cellcert.actors import Role
from cellcert.assessment.steps import not_asked
from cellcert.demo.papers import photo
from cellcert.evidence.actions import keep
from cellcert.evidence.rules import accept
from cellcert.review.site import actions, records
from cellcert.review.site.ending import end_on_site
from cellcert.review.site.models import Visit
from cellcert.review.site.queries import candidates
from cellcert.review.site.rules import Said, fingerprint, to_visit

if TYPE_CHECKING:
    from cellcert.demo.story import Story

HOUR = timedelta(hours=9, minutes=30)
SIGNATURES = {
    "team": "M60 120L110 50L150 130L200 60L240 140M280 70L360 70M320 40L310 150L380 120",
    "unit": "M80 60L190 60M130 30L120 150L60 120M230 50L330 45L240 150L350 140M390 90L470 80L400 150",
}


def arranged(story: "Story", after: datetime, days: int) -> Iterator[str]:
    """The managing body and an expert are to go, so many working days after ``after``; the unit agrees."""
    session, application, programme = story.session, story.application, story.programme
    free = candidates(session, application, programme.review.public_mail)
    lead = next(post for post in free if post.role is Role.DISTRICT)
    expert = next(post for post in free if post.role is Role.EXPERT)
    day = story.library.calendar.add_working_days(clock.day_of(after, programme.time_zone), days)
    actions.arrange(
        session, application, [lead, expert], lead.person_id, clock.start_of(day, programme.time_zone) + HOUR,
        f"{story.unit.address}，南门集合", "请准备近两年的台账和合同，安排一位熟悉情况的人员陪同。", [], programme,
        by=story.cast.office, at=story.later(hours=5),
    )  # fmt: skip
    yield "安排现场核查"
    actions.agree(session, application, programme, by=story.clerk, at=story.later(hours=6))
    yield "单位确认核查时间"


def over(story: "Story") -> Iterator[str]:
    """A visit from its arrangement to its end: every item looked at, a photo, both signatures."""
    yield from arranged(story, story.at, 2)
    session, application, programme, by = story.session, story.application, story.programme, story.reviewer
    visit = records.going(session, application, by)
    story.at = visit.starts_at
    _look(story, visit)
    yield "填写现场核查记录"
    checklist, revision = story.judged()
    there = to_visit(checklist, not_asked(checklist, revision.answers), visit.asked)
    told = records.content(application, visit, there, revision)
    for side, name, title in (("team", by.name, "组长"), ("unit", story.unit.contact_name, "经办人")):
        records.sign(
            session, application, told, fingerprint(told), side, name, title, SIGNATURES[side], by=by,
            at=story.later(minutes=4),
        )  # fmt: skip
    records.close(session, application, told, "", programme, by=by, at=story.later(minutes=5))
    yield "现场核查记录定稿"
    session.flush()
    end_on_site(session, application, checklist, programme, by=story.cast.office, at=story.later())
    yield "结束现场核查"


def _look(story: "Story", visit: Visit) -> None:
    """Everything is as claimed, but for one thing that could not be seen; nothing goes back to the experts."""
    session, application, by = story.session, story.application, story.reviewer
    checklist, revision = story.judged()
    there = to_visit(checklist, not_asked(checklist, revision.answers), visit.asked)
    for number, line in enumerate(there):
        said = Said("same", "查看现场和记录，与申报材料一致。" if number == 0 else "", "", line.planned, line.planned)
        if number == 2:
            said = Said("unseen", "当天检修停用，未能查看运行情况。")
        records.note(session, application, line, said, 0, by=by, at=story.later(minutes=6))
        if number == 0:
            taken_at, limit = story.at, story.programme.evidence.file_mb * 1024 * 1024
            kept = keep(story.store, accept("现场照片.png", photo(), story.programme.evidence.types, limit))
            records.add_photo(
                session, application, line, "example-photo-1", "现场照片.png", kept, None, taken_at, by=by,
                at=story.later(minutes=1),
            )  # fmt: skip
    session.flush()
