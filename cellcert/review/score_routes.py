"""The expert's score sheet: the whole of it or one item at a time; every item saves itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import cast

from flask import get_template_attribute, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, language, repeats, web
from cellcert.application.lifecycle import Act, Relation, is_open
from cellcert.application.models import Application
from cellcert.assessment import actions as answering
from cellcert.assessment.forms import Fault, as_typed, read_item_answers, visible
from cellcert.assessment.print_pdf import print_score_sheet
from cellcert.assessment.section_routes import THEIRS, saved_words
from cellcert.assessment.steps import numbers
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.schema import Item
from cellcert.criteria.scorer import score as scored_sheet
from cellcert.criteria.sheet import AnswerFaults
from cellcert.criteria.text import Text
from cellcert.database import db
from cellcert.errors import N_, Changed, NotFound, NotReady, Unusable
from cellcert.forms import PostForm
from cellcert.ledger.table import LARGEST_FILE
from cellcert.review import actions, forms
from cellcert.review.own_sheet import OwnSheet, own_sheet, save_marks
from cellcert.review.pages import bp, files_shown, page, revision_shown
from cellcert.review.rules import sheet_answers, unscored
from cellcert.review.sheet_cards import parts_shown
from cellcert.review.sheet_fields import fields_of
from cellcert.review.sheet_file import CellFault, Change, Filled, read_sheet
from cellcert.review.sheet_print import sheet_printed

LONGEST_COMMENT = 1000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Two:
    """What was typed of an item, and what another window saved meanwhile; ``item`` is none for the opinion."""

    place: str
    item: Item | None
    answer: object
    words: str
    kept_answer: object
    kept_words: str
    seen: str


@bp.route("/score", methods=["GET", "POST"])
def score(application_id: int) -> ResponseReturnValue:
    """The expert's sheet; what is measured is computed, the rest is for the expert to judge."""
    application = web.load(application_id, Act.SCORE if request.method == "POST" else Act.READ_OWN_SCORE)
    if (waiting := _undeclared(application)) is not None:
        return waiting
    own = own_sheet(db.session(), application, by=web.me(), at=clock.now())
    form = forms.SheetForm(data={"opinion": own.opinion})
    if request.method == "GET" or not form.accepted():
        return _sheet_page(own, form)
    return _save_page(own, form)


def _undeclared(application: Application) -> ResponseReturnValue | None:
    """The declaration, for whom the case is not open yet."""
    seat = actions.seat_of(application, web.me())
    may = is_open(Act.SCORE, Relation.EXPERT, application.state)
    if seat.declared_at is not None or not may or actions.round_is_closed(db.session(), application):
        return None
    return page("declare", forms.DeclareForm(None), application, seat=seat)


def _save_page(own: OwnSheet, form: forms.SheetForm) -> ResponseReturnValue:
    """Keep what the page posted; what another window changed meanwhile is shown beside it and not overwritten."""
    named = any(name.startswith("seen.") for name in request.form)
    posted = [item for item in own.judged if not named or f"seen.item.{item.key}" in request.form]
    answers, faults = read_item_answers(posted, request.form)
    said, too_long = _comments(posted)
    wrong = [_at_its_item(own, fault) for fault in [*faults, *too_long]]
    if wrong:
        return _sheet_page(own, form, wrong=wrong)
    marks: dict[str, tuple[object, str]] = {}
    both: list[Two] = []
    for item in posted:
        key, place = item.key, f"item.{item.key}"
        new = (answering.plain(answers.get(key)), said[key])
        old = (own.answers.get(key), own.comments.get(key, ""))
        if new == old or _choice(place) == THEIRS:
            continue
        if _knew(place, own.seen(key), form.version.data, own.version):
            marks[key] = new
        else:
            both.append(Two(place, item, *new, *old, own.seen(key)))
    opinion: str | None = None
    words = own.opinion if own.second or "opinion" not in request.form else visible(form.opinion.data or "").strip()
    if words != own.opinion and _choice("opinion.all") != THEIRS:
        if _knew("opinion.all", own.opinion_seen, form.version.data, own.version):
            opinion = words
        else:
            both.append(Two("opinion.all", None, None, words, None, own.opinion, own.opinion_seen))
    try:
        save_marks(db.session(), own, marks, opinion, by=web.me(), at=clock.now())
    except AnswerFaults as beyond:
        db.session.rollback()
        wrong = [(f"items.{fault.item_key}-group", language.shown(fault.message)) for fault in beyond.faults]
        form.form_errors.append(gettext("有的评分超出了评分规则，请按提示改正。"))
        return _sheet_page(_again(own), form, wrong=wrong)
    except (NotReady, Unusable) as refusal:
        form.status = web.show_in(form, refusal)
        return _sheet_page(_again(own), form)
    if both:
        repeats.forget()  # sent again it is judged again
        web.done(request.path)
        form.status = Changed.status
        told = gettext("您在另一个窗口改动了 %(count)s 处，请选择用哪一份；其他内容已经保存。", count=len(both))
        form.form_errors.append(told)
        return _sheet_page(_again(own), form, both=both)
    return _go_on(own)


def _again(own: OwnSheet) -> OwnSheet:
    """The sheet as it stands now, after a save or after nothing was saved."""
    application = web.load(own.application.id, Act.SCORE)
    return own_sheet(db.session(), application, by=web.me(), at=clock.now())


def _go_on(own: OwnSheet) -> ResponseReturnValue:
    """Where the buttons lead; what was pressed has been saved."""
    wish, number, shown = request.form.get("do", "save"), own.application.id, request.args.get("item", "")
    if wish == "hand_in":
        return web.done(url_for(".hand_in", application_id=number))
    to = {"next": own.after, "previous": own.before}.get(wish)
    key = to(shown) if to else shown
    if wish == "unscored":
        now = own_sheet(db.session(), own.application, by=web.me(), at=clock.now())
        key = now.after(shown, unscored_only=True)
    told = None if wish in {"next", "previous", "unscored"} else gettext("评分已保存，还没有提交。")
    return web.done(url_for(".score", application_id=number, item=key or None), told)


def _comments(items: Sequence[Item]) -> tuple[dict[str, str], list[Fault]]:
    """The expert's words beside each item."""
    said, faults = {}, []
    for item in items:
        text = visible(request.form.get(f"comment.{item.key}", "")).strip()
        if len(text) > LONGEST_COMMENT:
            message = Text(f"说明最多 {LONGEST_COMMENT} 字", f"At most {LONGEST_COMMENT} characters")
            faults.append(Fault(("item", item.key), f"comment.{item.key}", message))
        said[item.key] = text
    return said, faults


def _at_its_item(own: OwnSheet, fault: Fault) -> tuple[str, str]:
    return fault.field, f"{numbers(own.checklist)[fault.place[1]]} {language.shown(fault.message)}"


def _choice(place: str) -> str:
    return request.form.get(f"choose.{place}", "")


def _knew(place: str, seen: str, version: int | None, now: int) -> bool:
    """Whether the page showed what is kept now; a page that tells no item from another is judged by its version."""
    told = _choice(place) or request.form.get(f"seen.{place}")
    return told == seen if told else version in {None, now}


def _sheet_page(
    own: OwnSheet,
    form: forms.SheetForm,
    *,
    wrong: Sequence[tuple[str, str]] = (),
    both: Sequence[Two] = (),
) -> ResponseReturnValue:
    """The page as it is kept, or as it was typed."""
    session, application = db.session(), own.application
    judged = {item.key for item in own.judged}
    alone = request.args.get("item", "")
    alone = alone if own.can_score and alone in judged else ""
    typed = request.method == "POST"
    posted = [item for item in own.judged if not typed or f"seen.item.{item.key}" in request.form or not alone]
    given = dict(own.answers) | ({item.key: as_typed(item, request.form) for item in posted} if typed else {})
    words = dict(own.comments) | ({key: request.form.get(f"comment.{key}", "") for key in judged} if typed else {})
    old_seen = {two.place: request.form.get(f"seen.{two.place}", "-") for two in both}
    files = files_shown(application, own.revision)
    return page(
        "score", form, application, version=own.version, own=own, sheet=own.sheet, seat=own.seat,
        revision=own.revision, checklist=own.checklist, scored=own.scored, closed=own.closed, judged=judged,
        parts=parts_shown(session, own, files, given, words, old_seen, alone, language.current_language()), files=files,
        off=own.off, left=own.left, numbered=numbers(own.checklist), wrong=list(wrong), alone=alone,
        both={two.place: two for two in both}, can_score=own.can_score, second=own.second, old_seen=old_seen,
        reasons=web.house().library.programme.review.reasons,
        waiting=actions.open_reopening(session, own.sheet) if own.is_handed_in and own.sheet else None,
    )  # fmt: skip


# every item by itself


@bp.post("/score/<part>/<key>")
def save_score(application_id: int, part: str, key: str) -> ResponseReturnValue:
    """Keep what was typed at one item; sent again it does nothing new, and no other window's work is overwritten."""
    application, at = web.load(application_id, Act.SCORE), clock.now()
    own = own_sheet(db.session(), application, by=web.me(), at=at)
    if part == "opinion" and not own.second:
        return _save_opinion(own)
    if part != "item":
        raise NotFound
    item = own.item(key)
    answers, faults = read_item_answers([item], request.form)
    said, too_long = _comments([item])
    faults += too_long
    old = (own.answers.get(key), own.comments.get(key, ""))
    new = (answering.plain(answers.get(key, old[0])), old[1] if too_long else said[key])
    if (new != old or faults) and request.form.get("seen") != own.seen(key):
        return _conflict(Two(f"item.{key}", item, *new, *old, own.seen(key)))
    if new != old:
        try:
            save_marks(db.session(), own, {key: new}, by=web.me(), at=at)
        except AnswerFaults as beyond:
            db.session.rollback()
            own = _again(own)
            faults += [Fault(("item", key), f"items.{key}-group", fault.message) for fault in beyond.faults]
        else:
            db.session.flush()
            own = own_sheet(db.session(), application, by=web.me(), at=at)
    return _told(own, own.seen(key), item, faults)


def _save_opinion(own: OwnSheet) -> ResponseReturnValue:
    words = visible(request.form.get("opinion", "")).strip()
    if len(words) > forms.LONGEST_OPINION:
        most = forms.LONGEST_OPINION
        message = Text(f"请控制在 {most} 字以内", f"At most {most} characters")
        return _told(own, own.opinion_seen, None, [Fault(("opinion", "all"), "opinion", message)])
    if words != own.opinion:
        if request.form.get("seen") != own.opinion_seen:
            return _conflict(Two("opinion.all", None, None, words, None, own.opinion, own.opinion_seen))
        save_marks(db.session(), own, {}, words, by=web.me(), at=clock.now())
        db.session.flush()
        own = own_sheet(db.session(), own.application, by=web.me(), at=clock.now())
    return _told(own, own.opinion_seen, None, [])


def _conflict(two: Two) -> ResponseReturnValue:
    return {"seen": two.seen, "conflict": str(_drawn("two_windows")(two))}, 409


def _told(own: OwnSheet, seen: str, item: Item | None, faults: Sequence[Fault]) -> ResponseReturnValue:
    """What the page shows of a saved item, drawn by the server."""
    numbered = numbers(own.checklist)
    number = numbered[item.key] if item else ""
    alone = request.args.get("alone") == "yes"
    told = {
        "seen": seen,
        "version": own.version,
        "saved": gettext("已保存 %(time)s", time=saved_words(own.sheet.saved_at)) if own.sheet else "",
        "drawn": str(_drawn("after_scoring")(own, item, number, own.left, numbered, alone)),
        "faults": [{"field": fault.field, "sentence": language.shown(fault.message)} for fault in faults],
    }
    web.done(request.path)
    return told, 422 if faults else 200


@bp.get("/score/news")
@web.unattended
def score_news(application_id: int) -> ResponseReturnValue:
    """What is kept now of each item; nothing at all when nothing changed since ``known``."""
    application = web.load(application_id, Act.READ_OWN_SCORE)
    if (waiting := _undeclared(application)) is not None:
        return waiting
    own = own_sheet(db.session(), application, by=web.me(), at=clock.now())
    if not own.can_score:
        raise NotReady(N_("现在不能评分：已经提交、评审已结束，或截止日期已过。请刷新页面。"))
    if web.number("known") == own.version:
        return "", 204
    said = gettext("另一个窗口 %(time)s 修改", time=saved_words(own.sheet.saved_at)) if own.sheet else ""
    places = {f"item.{item.key}": {"seen": own.seen(item.key), "said": said} for item in own.judged}
    return {"version": own.version, "places": places | {"opinion.all": {"seen": own.opinion_seen, "said": said}}}


def _drawn(macro: str) -> Callable[..., object]:
    """A piece of the page, without a page around it."""
    return cast("Callable[..., object]", get_template_attribute("review/_score.html", macro))


# on paper, and as a table


@bp.get("/score/print")
def print_score(application_id: int) -> ResponseReturnValue:
    """The expert's own sheet as a PDF."""
    application, at = web.load(application_id, Act.READ_OWN_SCORE), clock.now()
    if (waiting := _undeclared(application)) is not None:
        return waiting
    own, programme = own_sheet(db.session(), application, by=web.me(), at=at), web.house().library.programme
    unit = "" if web.hides_unit(application) else application.unit.name
    today = clock.day_of(at, web.zone())
    pdf = print_score_sheet(sheet_printed(own, programme, own.seat.person.name, unit, on=today))
    name = f"score-{application.reference or application.id}.pdf"
    return send_file(BytesIO(pdf), "application/pdf", download_name=name)


@bp.get("/score/table.xlsx")
def score_workbook(application_id: int) -> ResponseReturnValue:
    """The sheet as a table to fill in without a network."""
    from cellcert.review.sheet_workbook import sheet_workbook

    own = _to_fill_in(application_id, Act.READ_OWN_SCORE)
    application, programme = own.application, web.house().library.programme
    case = application.reference or str(application.id)
    if not web.hides_unit(application):
        case = f"{case} {application.unit.name}"
    data = sheet_workbook(own, f"{case} {gettext('评分表')}", programme.review.reasons)
    return send_file(BytesIO(data), XLSX, as_attachment=True, download_name=f"score-{application.reference}.xlsx")


@bp.route("/score/table", methods=["GET", "POST"])
def score_table(application_id: int) -> ResponseReturnValue:
    """Bring a filled-in table: looked through first; what it would change is shown before it takes its place."""
    own = _to_fill_in(application_id, Act.SCORE if request.method == "POST" else Act.READ_OWN_SCORE)
    form, filled = forms.SheetForm(None), None
    if request.method == "POST" and PostForm().accepted():
        file = request.files.get("file")
        name, data = (file.filename or "", file.stream.read(LARGEST_FILE + 1)) if file else ("", b"")
        filled = read_sheet(own, name, data) if name else Filled(faults=[CellFault("", Text("还没有选择文件", "none"))])
        repeats.forget()  # nothing was done: the same file may be sent again
        if filled.faults:
            form.status = 422
        else:
            form.status = 200
    return page(
        "score_table", form, own.application, version=own.version, own=own, filled=filled, second=own.second,
        fields={change.item.key: _fields(change) for change in filled.changes} if filled else {},
        numbered=numbers(own.checklist), most=LARGEST_FILE // 1_000_000,
    )  # fmt: skip


def _fields(change: Change) -> list[tuple[str, str]]:
    key = change.item.key
    return [*fields_of(change.item.way, f"items.{key}", change.answer), (f"comment.{key}", change.words)]


def _to_fill_in(application_id: int, act: Act) -> OwnSheet:
    """The sheet while it can be filled in."""
    application = web.load(application_id, act)
    if _undeclared(application) is not None:
        raise NotReady(N_("请先声明与本案没有利害关系，再开始评分。"))
    own = own_sheet(db.session(), application, by=web.me(), at=clock.now())
    if not own.can_score:
        raise NotReady(N_("现在不能评分：已经提交、评审已结束，或截止日期已过。请刷新页面。"))
    return own


# the end


@bp.route("/hand-in", methods=["GET", "POST"])
def hand_in(application_id: int) -> ResponseReturnValue:
    """Make the sheet final."""
    application = web.load(application_id, Act.HAND_IN)
    me, checklist = web.me(), checklist_of(application.edition)
    sheet = actions.my_sheet(db.session(), application, me)
    if sheet is None or sheet.handed_in_at is not None:
        raise NotReady(N_("没有可以提交的评分表。"))
    revision, form = revision_shown(application, sheet.revision), forms.ConfirmForm()
    version = sheet.version
    if form.accepted():
        try:
            if form.version.data != version:
                raise Changed
            actions.hand_in(db.session(), application, checklist, revision, by=me, at=clock.now())
        except (Changed, NotReady, Unusable) as refusal:
            form.status = web.show_in(form, refusal)
        else:
            return web.done(url_for(".score", application_id=application_id), gettext("评分表已提交。"))
    scored = scored_sheet(checklist, sheet_answers(revision.answers, sheet.answers))
    return page(
        "hand_in", form, application, version=version, sheet=sheet, scored=scored,
        left=unscored(checklist, scored), numbers=numbers(checklist),
    )  # fmt: skip
