"""Pages of the visit on site: what was arranged, the unit's answer, the end."""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, web
from cellcert.actors import Role
from cellcert.application.lifecycle import Act, Relation, State, is_open
from cellcert.application.models import Application
from cellcert.assessment.steps import not_asked
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.schema import Checklist
from cellcert.database import db
from cellcert.errors import N_, Changed, NotFound, Unusable
from cellcert.forms import PostForm
from cellcert.people.models import Post
from cellcert.review import actions as reports
from cellcert.review import queries
from cellcert.review.pages import bp, done_when, page, revision_shown
from cellcert.review.site import actions, forms, records
from cellcert.review.site.ending import end_on_site as end
from cellcert.review.site.ending import to_look_at_again
from cellcert.review.site.models import Visit
from cellcert.review.site.queries import candidates, last_visit, visit_of
from cellcert.review.site.rules import Line, fingerprint, is_for_site, lines, to_visit

__all__ = ["bp"]


def names_shown(application: Application) -> bool:
    """Whether the reader may know who the experts are."""
    return is_open(Act.READ_EXPERTS, application.relation_to(web.me()), application.state)


def things_to_visit(application: Application, visit: Visit | None) -> tuple[Checklist, list[Line]]:
    """The checklist, and what is looked at on site."""
    checklist, revision = checklist_of(application.edition), revision_shown(application)
    off = not_asked(checklist, revision.answers)
    return checklist, to_visit(checklist, off, visit.asked if visit else ())


def record_of(application: Application, visit: Visit) -> dict[str, Any]:
    """What is signed, as it stands now; what it was once it is closed."""
    if visit.is_closed:
        return visit.record
    _, there = things_to_visit(application, visit)
    return records.content(application, visit, there, revision_shown(application))


def moment_of(day: date, hour: time) -> datetime:
    """A day and an hour of the city as a moment."""
    return datetime.combine(day, hour, ZoneInfo(web.zone())).astimezone(UTC)


@bp.route("/on-site", methods=["GET", "POST"])
def on_site(application_id: int) -> ResponseReturnValue:
    """What was arranged and recorded; a report in plain words where no visit was arranged here."""
    opens = (Act.REPORT_ON_SITE, None) if request.method == "POST" else (Act.READ, Act.READ_NOTES)
    application = web.load(application_id, *opens)
    me, form, today = web.me(), forms.OnSiteForm(), clock.day_of(clock.now(), web.zone())
    relation = application.relation_to(me)
    if not is_open(Act.REPORT_ON_SITE, relation, application.state):
        application.permit(Act.READ_NOTES, me)
    if request.method == "GET":
        form.visited_on.data = today

    def act() -> None:
        records.report_refused(db.session(), application)
        if form.visited_on.data > today:
            raise Unusable(N_("核查日期不能晚于今天。"))
        day, text = form.visited_on.data, form.text.data
        reports.report_on_site(db.session(), application, day, text, by=me, at=clock.now())

    if done_when(form, application, act):
        return web.done(url_for(".on_site", application_id=application_id), gettext("现场核查记录已提交。"))
    filed = queries.on_site_reports(db.session(), application)
    visit = last_visit(db.session(), application)
    here = visit is not None and visit.round == application.round
    goes = here and actions.is_member(visit, me.person_id)
    if not is_open(Act.READ_NOTES, relation, application.state) and not goes:
        filed = [report for report in filed if report.by == me.person_id]
    shown = visit if is_open(Act.READ_NOTES, relation, application.state) or goes else None
    return page(
        "on_site", form, application, reports=filed, names=names_shown(application), visit=shown, here=here,
        goes=goes, told=record_of(application, shown) if shown else None,
    )  # fmt: skip


@bp.route("/on-site/arrange", methods=["GET", "POST"])
def arrange_visit(application_id: int) -> ResponseReturnValue:
    """Name the team and propose a time to the unit."""
    application = web.load(application_id, Act.ARRANGE_VISIT)
    session, me, programme = db.session(), web.me(), web.house().library.programme
    visit = visit_of(session, application)
    actions.refuse_settled(visit)
    everybody = candidates(session, application, programme.review.public_mail)
    is_office = me.role is Role.OFFICE
    free = [post for post in everybody if is_office or post.role is not Role.EXPERT]
    there = {one.person_id for one in visit.members} if visit else set()
    checklist, _ = things_to_visit(application, visit)
    off = not_asked(checklist, revision_shown(application).answers)
    others = [line for line in lines(checklist, off) if not is_for_site(line)]
    kept: dict[str, Any] = {"place": application.unit.address}
    if visit:
        begins = (visit.other_at or visit.starts_at).astimezone(ZoneInfo(web.zone()))
        kept = {
            "day": begins.date(), "hour": begins.time(), "place": visit.place, "note": visit.note, "asked": visit.asked,
            "team": [post.id for post in free if post.person_id in there],
            "lead": next((post.id for post in free if post.person_id == visit.lead_id), 0),
        }  # fmt: skip
    form = forms.ArrangeForm(data=kept)
    form.team.choices = [(post.id, _called(post)) for post in free]
    hidden = [one for one in visit.members if one.role is Role.EXPERT] if visit and not is_office else []
    unchanged = (
        [(0, gettext("仍由评审专家担任"))] if any(one.person_id == visit.lead_id for one in hidden if visit) else []
    )
    form.lead.choices = [*unchanged, *form.team.choices]
    form.asked.choices = [(line.key, f"{line.number} {line.thing.text.zh}".strip()) for line in others]
    seen = str(visit.version if visit else 0)

    def act() -> None:
        if form.seen.data != seen:
            raise Changed
        chosen = [post for post in free if post.id in form.team.data]
        lead = next((post.person_id for post in chosen if post.id == form.lead.data), None)
        actions.arrange(
            session, application, chosen, lead, moment_of(form.day.data, form.hour.data), form.place.data,
            form.note.data or "", form.asked.data or [], programme, by=me, at=clock.now(),
        )  # fmt: skip

    if done_when(form, application, act):
        return web.done(
            url_for(".on_site", application_id=application_id), gettext("已安排，并已通知申报单位和核查组。")
        )
    form.seen.data, form.seen.raw_data = seen, None
    _, marked = things_to_visit(application, None)
    return page("on_site_arrange", form, application, visit=visit, hidden=hidden, marked=marked, is_office=is_office)


def _called(post: Post) -> str:
    """A candidate with the place the post is held at."""
    programme, zh = web.house().library.programme, "zh"
    if post.division:
        where = programme.division(post.division).name.text(zh)
    elif post.department:
        where = programme.department(post.department).name.text(zh)
    else:
        where = post.person.employer
    return f"{post.person.name}　{gettext(post.role.label)}　{where}".strip()


@bp.route("/on-site/appointment", methods=["GET", "POST"])
def appointment(application_id: int) -> ResponseReturnValue:
    """The unit confirms or asks for another time; then it reads, signs and adds its own words."""
    application = web.load(application_id, Act.ANSWER_VISIT)
    session, me, at, programme = db.session(), web.me(), clock.now(), web.house().library.programme
    visit = visit_of(session, application)
    doing = request.form.get("do", "") if request.method == "POST" else ""
    agreed = PostForm() if doing == "agree" else PostForm(None)
    other = forms.OtherTimeForm() if doing == "other" else forms.OtherTimeForm(None)
    words = forms.StatementForm() if doing == "state" else forms.StatementForm(None)
    told = record_of(application, visit) if visit else {}
    shown = visit.record["content"] if visit and visit.is_closed else fingerprint(told) if visit else ""
    signing = forms.SignForm() if doing == "sign" else forms.SignForm(None, data={"name": me.name})
    here = url_for(".appointment", application_id=application_id)

    def agree() -> None:
        actions.agree(session, application, programme, by=me, at=at)

    def ask() -> None:
        wish, because = moment_of(other.day.data, other.hour.data), other.because.data
        actions.ask_for_another_time(session, application, wish, because, programme, by=me, at=at)

    def state() -> None:
        records.state(session, application, words.text.data, by=me, at=at)

    def sign() -> None:
        records.sign(
            session, application, told, signing.shown.data or "", "unit", signing.name.data, signing.title.data or "",
            signing.line.data or "", by=me, at=at,
        )  # fmt: skip

    if doing == "agree" and done_when(agreed, application, agree):
        return web.done(here, gettext("已确认现场核查时间。"))
    if doing == "other" and done_when(other, application, ask):
        return web.done(here, gettext("已提出另一个时间，等待对方确认。"))
    if doing == "state" and done_when(words, application, state):
        return web.done(here, gettext("已加入核查记录。"))
    if doing == "sign" and done_when(signing, application, sign):
        return web.done(here, gettext("已签字。"))
    form = {"agree": agreed, "other": other, "state": words, "sign": signing}.get(doing, agreed)
    signing.shown.data, signing.line.data, signing.shown.raw_data = shown, "", None
    return page(
        "on_site_appointment", form, application, visit=visit, told=told, agreed=agreed, other=other, words=words,
        signing=signing, names=False, complete=bool(told) and all(one["verdict"] for one in told["items"]),
    )  # fmt: skip


@bp.route("/end-on-site", methods=["GET", "POST"])
def end_on_site(application_id: int) -> ResponseReturnValue:
    """End the on-site check: to the decision, or back to the experts for what was found to differ."""
    application = web.load(application_id, Act.END_ON_SITE)
    session, programme, form = db.session(), web.house().library.programme, forms.EndForm()
    checklist = checklist_of(application.edition)

    def act() -> None:
        end(session, application, checklist, programme, by=web.me(), at=clock.now())

    if done_when(form, application, act):
        if application.state is State.REVIEW:
            told = gettext("现场核查已结束。与申报不符的项目已请专家再看一次，专家会收到通知。")
            return web.done(url_for(".assign", application_id=application_id), told)
        return web.done(url_for("desk.home"), gettext("现场核查已结束，申报转入待审定。"))
    visit = visit_of(session, application)
    again = to_look_at_again(visit, checklist) if programme.review.second_days else {}
    return page(
        "end_on_site", form, application, reports=queries.on_site_reports(session, application), visit=visit,
        again=[(checklist.item(key), why) for key, why in again.items()],
    )  # fmt: skip


def refuse_unread(application: Application) -> Visit:
    """The newest visit, for somebody who may read what was found; the unit once there is something to sign."""
    visit = last_visit(db.session(), application)
    relation = application.relation_to(web.me())
    if visit is None:
        raise NotFound
    if relation is Relation.OWN or is_open(Act.READ_NOTES, relation, application.state):
        return visit
    if not actions.is_member(visit, web.me().person_id):
        raise NotFound
    return visit
