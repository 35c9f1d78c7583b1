"""Pages of the experts' seats and sheets, the round and the visit on site; the first check has its own file."""

from datetime import date, timedelta

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, language, web
from cellcert.application.lifecycle import Act, Relation, State, is_open
from cellcert.application.models import Application, Assignment
from cellcert.assessment.steps import steps
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.sheet import in_language
from cellcert.database import db
from cellcert.errors import NotFound
from cellcert.forms import PostForm
from cellcert.people.models import Post
from cellcert.review import (
    actions,
    checking_routes,
    clarify_routes,
    forms,
    queries,
    redaction_routes,
    score_routes,
    seat_care,
    seat_routes,
)
from cellcert.review.consensus import minutes_of
from cellcert.review.models import Reopening, ScoreSheet, SecondRound
from cellcert.review.pages import bp, done_when, page, revision_shown
from cellcert.review.site import record_routes
from cellcert.review.site import routes as visit_routes

# what the application registers
__all__ = [
    "bp", "checking_routes", "clarify_routes", "record_routes", "redaction_routes", "score_routes", "seat_routes",
    "visit_routes",
]  # fmt: skip


# experts' seats


@bp.route("/experts", methods=["GET", "POST"])
def assign(application_id: int) -> ResponseReturnValue:
    """Who sits on the case; assign, extend, replace."""
    application = web.load(application_id, Act.ASSIGN if request.method == "POST" else Act.READ_EXPERTS)
    programme, at = web.house().library.programme, clock.now()
    public_mail = programme.review.public_mail
    pool = queries.candidates(db.session(), application, public_mail)
    free = {line.post_id: f"{line.name}　{line.employer}" for line in pool if line.hindrance is None}
    usual = clock.day_of(at, web.zone()) + timedelta(days=programme.review.days)
    new = forms.AssignForm(data={"due": usual}) if _doing("assign") else forms.AssignForm(None, data={"due": usual})
    new.posts.choices = list(free.items())
    seat = next((one for one in application.seats if str(one.id) == request.values.get("seat") and one.is_open), None)
    later = forms.ExtendForm() if _doing("extend") else forms.ExtendForm(None)
    other = forms.ReplaceForm() if _doing("replace") else forms.ReplaceForm(None)
    other.post.choices = [(0, gettext("暂不接替，稍后再指派")), *free.items()]
    here = url_for(".assign", application_id=application_id)

    def give(post_ids: list[int], due: date) -> None:
        for post in db.session.query(Post).where(Post.id.in_(post_ids)).order_by(Post.id):
            limit = clock.end_of(due, web.zone())
            actions.assign(application, post, limit, by=web.me(), at=at, session=db.session(), public_mail=public_mail)

    def extend(seat: Assignment) -> None:
        limit, reason = clock.end_of(later.due.data, web.zone()), later.reason.data
        seat_care.extend(db.session(), application, seat, limit, reason, by=web.me(), at=at, public_mail=public_mail)

    def replace(seat: Assignment) -> None:
        due = max(usual, web.last_day(seat.due_at))
        actions.replace(db.session(), application, seat, other.reason.data, by=web.me(), at=at)
        give([other.post.data], due)

    if _doing("assign") and done_when(new, application, lambda: give(new.posts.data, new.due.data)):
        return web.done(here, gettext("已指派。专家会收到通知。"))
    if seat and _doing("extend") and done_when(later, application, lambda: extend(seat)):
        return web.done(here, gettext("评分截止时间已更改。"))
    if seat and _doing("replace") and done_when(other, application, lambda: replace(seat)):
        return web.done(here, gettext("已更换专家。"))
    form = later if _doing("extend") else other if _doing("replace") else new
    return page(
        "assign", form, application, new=new, later=later, other=other, seat=seat, at=at, free=free,
        second=actions.second_round(db.session(), application),
        seats=queries.round_progress(db.session(), application), barred=[line for line in pool if line.hindrance],
        least=programme.review.experts, sentence=language.sentence,
    )  # fmt: skip


def _doing(what: str) -> bool:
    return request.method == "POST" and request.form.get("do") == what


@bp.post("/declare")
def declare(application_id: int) -> ResponseReturnValue:
    """An expert declares to have no interest in the case."""
    application = web.load(application_id, Act.SCORE)
    form = forms.DeclareForm()
    if done_when(form, application, lambda: actions.declare(db.session(), application, by=web.me(), at=clock.now())):
        return web.done(url_for(".score", application_id=application_id))
    return page("declare", form, application, seat=actions.seat_of(application, web.me()))


@bp.route("/step-down", methods=["GET", "POST"])
def step_down(application_id: int) -> ResponseReturnValue:
    """An expert leaves the case because of a conflict of interest."""
    application = web.load(application_id, Act.STEP_DOWN)
    form = forms.ReasonForm()

    def act() -> None:
        actions.step_down(db.session(), application, form.reason.data, by=web.me(), at=clock.now())

    if done_when(form, application, act):
        return web.done(url_for("desk.home"), gettext("已回避。市办会另行指派专家。"))
    return page("step_down", form, application)


# experts' sheets (score_routes has the sheet itself)


@bp.route("/sheets/<int:sheet_id>/ask-reopen", methods=["GET", "POST"])
def ask_reopen(application_id: int, sheet_id: int) -> ResponseReturnValue:
    """Ask to open a handed-in sheet again."""
    application = web.load(application_id, Act.ASK_REOPEN)
    sheet = db.session.get(ScoreSheet, sheet_id)
    me, form = web.me(), forms.ReasonForm()
    seated = {seat.person_id for seat in application.seats if seat.is_open}
    if sheet is None or sheet.application_id != application_id or sheet.person_id not in seated:
        raise NotFound
    mine = sheet.person_id == me.person_id
    if application.relation_to(me) is Relation.EXPERT and not mine:
        raise NotFound

    def act() -> None:
        actions.ask_reopen(db.session(), application, sheet, form.reason.data, by=me, at=clock.now())

    if done_when(form, application, act):
        back = ".score" if mine else ".assign"
        return web.done(url_for(back, application_id=application_id), gettext("重开申请已提出，等待审定人批准。"))
    return page("ask_reopen", form, application, whose=sheet.person.name, mine=mine)


@bp.route("/reopenings/<int:reopening_id>", methods=["GET", "POST"])
def reopen(application_id: int, reopening_id: int) -> ResponseReturnValue:
    """Approve the reopening of a sheet."""
    application = web.load(application_id, Act.REOPEN)
    asked = db.session.get(Reopening, reopening_id)
    if asked is None or asked.sheet.application_id != application_id or asked.approved_at is not None:
        raise NotFound
    form = forms.ReopenForm()

    def act() -> None:
        actions.reopen(db.session(), application, asked, by=web.me(), at=clock.now())

    if form.accepted() and web.proved(form) and done_when(form, application, act):
        return web.done(url_for("desk.home"), gettext("已批准重开，专家可以修改后重新提交。"))
    return page("reopen", form, application, asked=asked, fresh=web.is_fresh())


# the round


@bp.route("/close-round", methods=["GET", "POST"])
def close_round(application_id: int) -> ResponseReturnValue:
    """Combine the sheets and go on."""
    application = web.load(application_id, Act.CLOSE_ROUND)
    programme, form = web.house().library.programme, forms.CloseForm()
    rule = "never" if actions.been_on_site(application) else programme.review.on_site
    if rule != "optional":
        form.on_site.data = "yes" if rule == "required" else "no"
        form.on_site.raw_data = [form.on_site.data]

    opened: list[SecondRound] = []

    def act() -> None:
        checklist, on_site = checklist_of(application.edition), form.on_site.data == "yes"
        revision = revision_shown(application)
        given = actions.close_round(
            db.session(), application, checklist, revision, programme, on_site, by=web.me(), at=clock.now()
        )
        if isinstance(given, SecondRound):
            opened.append(given)

    if done_when(form, application, act):
        if opened:
            told = gettext("有 %(n)s 项差异超过限度，已开启第二轮评分，专家会收到通知。", n=len(opened[0].items))
            return web.done(url_for(".assign", application_id=application_id), told)
        return web.done(url_for(".result", application_id=application_id), gettext("评审已结束，结果如下。"))
    seats = [seat for seat in queries.round_progress(db.session(), application) if seat.is_open]
    least = programme.review.experts
    second = actions.second_round(db.session(), application)
    return page(
        "close_round", form, application, seats=seats, rule=rule, at=clock.now(), least=least,
        may_go_on=bool(programme.review.second_days) and second is None,
    )  # fmt: skip


@bp.get("/result")
def result(application_id: int) -> ResponseReturnValue:
    """What the experts found, after the round closed."""
    application = web.load(application_id, Act.READ_TOTALS)
    session, checklist = db.session(), checklist_of(application.edition)
    relation = application.relation_to(web.me())
    found = actions.result_of(session, application)
    sheet = in_language(found.sheet, language.current_language()) if found else {}
    sheets = _counted(application, found.round) if found else []
    names = is_open(Act.READ_SCORES, relation, application.state)
    return page(
        "result", PostForm(None), application, found=found, checklist=checklist, steps=steps(checklist),
        sheet=sheet, items={line["key"]: line for line in sheet["items"]} if sheet else {},
        gaps={gap["key"]: gap for gap in found.discrepancies} if found else {},
        comments=_comments(sheets), opinions=sorted(sheet.opinion for sheet in sheets if sheet.opinion),
        sheets=sheets if names else [], again=_recheck(application) if names and found else [],
        reports=queries.on_site_reports(session, application) if _reads_reports(relation, application.state) else [],
        names=is_open(Act.READ_EXPERTS, relation, application.state),
        minutes=minutes_of(actions.second_round(session, application, found.round), found, sheets) if found else [],
    )  # fmt: skip


def _counted(application: Application, round_: int) -> list[ScoreSheet]:
    """The sheets a round was combined from: handed in, by those who stayed."""
    stayed = {seat.person_id for seat in application.assignments if seat.round == round_ and seat.is_open}
    sheets = actions.sheets_of(db.session(), application, round_)
    return [sheet for sheet in sheets if sheet.handed_in_at and sheet.person_id in stayed]


def _recheck(application: Application) -> list[ScoreSheet]:
    """The sheets of a re-check, which has no result of its own: shown once everybody has handed in."""
    if actions.round_is_closed(db.session(), application):
        return []
    sheets = _counted(application, application.round)
    return sheets if len(sheets) == sum(1 for seat in application.seats if seat.is_open) else []


def _comments(sheets: list[ScoreSheet]) -> dict[str, list[str]]:
    """What experts said of each item, in an order that does not tell who said it."""
    said: dict[str, list[str]] = {}
    for sheet in sheets:
        for key, text in sheet.comments.items():
            said.setdefault(key, []).append(text)
    return {key: sorted(texts) for key, texts in said.items()}


def _reads_reports(relation: Relation, state: State) -> bool:
    return is_open(Act.READ_NOTES, relation, state)
