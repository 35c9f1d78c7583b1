"""Pages of supervision: the letters, who lags, one matter, and what is done about it."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from flask import Blueprint, current_app, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm.exc import StaleDataError

from cellcert import clock, web
from cellcert.actors import Role
from cellcert.criteria.text import Text
from cellcert.database import db
from cellcert.dispatch.supervision import actions, queries, rules
from cellcert.dispatch.supervision.figures import figures
from cellcert.dispatch.supervision.forms import DECLINE, ApproveForm, ReasonForm, ReportForm
from cellcert.dispatch.supervision.models import SupervisionCase, SupervisionLetter, SupervisionReport
from cellcert.dispatch.supervision.printing import print_supervision
from cellcert.dispatch.supervision.words import body_name, part_name, sentences, words_of
from cellcert.errors import N_, Changed, NotAllowed, NotFound, NotReady, Refusal
from cellcert.evidence.actions import Kept, keep
from cellcert.evidence.checking import check
from cellcert.evidence.rules import FILE_REFUSED, chosen_from
from cellcert.forms import PostForm
from cellcert.language import current_language, sentence
from cellcert.storage import Damaged

bp = Blueprint("supervision", __name__, url_prefix="/supervision")
HOUSE = (Role.OFFICE, Role.APPROVER, Role.AUDITOR)
BODIES = (Role.DISTRICT, Role.DEPARTMENT)
SHOWN = {
    "": N_("全部"),
    queries.WAITING: N_("待审批"),
    queries.RUNNING: N_("办理中"),
    queries.CLOSED: N_("已结案"),
}


def found_case(case_id: int, *, lock: bool = False) -> SupervisionCase:
    """The case of an address, if this reader may know of it."""
    found = queries.case_of(db.session(), web.me(), case_id, lock=lock)
    if found is None:
        raise NotFound
    return found


def _where(case: SupervisionCase | None = None) -> str:
    return web.public_url("supervision.case", case_id=case.id) if case else web.public_url("supervision.index")


@bp.app_template_global("supervision_body")
def body(matter: rules.Matter) -> Text:
    """The body a matter is about, for templates."""
    return body_name(web.house().library.programme, matter)


@bp.app_template_global("supervision_matter")
def matter_name(matter: rules.Matter) -> str:
    """What of it is measured, in the reader's language."""
    name: str = gettext(rules.MEASURE_NAMES[matter.measure])
    part = part_name(web.house().library.programme, matter).text(current_language())
    return gettext("%(matter)s：%(part)s", matter=name, part=part) if part else name


@bp.app_template_global("supervision_step")
def step_name(step: int) -> Text:
    """A step of the ladder; one the programme no longer has, by its number."""
    rungs = web.house().library.programme.supervision.rungs
    return rungs[step].name if step < len(rungs) else Text(str(step + 1), str(step + 1))


@bp.app_template_global("supervision_findings")
def findings(case: SupervisionCase, values: Mapping[str, Any]) -> str:
    """What a letter is about with its figures, in the reader's language."""
    programme, language = web.house().library.programme, current_language()
    step = next((one.name.text(language) for one in programme.supervision.rungs if one.key == values["line_step"]), "")
    names = {
        "place": body_name(programme, case.matter).text(language), "step": step,
        "part": part_name(programme, case.matter).text(language),
    }  # fmt: skip
    return " ".join(gettext(said).format(**given) for said, given in sentences(case, values, names))


@bp.get("")
@web.only(*HOUSE, *BODIES)
def index() -> ResponseReturnValue:
    """Every matter for the house; for a division or department its own history."""
    shown, subject = request.args.get("show", ""), request.args.get("subject", "")
    shown = shown if shown in SHOWN else ""
    number = min(max(web.number("page") or 1, 1), 10_000)
    listed = queries.cases(db.session(), web.me(), shown=shown, subject=subject, page=number)
    return render_template(
        "supervision/index.html", cases=listed.cases, pages=listed.pages, page=number, shown=shown, kinds=SHOWN,
        subject=subject, is_house=web.me().role in HOUSE, policy=web.house().library.programme.supervision,
        today=_today(), form=PostForm(),
    )  # fmt: skip


def _today() -> Any:  # noqa: ANN401
    return clock.day_of(clock.now(), web.zone())


@bp.get("/behind")
@web.only(*HOUSE)
def behind() -> ResponseReturnValue:
    """Who is behind now: every figure beside its lines, the gravest first."""
    library, on = web.house().library, _today()
    policy, matters = library.programme.supervision, queries.open_matters(db.session())
    lines = []
    for figure in figures(db.session(), library, on):
        measure = policy.measure(figure.matter.measure)
        lines.append((figure, rules.lines_passed(measure, figure.values) if measure else 0, matters.get(figure.matter)))
    lines.sort(key=lambda line: (-line[1], line[0].values.get("percent", 0)))
    return render_template(
        "supervision/behind.html", lines=lines, policy=policy, on=on, review=queries.last_review(db.session()),
        form=PostForm(), may_review=web.me().role is Role.OFFICE,
    )  # fmt: skip


@bp.post("/review")
@web.only(Role.OFFICE)
def review() -> ResponseReturnValue:
    """Hold a review now; what was already proposed is not proposed again."""
    library = web.house().library
    if not library.programme.supervision.measures:
        raise NotReady(N_("评价方案没有写明督办的界线，不能分析。"))
    made = actions.review(db.session(), library, _where(), by=web.me(), at=clock.now())
    told = gettext("进展评估已完成，提出 %(count)s 份文件建议。", count=made)
    return web.done(url_for(".index", show=queries.WAITING) if made else url_for(".behind"), told)


@bp.get("/<int:case_id>")
@web.only(*HOUSE, *BODIES)
def case(case_id: int) -> ResponseReturnValue:
    """One matter: its letters, answers and reasons, and what can be done now."""
    found, me, library = found_case(case_id), web.me(), web.house().library
    policy, last, pending = library.programme.supervision, found.last, found.pending
    current = next((one for one in figures(db.session(), library, _today()) if one.matter == found.matter), None)
    measure = policy.measure(found.measure)
    return render_template(
        "supervision/case.html", case=found, last=last, pending=pending, current=current, measure=measure,
        passed=rules.lines_passed(measure, current.values) if current and measure else 0, policy=policy,
        is_house=me.role in HOUSE, today=_today(),
        may_approve=pending is not None and rules.may_approve(policy.rungs[pending.step], pending.proposed_by, me),
        may_close=me.role is Role.OFFICE and found.closed_at is None and pending is None,
        may_raise=me.role is Role.OFFICE and found.closed_at is None and pending is None and last is not None
        and last.step + 1 < len(policy.rungs),
        may_answer=rules.answers_for(found.matter, me) and found.closed_at is None and last is not None,
    )  # fmt: skip


@bp.get("/letters/<int:letter_id>.pdf")
@web.only(*HOUSE, *BODIES)
def pdf(letter_id: int) -> ResponseReturnValue:
    """A letter as it went out; of a proposal, for the house, what it would be."""
    letter = db.session.get(SupervisionLetter, letter_id)
    if letter is None or not rules.reads(letter.case.matter, web.me()):
        raise NotFound
    if not letter.approved:
        if web.me().role not in HOUSE:
            raise NotFound
        data = print_supervision(letter, web.house().library)
        response = send_file(BytesIO(data), "application/pdf", download_name="draft.pdf")
        response.headers["Cache-Control"] = "no-store"
        return response
    if letter.sha256 is None:
        raise NotReady(N_("文件正在生成，请稍后刷新。"))
    return _kept(letter.sha256, "application/pdf", f"{letter.number}.pdf")


@bp.get("/reports/<int:report_id>/files/<sha256>")
@web.only(*HOUSE, *BODIES)
def file(report_id: int, sha256: str) -> ResponseReturnValue:
    """A file that came with a rectification report."""
    report = db.session.get(SupervisionReport, report_id)
    if report is None or not rules.reads(report.letter.case.matter, web.me()):
        raise NotFound
    found = next((one for one in report.files if one.sha256 == sha256), None)
    if found is None:
        raise NotFound
    return _kept(found.sha256, found.media_type, found.name)


def _kept(sha256: str, kind: str, name: str) -> ResponseReturnValue:
    db.session.rollback()  # reading may take a moment: nobody waits for it at the database
    try:
        data = web.house().store.get(sha256)
    except Damaged as error:
        current_app.logger.exception("stored file %s", sha256)
        raise NotReady(N_("文件与记录不一致，已停止下载。请联系系统管理员从备份恢复。")) from error
    return send_file(BytesIO(data), kind, download_name=name, as_attachment="inline" not in request.args)


@bp.route("/<int:case_id>/approve", methods=["GET", "POST"])
@web.only(Role.OFFICE, Role.APPROVER)
def approve(case_id: int) -> ResponseReturnValue:
    """A person lets a proposed letter out, or not."""
    found, status, programme = found_case(case_id, lock=request.method == "POST"), 200, web.house().library.programme
    form = ApproveForm(version=found.version)
    if form.accepted() and form.decision.data == DECLINE and not form.remark.data:
        form.remark.errors = [gettext("请写明不印发的原因。")]
    elif form.accepted() and web.proved(form):
        try:
            _same(found, form)
            if form.decision.data == DECLINE:
                actions.decline(db.session(), found, programme, form.remark.data, by=web.me(), at=clock.now())
                return web.done(url_for(".case", case_id=case_id), gettext("已记录不印发的原因。"))
            letter = actions.approve(db.session(), found, programme, by=web.me(), at=clock.now())
            told = gettext("%(number)s 已印发，正在送达。", number=letter.number)
            return web.done(url_for(".case", case_id=case_id), told)
        except (Changed, NotReady, NotAllowed, StaleDataError) as refusal:
            status = _show(form, refusal, case_id)
            found = found_case(case_id)
    waiting = found.pending
    if waiting is None:
        raise NotReady(N_("这一事项没有等待审批的文件。请刷新页面查看最新情况。"))
    return render_template(
        "supervision/approve.html", case=found, letter=waiting, form=form, fresh=web.is_fresh(),
        said=words_of(waiting, programme, _today()),
        may=rules.may_approve(programme.supervision.rungs[waiting.step], waiting.proposed_by, web.me()),
    ), 422 if form.errors and status == 200 else status  # fmt: skip


def _same(found: SupervisionCase, form: ApproveForm | ReasonForm | ReportForm) -> None:
    if form.version.data is not None and form.version.data != found.version:
        raise Changed


def _show(form: ApproveForm | ReasonForm | ReportForm, refusal: Exception, case_id: int) -> int:
    status = web.show_in(form, refusal if isinstance(refusal, Refusal) else Changed())
    form.version.data, form.version.raw_data = found_case(case_id).version, None
    return status


@bp.route("/<int:case_id>/report", methods=["GET", "POST"])
@web.only(*BODIES)
def report(case_id: int) -> ResponseReturnValue:
    """The body answers the last letter with a rectification report."""
    found, status = found_case(case_id), 200
    if found.closed_at is not None:
        raise NotReady(actions.ENDED)
    form, limits = ReportForm(version=found.version), web.house().library.programme.evidence
    if form.accepted():
        try:
            files = _looked_into()  # while nobody waits for the database
            found = found_case(case_id, lock=True)
            programme = web.house().library.programme
            actions.answer(
                db.session(), found, form.cause.data, form.measures.data, form.done_by.data, files, programme,
                _where(found), by=web.me(), at=clock.now(),
            )  # fmt: skip
            return web.done(url_for(".case", case_id=case_id), gettext("整改报告已提交。"))
        except Refusal as refusal:
            if refusal.status in FILE_REFUSED:
                db.session.rollback()
                form.files.errors = [sentence(refusal)]
                status = refusal.status
            else:
                status = _show(form, refusal, case_id)
            found = found_case(case_id)
    return render_template(
        "supervision/report.html", case=found, letter=found.last, form=form, taken=chosen_from(limits.types),
        most=actions.MOST_FILES, file_mb=limits.file_mb,
    ), 422 if form.errors and status == 200 else status  # fmt: skip


def _looked_into() -> Sequence[tuple[str, Kept]]:
    chosen = [(one.filename, one.stream) for one in request.files.getlist("files") if one.filename]
    if not chosen:
        return []
    db.session.rollback()
    house = web.house()
    limits = house.library.programme.evidence
    return [(name, keep(house.store, check(name, stream, limits, house.settings))) for name, stream in chosen]


@bp.route("/<int:case_id>/close", methods=["GET", "POST"])
@web.only(Role.OFFICE)
def close(case_id: int) -> ResponseReturnValue:
    """End a matter with a reason."""
    return _with_a_reason(case_id, raised=False)


@bp.route("/<int:case_id>/raise", methods=["GET", "POST"])
@web.only(Role.OFFICE)
def raise_(case_id: int) -> ResponseReturnValue:
    """Propose the next step of the ladder."""
    return _with_a_reason(case_id, raised=True)


def _with_a_reason(case_id: int, *, raised: bool) -> ResponseReturnValue:
    found, status = found_case(case_id, lock=request.method == "POST"), 200
    if found.closed_at is not None:
        raise NotReady(actions.ENDED)
    form = ReasonForm(version=found.version)
    if form.accepted():
        try:
            _same(found, form)
            if raised:
                library = web.house().library
                actions.propose_next(db.session(), found, form.reason.data, library, by=web.me(), at=clock.now())
                told = gettext("已提出升级建议，等待另一位人员审批。")
            else:
                actions.close(db.session(), found, form.reason.data, by=web.me(), at=clock.now())
                told = gettext("已结案。")
            return web.done(url_for(".case", case_id=case_id), told)
        except (Changed, NotReady, NotAllowed, StaleDataError) as refusal:
            status = _show(form, refusal, case_id)
            found = found_case(case_id)
    return render_template(
        "supervision/reason.html", case=found, form=form, raised=raised,
        cooling=web.house().library.programme.supervision.cooling_days,
    ), 422 if form.errors and status == 200 else status  # fmt: skip
