"""Questions to a unit and its answers: all of a case, one place, files; and what stands beside an item."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import cast

from flask import Flask, abort, g, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from wtforms import MultipleFileField, RadioField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from cellcert import clock, language, web
from cellcert.application.lifecycle import Act, Relation, is_open
from cellcert.application.models import Application
from cellcert.criteria.editions import checklist_of
from cellcert.database import db
from cellcert.errors import N_, NotFound, NotReady, Refusal
from cellcert.evidence.actions import Kept, keep
from cellcert.evidence.checking import check
from cellcert.evidence.giving import given
from cellcert.evidence.routes import HANDED_OUT
from cellcert.evidence.rules import chosen_from
from cellcert.forms import PostForm
from cellcert.review import clarify_acts
from cellcert.review.clarify_models import Clarification, ClarificationFile
from cellcert.review.clarify_queries import Thread, place_of, said_in_order, threads_of
from cellcert.review.clarify_rules import LONGEST, MOST_FILES, Level, levels_for, may_read
from cellcert.review.pages import bp, page
from cellcert.review.rules import place_title
from cellcert.storage import Away, Damaged, Full


class AskForm(PostForm):
    """A message about one place, and who reads it."""

    level = RadioField(_("谁看得到"), [InputRequired(_("请选择谁看得到。"))])
    text = TextAreaField(
        _("内容"),
        [DataRequired(_("请写明内容。")), Length(max=LONGEST, message=_("请控制在 2000 字以内。"))],
    )


class AnswerForm(PostForm):
    """A unit's answer, with files if it has any."""

    text = TextAreaField(
        _("答复"),
        [DataRequired(_("请写明答复内容。")), Length(max=LONGEST, message=_("请控制在 2000 字以内。"))],
        description=_("属地、牵头部门、评审专家、市办和审计看得到。提交后不能修改。"),
    )
    files = MultipleFileField(_("附件"))


@bp.get("/questions")
def questions(application_id: int) -> ResponseReturnValue:
    """Everything asked and answered about a case, as far as the reader may know it."""
    application = _load(application_id, Act.READ_CLARIFICATIONS)
    checklist = checklist_of(application.edition)
    threads = said_in_order(beside(application).threads, checklist)
    titles = {thread.item: _title(application, thread.item) for thread in threads}
    return page("questions", PostForm(None), application, threads=threads, titles=titles, today=_today())


@bp.route("/questions/<item>", methods=["GET", "POST"])
def question(application_id: int, item: str) -> ResponseReturnValue:
    """What was asked and answered about one place; ask, or answer."""
    is_unit = web.me().unit_id is not None
    writes = Act.ANSWER_UNIT if is_unit else Act.ASK_UNIT
    application = _load(application_id, writes if request.method == "POST" else Act.READ_CLARIFICATIONS)
    title = _title(application, item)
    form = _form(application, is_unit=is_unit)
    if form.accepted():
        try:
            return _answered(application_id, item, form) if is_unit else _asked(application, item, form)
        except (Away, Full):
            raise
        except Refusal as refusal:
            form.status = web.show_in(form, refusal)
            application = _load(application_id, Act.READ_CLARIFICATIONS)
    told = beside(application)
    may_write = is_open(writes, application.relation_to(web.me()), application.state)
    return page(
        "question", form, application, item=item, title=title, thread=told.threads.get(item), today=_today(),
        may_write=may_write, is_unit=is_unit, levels={level.value: level for level in Level}, most=MOST_FILES,
        days=web.house().library.programme.review.clarification_days,
        accept=chosen_from(web.house().library.programme.evidence.types),
    )  # fmt: skip


def _form(application: Application, *, is_unit: bool) -> PostForm:
    if is_unit:
        return AnswerForm()
    form = AskForm()
    levels = levels_for(application.relation_to(web.me()))
    form.level.choices = [
        (level.value, gettext("%(who)s（%(readers)s）", who=gettext(level.label), readers=gettext(level.readers)))
        for level in levels
    ]
    return form


def _asked(application: Application, item: str, form: PostForm) -> ResponseReturnValue:
    library, level = web.house().library, Level(form.level.data)
    clarify_acts.say(
        db.session(), application, item, level, form.text.data, library.programme, library.calendar, by=web.me(),
        at=clock.now(),
    )  # fmt: skip
    here = url_for(".question", application_id=application.id, item=item)
    told = gettext("已发给申报单位，请其答复。") if level is Level.UNIT else gettext("已记下，申报单位看不到。")
    return web.done(here, told)


def _answered(application_id: int, item: str, form: PostForm) -> ResponseReturnValue:
    """Look into the files while nobody waits for the database, then keep words and files together, or nothing."""
    files = _looked_into()
    application = _load(application_id, Act.ANSWER_UNIT)
    programme = web.house().library.programme
    clarify_acts.answer(db.session(), application, item, form.text.data, files, programme, by=web.me(), at=clock.now())
    here = url_for(".question", application_id=application_id, item=item)
    return web.done(here, gettext("答复已提交。"))


def _looked_into() -> Sequence[tuple[str, Kept]]:
    chosen = [(file.filename, file.stream) for file in request.files.getlist("files") if file.filename]
    if not chosen:
        return []
    db.session.rollback()
    house = web.house()
    limits = house.library.programme.evidence
    return [(name, keep(house.store, check(name, stream, limits, house.settings))) for name, stream in chosen]


@bp.get("/questions/<item>/files/<sha256>")
def question_file(application_id: int, item: str, sha256: str) -> ResponseReturnValue:
    """The bytes of a file that came with an answer; named by what they are, so that no number tells anything."""
    application = _load(application_id, Act.READ_CLARIFICATIONS)
    relation = application.relation_to(web.me())
    rows = db.session.execute(
        select(ClarificationFile, Clarification)
        .join(Clarification, Clarification.id == ClarificationFile.clarification_id)
        .where(
            Clarification.application_id == application_id, Clarification.item == item,
            ClarificationFile.sha256 == sha256,
        )
        .order_by(ClarificationFile.id)
    ).all()  # fmt: skip
    found = next((file for file, said in rows if may_read(said, relation, web.me().person_id)), None)
    if found is None:
        raise NotFound
    file = given(application, found, None, sha256[:8])
    try:
        data = web.house().store.get(file.sha256)
    except Damaged as error:
        raise NotReady(N_("文件与记录不一致，已停止下载。请联系系统管理员从备份恢复。")) from error
    response = send_file(
        BytesIO(data), file.media_type, as_attachment=True, download_name=file.name, conditional=False, etag=False
    )
    response.headers.update(HANDED_OUT)
    return response


def _load(application_id: int, act: Act) -> Application:
    """The application for this act; an expert declares first to have no interest in it."""
    application = web.load(application_id, act)
    if application.awaits_declaration(web.me()):
        abort(redirect(url_for("review.score", application_id=application_id), 303))
    return application


def _title(application: Application, item: str) -> str:
    checklist = checklist_of(application.edition)
    place = place_of(checklist, item)
    if place is None:
        raise NotFound
    return language.shown(place_title(checklist, place))


def _today() -> object:
    return clock.day_of(clock.now(), web.zone())


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the items of a case on other pages."""

    threads: dict[str, Thread]
    may_ask: bool
    is_unit: bool

    @property
    def due(self) -> bool:
        """Whether the unit is asked something it has not answered."""
        return any(thread.due for thread in self.threads.values())


def beside(application: Application) -> Beside:
    """What this reader may know of the questions of a case; read once for a page."""
    kept: dict[int, Beside] = g.setdefault("questions_beside", {})
    if application.id not in kept:
        me = web.me()
        relation, state = application.relation_to(me), application.state
        threads: dict[str, Thread] = {}
        if is_open(Act.READ_CLARIFICATIONS, relation, state) and not application.awaits_declaration(me):
            threads = threads_of(db.session(), application, me, hides_unit=web.hides_unit(application))
        kept[application.id] = Beside(threads, is_open(Act.ASK_UNIT, relation, state), relation is Relation.OWN)
    return kept[application.id]


@bp.record_once
def _offer(state: object) -> None:
    """Let templates ask what stands beside an item."""
    cast("Flask", state.app).add_template_global(beside, "questions_of")  # type: ignore[attr-defined]
