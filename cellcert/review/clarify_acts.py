"""Ask a unit about one place, answer, and remind it once; nothing here is a return, and nothing moves the case."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import Actor, Role
from cellcert.application.actions import tell_unit
from cellcert.application.lifecycle import Act, Relation, is_open
from cellcert.application.models import Application
from cellcert.audit.actions import record
from cellcert.criteria.calendar import Calendar
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.programme import Programme
from cellcert.errors import N_, NotAllowed, NotFound, NotReady, TooLarge, Unusable
from cellcert.evidence.actions import MEGABYTE, Kept
from cellcert.evidence.rules import file_name
from cellcert.inbox.actions import tell
from cellcert.outbox.actions import enqueue
from cellcert.review.clarify_models import Clarification, ClarificationFile
from cellcert.review.clarify_queries import all_said, place_of
from cellcert.review.clarify_rules import LONGEST, MOST_FILES, MOST_SAID, Level, levels_for, may_read, waits_for_unit

MORNING = timedelta(hours=9)  # a reminder comes with the working day


def say(
    session: Session,
    application: Application,
    item: str,
    level: Level,
    text: str,
    programme: Programme,
    calendar: Calendar,
    *,
    by: Actor,
    at: datetime,
) -> Clarification:
    """Write about one place to those the level names (B54); what is written to the unit is a question with a day."""
    application.permit(Act.ASK_UNIT, by)
    relation = application.relation_to(by)
    if application.awaits_declaration(by):
        raise NotReady(N_("请先声明与本案没有利害关系，再开始评分。"))
    if level not in levels_for(relation):
        raise NotAllowed(N_("专家各自独立评审，只能问申报单位，或写给市办。"))
    said = _said_before(session, application, item, text, by)
    day = clock.day_of(at, programme.time_zone)
    due_on = calendar.add_working_days(day, programme.review.clarification_days) if level is Level.UNIT else None
    message = Clarification(
        application_id=application.id, item=item, role=by.role, level=level.value, text=text, by=by.signatory, at=at,
        due_on=due_on,
    )  # fmt: skip
    session.add(message)
    session.flush()
    record(
        session, Act.ASK_UNIT.slug, f"application:{application.id}", by=by, at=at, item=item, level=level.value,
        clarification=message.id,
    )  # fmt: skip
    if due_on is None:
        return message
    # counted among what the unit reads: nothing it gets tells how much was said without it
    number = 1 + sum(one.level == Level.UNIT and one.role is not Role.APPLICANT for one in said)
    tell_unit(
        session, application, f"question-{item}-{number}", f"申报 {application.reference} 有一项需要您说明",
        f"{application.unit.name}：\n审核中有一项需要说明，请在 {due_on.isoformat()} 前（含当日）在申报页面"
        f"“询问和答复”处答复，可附材料。这不是退回补正，申报不用重新提交。\n{text}", at=at,
    )  # fmt: skip
    days = programme.review.clarification_days
    reminder = calendar.add_working_days(day, days - 1) if days > 1 else due_on
    job = enqueue(
        session, "remind-question", f"{application.id}-{item}-{number}", at=at, application_id=application.id,
        item=item, number=number,
    )  # fmt: skip
    job.not_before = clock.start_of(reminder, programme.time_zone) + MORNING
    return message


def answer(
    session: Session,
    application: Application,
    item: str,
    text: str,
    files: Sequence[tuple[str, Kept]],
    programme: Programme,
    *,
    by: Actor,
    at: datetime,
) -> Clarification:
    """Answer what was asked about a place (B55), with files if there are any; after the day as well."""
    application.permit(Act.ANSWER_UNIT, by)
    said = _said_before(session, application, item, text, by)
    if waits_for_unit(said) is None:
        raise NotReady(N_("这一项没有等您答复的询问。"))
    if len(files) > MOST_FILES:
        raise TooLarge(N_("一次答复最多可附 {most} 个文件。请把几个合成一个 PDF。"), most=MOST_FILES)
    kept = {file.sha256: file.size for one in said for file in one.files}
    kept |= {file.sha256: file.size for _, file in files}
    most = programme.evidence.file_mb * MOST_FILES
    if sum(kept.values()) > most * MEGABYTE:
        raise TooLarge(N_("材料总量超过 {most} MB。请压缩后再上传。"), most=most)
    message = Clarification(
        application_id=application.id, item=item, role=by.role, level=Level.UNIT.value, text=text, by=by.signatory,
        at=at,
    )  # fmt: skip
    message.files = [
        ClarificationFile(
            name=file_name(name, one.extension), sha256=one.sha256, media_type=one.media_type, size=one.size,
            added_at=at,
        )
        for name, one in {one.sha256: (name, one) for name, one in files}.values()
    ]  # fmt: skip
    session.add(message)
    session.flush()
    record(
        session, Act.ANSWER_UNIT.slug, f"application:{application.id}", by=by, at=at, item=item,
        clarification=message.id, files=[one.sha256 for one in message.files],
    )  # fmt: skip
    _tell_who_asked(session, application, said, at=at)
    return message


def _said_before(session: Session, application: Application, item: str, text: str, by: Actor) -> list[Clarification]:
    if place_of(checklist_of(application.edition), item) is None:
        raise NotFound
    if not text:
        raise Unusable(N_("请写明内容。"))
    if len(text) > LONGEST:
        raise Unusable(N_("请控制在 {most} 字以内。"), most=LONGEST)
    said = all_said(session, application, item)
    relation = application.relation_to(by)
    # counted among what who writes may read: nobody is stopped by, or learns of, what others told each other
    if sum(may_read(one, relation, by.person_id) for one in said) >= MOST_SAID:
        raise TooLarge(N_("这一项的询问和答复已有 {most} 条，不能再写。"), most=MOST_SAID)
    return said


def _tell_who_asked(session: Session, application: Application, said: Sequence[Clarification], *, at: datetime) -> None:
    """Those whose question is answered now find it in the inbox; the case goes by its number alone."""
    asked: dict[int, int] = {}
    for message in said:
        if message.role is Role.APPLICANT:
            asked.clear()
        elif message.level == Level.UNIT:
            posts = [post.id for post in message.person.open_posts if post.role is message.role]
            asked.update(dict.fromkeys([message.by], posts[0]) if posts else {})
    text = "您询问的一项，申报单位已经答复。请登录查看。"
    tell(
        session, asked.values(), f"申报 {application.reference} 已答复询问", text, at=at, application_id=application.id
    )


def remind(session: Session, application: Application, item: str, number: int, *, at: datetime) -> bool:
    """Remind the unit of a question it has not answered, while it can; whether there was anything to say."""
    if not is_open(Act.ANSWER_UNIT, Relation.OWN, application.state):
        return False
    said = all_said(session, application, item)
    asked = [one for one in said if one.level == Level.UNIT and one.role is not Role.APPLICANT]
    if len(asked) < number or any(one.role is Role.APPLICANT and one.id > asked[number - 1].id for one in said):
        return False
    due_on = asked[number - 1].due_on
    if len(asked) > number or due_on is None:
        return False  # asked again meanwhile: that question has its own reminder
    tell_unit(
        session, application, f"question-{item}-{number}-reminder",
        f"申报 {application.reference} 的询问还没有答复",
        f"{application.unit.name}：\n审核中有一项请您说明，期限 {due_on.isoformat()}（含当日），目前还没有收到答复。"
        "请在申报页面“询问和答复”处答复。", at=at,
    )  # fmt: skip
    return True
