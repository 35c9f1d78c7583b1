"""Arrange a visit, and agree with the unit when it comes."""

from collections.abc import Collection, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from cellcert.actors import Actor, Role
from cellcert.application.lifecycle import Act
from cellcert.application.models import Application
from cellcert.audit.actions import record
from cellcert.criteria.programme import Programme
from cellcert.errors import N_, NotReady, Unusable
from cellcert.inbox.actions import tell, tell_people_of
from cellcert.outbox.actions import enqueue
from cellcert.people.models import Person, Post
from cellcert.review.site.models import Visit, VisitMember
from cellcert.review.site.queries import candidates, visit_of
from cellcert.review.site.rules import calendar_entry


def arrange(
    session: Session,
    application: Application,
    team: Sequence[Post],
    lead: int | None,
    starts_at: datetime,
    place: str,
    note: str,
    asked: Collection[str],
    programme: Programme,
    *,
    by: Actor,
    at: datetime,
) -> Visit:
    """Name the team and propose a time to the unit (B52); ``lead`` is the person who leads, none for the one before."""
    application.permit(Act.ARRANGE_VISIT, by)
    visit = visit_of(session, application)
    refuse_settled(visit)
    free = {post.person_id: post for post in candidates(session, application, programme.review.public_mail)}
    if any(post.person_id not in free for post in team):
        raise NotReady(N_("所选人员中有人不能参加本案核查，请刷新页面重新选择。"))
    chosen = {post.person_id: post.role for post in team}
    if by.role is not Role.OFFICE and visit is not None:  # who the experts are is the office's to know and to choose
        chosen |= {one.person_id: one.role for one in visit.members if one.role is Role.EXPERT}
        lead = lead or (visit.lead_id if chosen.get(visit.lead_id) is Role.EXPERT else None)
    if lead not in chosen:
        raise Unusable(N_("请从核查组成员中指定一位组长。"))
    before = (visit.starts_at, visit.place) if visit else None
    if before != (starts_at, place) and starts_at <= at:
        raise Unusable(N_("核查时间应晚于现在。"))
    if visit is None:
        visit = Visit(application_id=application.id, round=application.round, members=[])
        session.add(visit)
    meant = visit.other_at is not None and visit.other_at == starts_at
    visit.starts_at, visit.place, visit.note, visit.lead_id, visit.asked = starts_at, place, note, lead, sorted(asked)
    visit.arranged_by, visit.arranged_at = by.signatory, at
    _change_team(visit, chosen)
    if before != (starts_at, place):
        visit.standing = "agreed" if meant else "proposed"
        visit.other_at, visit.other_because = None, ""
    session.flush()
    session.refresh(visit)
    if before != (starts_at, place):
        _tell_of_time(session, application, visit, programme, agreed=meant, at=at)
    record(
        session, "arrange-visit", f"application:{application.id}", by=by, at=at, starts_at=starts_at, place=place,
        team=sorted(chosen), lead=lead, asked=sorted(asked),
    )  # fmt: skip
    return visit


def _change_team(visit: Visit, chosen: dict[int, Role]) -> None:
    visit.members = [one for one in visit.members if one.person_id in chosen]
    there = {one.person_id for one in visit.members}
    visit.members += [VisitMember(person_id=id_, role=role) for id_, role in chosen.items() if id_ not in there]


def agree(session: Session, application: Application, programme: Programme, *, by: Actor, at: datetime) -> Visit:
    """The unit takes the time that was proposed (B53)."""
    visit = _asked(session, application, by)
    visit.standing, visit.other_at, visit.other_because = "agreed", None, ""
    record(session, "answer-visit", f"application:{application.id}", by=by, at=at, agreed=True)
    when = in_words(visit.starts_at, programme)
    text = f"{application.unit.name} 已确认现场核查时间：{when}，{visit.place}。"
    _tell_visitors(session, application, visit, "申报单位已确认现场核查时间", text, programme, at=at, entry=True)
    return visit


def ask_for_another_time(
    session: Session,
    application: Application,
    other_at: datetime,
    because: str,
    programme: Programme,
    *,
    by: Actor,
    at: datetime,
) -> Visit:
    """The unit cannot at that time and names another (B53)."""
    visit = _asked(session, application, by)
    if other_at <= at:
        raise Unusable(N_("核查时间应晚于现在。"))
    if not because:
        raise Unusable(N_("请写明改约的原因。"))
    visit.standing, visit.other_at, visit.other_because = "other", other_at, because
    record(session, "answer-visit", f"application:{application.id}", by=by, at=at, agreed=False, other_at=other_at)
    when, other = in_words(visit.starts_at, programme), in_words(other_at, programme)
    text = (
        f"{application.unit.name} 不便在 {when} 接受现场核查，希望改为 {other}。原因：{because}\n请登录后确认或另约。"
    )
    _tell_visitors(session, application, visit, "申报单位希望改约现场核查时间", text, programme, at=at)
    return visit


def _asked(session: Session, application: Application, by: Actor) -> Visit:
    application.permit(Act.ANSWER_VISIT, by)
    visit = visit_of(session, application)
    if visit is None:
        raise NotReady(N_("还没有安排现场核查，安排后会通知您。"))
    refuse_settled(visit)
    return visit


def refuse_settled(visit: Visit | None) -> None:
    """What was signed stays as it is."""
    if visit is None:
        return
    if visit.is_closed:
        raise NotReady(N_("核查记录已经定稿，不能再更改。"))
    if visit.signed:
        raise NotReady(N_("核查记录已有人签字，不能再更改。确需更改的，请先在核查页作废签字。"))


def in_words(moment: datetime, programme: Programme) -> str:
    """2027年3月4日 09:30, as mails say it."""
    here = moment.astimezone(ZoneInfo(programme.time_zone))
    return f"{here.year}年{here.month}月{here.day}日 {here:%H:%M}"


def _tell_of_time(
    session: Session, application: Application, visit: Visit, programme: Programme, *, agreed: bool, at: datetime
) -> None:
    unit, when = application.unit, in_words(visit.starts_at, programme)
    asked = "已按您提出的时间安排。" if agreed else "请登录后确认；不便的，请提出另一个时间。"
    extra = f"\n请准备：{visit.note}" if visit.note else ""
    subject = f"申报 {application.reference} 的现场核查：{when}"
    text = f"{unit.name}：\n拟于 {when} 到 {visit.place} 现场核查。{asked}{extra}"
    tell_people_of(session, unit.id, subject, text, at=at, application_id=application.id)
    if unit.contact_email:
        _mail(session, visit, "unit", unit.contact_email, subject, text, at=at, entry=_entry(application, visit, at))
    going = f"{unit.name}（{application.reference}）的现场核查：{when}，{visit.place}。您是核查组成员。"
    _tell_visitors(session, application, visit, "请参加现场核查", going, programme, at=at, entry=agreed, office=False)


def _tell_visitors(
    session: Session,
    application: Application,
    visit: Visit,
    subject: str,
    text: str,
    programme: Programme,
    *,
    at: datetime,
    entry: bool = False,
    office: bool = True,
) -> None:
    """Everybody of the team, and who arranged it."""
    people = {one.person_id: (one.person, one.role) for one in visit.members}
    if office and visit.arranged_by not in people:
        arranger = session.get_one(Person, visit.arranged_by)
        own = [post for post in arranger.open_posts if post.role in {Role.OFFICE, Role.DISTRICT}]
        if own:
            people[arranger.id] = (arranger, own[0].role)
    for person, role in people.values():
        posts = [post.id for post in person.open_posts if post.role is role]
        tell(session, posts[:1], subject, text, at=at, application_id=application.id)
        if posts and person.email:
            calendar = _entry(application, visit, at) if entry else ""
            _mail(session, visit, str(person.id), person.email, subject, text, at=at, entry=calendar)


def _entry(application: Application, visit: Visit, at: datetime) -> str:
    summary = f"现场核查：{application.unit.name}"
    return calendar_entry(f"visit-{visit.id}@cellcert", visit.starts_at, summary, visit.place, at)


def _mail(
    session: Session, visit: Visit, who: str, to: str, subject: str, text: str, *, at: datetime, entry: str = ""
) -> None:
    key = f"visit-{visit.id}-{visit.version}-{int(at.timestamp() * 1000)}-{who}"
    enqueue(session, "mail", key, at=at, key=key, to=to, subject=subject, text=text, calendar=entry)


def is_member(visit: Visit | None, person_id: int | None) -> bool:
    """Whether this person goes."""
    return visit is not None and any(one.person_id == person_id for one in visit.members)
