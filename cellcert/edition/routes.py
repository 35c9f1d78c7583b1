"""Pages of the editions: what is in force, what is proposed, the second person's approval."""

from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, gettext
from sqlalchemy import select

from cellcert import clock, language, web
from cellcert.actors import Role
from cellcert.assessment.trial_routes import trial_page
from cellcert.criteria.compare.comparing import Difference, differences
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.export.spreadsheet_file import MAX_FILE
from cellcert.criteria.marked import MAX_BYTES, CriteriaFaults, Fault
from cellcert.criteria.models import Edition
from cellcert.criteria.office.importing import Note, Unreadable, imported
from cellcert.criteria.schema import Checklist, Text
from cellcert.database import db
from cellcert.edition import actions
from cellcert.edition.forms import FOLDER, TYPED, UPLOAD, ApproveForm, ProposeForm, WithdrawForm
from cellcert.edition.history import Category, Line, categories, events_of, faults_of, one_category
from cellcert.edition.queries import Falls, who_would_fall
from cellcert.edition.rules import Standing, may_withdraw
from cellcert.errors import N_, NotAllowed, NotFound, NotReady
from cellcert.forms import VersionedForm

bp = Blueprint("edition", __name__, url_prefix="/editions")
READERS = (Role.OFFICE, Role.APPROVER, Role.AUDITOR)


@bp.get("")
@web.only(*READERS)
def index() -> ResponseReturnValue:
    """Every category: what is in force, what waits, whether the folder's file differs."""
    found = categories(db.session(), web.house().library, on=clock.day_of(clock.now(), web.zone()))
    return render_template("edition/index.html", categories=found, Standing=Standing)


@bp.get("/<category>")
@web.only(*READERS)
def category(category: str) -> ResponseReturnValue:
    """One category's editions, newest first, and the folder's file with its faults."""
    return render_template("edition/category.html", category=_category(category))


@bp.route("/<category>/propose", methods=["GET", "POST"])
@web.only(Role.OFFICE)
def propose(category: str) -> ResponseReturnValue:
    """Put the folder's file, or one uploaded or typed, before the approvers."""
    found, form, status = _category(category), ProposeForm(), 200
    faults: tuple[Fault, ...] = ()
    notes: tuple[Note, ...] = ()
    form.offer(found.file_is_new)
    if form.accepted():
        try:
            if notes := _read_in(form, found):
                raise NotReady(N_("表格已读入，还没有提交。请核对下面的说明和全文，改好后再提交。"))
            text = _text_of(form, found)
            draft = actions.propose(
                db.session(), web.house().library, category, text, form.in_force_from.data, form.reason.data,
                by=web.me(), at=clock.now(),
            )  # fmt: skip
            message = gettext("草案已提交，等待另一位同志审定。审定前，现行版本不变。")
            return web.done(url_for(".edition", edition_id=draft.id), message)
        except CriteriaFaults as wrong:
            db.session.rollback()
            faults, status = tuple(wrong.faults), 422
        except NotReady as refusal:
            status = web.show_in(form, refusal)
        found = _category(category)
    elif request.method == "POST":
        status = 422
    if not form.source.data:
        form.source.data = FOLDER if found.file_is_new else UPLOAD
    lines = (form.text.data if form.source.data == TYPED else found.file.text).splitlines()
    return render_template(
        "edition/propose.html", category=found, form=form, faults=_with_lines(faults, lines), notes=notes
    ), status


@bp.get("/<int:edition_id>")
@web.only(*READERS)
def edition(edition_id: int) -> ResponseReturnValue:
    """One edition: what it is today, who put it there, what it changes."""
    found = _edition(edition_id)
    return _page("edition/edition.html", found, events=events_of(db.session(), found))


@bp.get("/<int:edition_id>/checklist")
@web.only(*READERS)
def checklist(edition_id: int) -> ResponseReturnValue:
    """The edition as the public reads or will read it."""
    found, programme = _edition(edition_id), web.house().library.programme
    checklist = checklist_of(found)
    if checklist.lead not in {known.key for known in programme.departments}:  # the programme has changed since
        raise NotReady(N_("这一版写明的牵头部门已不在方案中，不能按评价表打开。请查看全文。"))
    return render_template(
        "criteria/checklist.html",
        category=programme.category(found.category),
        checklist=checklist,
        department=programme.department(checklist.lead),
        digest=found.sha256,
        standing="apart",
        others=[],
        try_url=url_for(".try_it", edition_id=edition_id),
    )


@bp.route("/<int:edition_id>/try", methods=["GET", "POST"])
@web.only_reads
@web.only(*READERS)
def try_it(edition_id: int) -> ResponseReturnValue:
    """Fill in an edition and see what it gives; nothing is kept."""
    found = _edition(edition_id)
    name = web.house().library.programme.category(found.category).name
    back, year = url_for(".edition", edition_id=edition_id), clock.day_of(clock.now(), web.zone()).year
    return trial_page(checklist_of(found), name, back, year)


@bp.get("/<int:edition_id>/edition.yaml")
@web.only(*READERS)
def text(edition_id: int) -> ResponseReturnValue:
    """The text as it is kept, byte for byte."""
    found = _edition(edition_id)
    response = Response(found.text.encode(), mimetype="application/yaml")
    name = f"{found.category}-{found.id}.yaml"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.route("/<int:edition_id>/approve", methods=["GET", "POST"])
@web.only(Role.APPROVER)
def approve(edition_id: int) -> ResponseReturnValue:
    """Another person approves, having seen what changes and who would fall."""
    found, status = _edition(edition_id), 200
    form = ApproveForm(version=found.version)
    if form.accepted() and web.proved(form):
        try:
            _same_version(found, form)
            actions.approve(db.session(), web.house().library, found, by=web.me(), at=clock.now())
            message = gettext("已审定，%(day)s零点起生效。", day=_day(found))
            return web.done(url_for(".edition", edition_id=edition_id), message)
        except (NotAllowed, NotReady) as refusal:
            status = web.show_in(form, refusal)
            form.version.data, form.version.raw_data = found.version, None
    return _page("edition/approve.html", found, status, form, mine=found.proposed_by == web.me().person_id)


@bp.route("/<int:edition_id>/withdraw", methods=["GET", "POST"])
@web.only(Role.OFFICE, Role.APPROVER)
def withdraw(edition_id: int) -> ResponseReturnValue:
    """The office takes a draft back; an approver an edition that is not in force yet."""
    found, status = _edition(edition_id), 200
    form = WithdrawForm(version=found.version)
    if form.accepted() and web.proved(form):
        try:
            _same_version(found, form)
            actions.withdraw(db.session(), web.house().library, found, form.reason.data, by=web.me(), at=clock.now())
            return web.done(url_for(".category", category=found.category), gettext("已撤回，现行版本不变。"))
        except (NotAllowed, NotReady) as refusal:
            status = web.show_in(form, refusal)
            form.version.data, form.version.raw_data = found.version, None
    return _page("edition/withdraw.html", found, status, form)


@dataclass(frozen=True, slots=True)
class Shown:
    """What every page of one edition shows."""

    line: Line
    checklist: Checklist | None
    faults: tuple[Fault, ...]
    may_withdraw: bool
    differences: tuple[Difference, ...] | None  # against the edition before it; None where there is none
    falls: Falls | None  # while it is not in force yet


def _page(
    template: str, found: Edition, status: int = 200, form: VersionedForm | None = None, **values: object
) -> ResponseReturnValue:
    """A page of one edition."""
    library = web.house().library
    category = _category(found.category)
    line = next(line for line in category.lines if line.edition.id == found.id)
    departments = tuple(department.key for department in library.programme.departments)
    is_coming = line.standing in {Standing.DRAFT, Standing.UPCOMING}
    # what was approved long ago is not asked what new files are asked
    faults = faults_of(found.text, found.category, departments, library.known_wastes()) if is_coming else ()
    checklist, before = None if faults else checklist_of(found), category.before(line)
    # an auditor does not read the points of running cases (A07)
    is_shown = is_coming and web.me().role is not Role.AUDITOR
    today = clock.day_of(clock.now(), web.zone())
    shown = Shown(
        line=line,
        checklist=checklist,
        faults=faults,
        may_withdraw=may_withdraw(web.me().role, line.standing),
        differences=differences(checklist_of(before.edition), checklist) if before and checklist else None,
        falls=who_would_fall(db.session(), checklist, found.category, on=today) if is_shown and checklist else None,
    )
    return render_template(
        template, category=category, edition=found, shown=shown, form=form, fresh=web.is_fresh(), **values
    ), 422 if form is not None and form.errors and status == 200 else status


def _category(key: str) -> Category:
    library = web.house().library
    if key not in {known.key for known in library.programme.categories}:
        raise NotFound
    return one_category(db.session(), library, key, on=clock.day_of(clock.now(), web.zone()))


def _edition(edition_id: int) -> Edition:
    """The edition; who changes it holds it, so that of two at one moment the second sees what the first did."""
    wanted = select(Edition).where(Edition.id == edition_id)
    found = db.session.scalar(wanted.with_for_update() if request.method == "POST" else wanted)
    if found is None:
        raise NotFound
    return found


def _same_version(edition: Edition, form: VersionedForm) -> None:
    if form.version.data is not None and form.version.data != edition.version:
        raise NotReady(N_("您打开页面后，这一版已有变化。请核对下面的最新内容，再次确认。"))


def _day(edition: Edition) -> str:
    return str(format_date(edition.in_force_from, "long"))


def _read_in(form: ProposeForm, category: Category) -> tuple[Note, ...]:
    """What an uploaded workbook was understood to say; its text goes into the form. Empty for other files."""
    if form.source.data != UPLOAD:
        return ()
    begins = form.file.data.stream.read(2)
    form.file.data.stream.seek(0)
    if begins != b"PK":
        return ()
    lead = web.house().library.programme.category(category.key).lead
    try:
        made = imported(form.file.data.read(MAX_FILE + 1), category.key, lead=lead)
    except Unreadable as refused:
        raise NotReady("{why}", why=refused.sentence.text(language.current_language())) from None
    finally:
        form.file.data.close()
    form.text.data, form.source.data = made.text, TYPED
    return made.notes or (Note(1, Text("全部按本系统导出的表格读入", "read back as exported"), False),)


def _text_of(form: ProposeForm, category: Category) -> str:
    """The text that was chosen; an uploaded one also stands in the form from now on, to be put right there."""
    if form.source.data == FOLDER:
        return category.file.text
    if form.source.data == UPLOAD:
        sent = form.file.data.read(MAX_BYTES + 1)
        form.file.data.close()
        if len(sent) > MAX_BYTES:
            raise NotReady(N_("文件超过 {size} MB。请删去无关内容再上传。"), size=MAX_BYTES // 1_000_000)
        try:
            form.text.data = sent.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError:
            raise NotReady(N_("文件不是 UTF-8 文本。请在编辑器中另存为 UTF-8，再上传。")) from None
        form.source.data = TYPED
    return str(form.text.data)


def _with_lines(faults: tuple[Fault, ...], lines: list[str]) -> list[tuple[Fault, str]]:
    """Each fault beside the line it is about."""
    return [(fault, lines[fault.line - 1].strip() if 0 < fault.line <= len(lines) else "") for fault in faults]
