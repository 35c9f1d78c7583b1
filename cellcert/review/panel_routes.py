"""The office seats experts over all cases: by drawing, by a file; and what every drawing was is shown again."""

import csv
import secrets
from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO, StringIO

from flask import Blueprint, render_template, request, send_file, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from cellcert import clock, language, web
from cellcert.actors import Role
from cellcert.application.lifecycle import Act, Relation, is_open
from cellcert.assessment.steps import numbers
from cellcert.audit.models import AuditEvent
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.text import Text
from cellcert.database import db
from cellcert.errors import NotFound, NotReady, Refusal, Unusable
from cellcert.ledger.table import LARGEST_FILE
from cellcert.review import panel, seating
from cellcert.review.drawing import drawn_again, is_repeated
from cellcert.review.figures import editions_reviewed, marks_of
from cellcert.review.forms import DrawForm, FiledForm
from cellcert.review.seating_file import HEADS, RowFault, read_seating
from cellcert.review.statistics import FEW, WIDE, experts_of, items_of

bp = Blueprint("panel", __name__, url_prefix="/review")
SEED = "drawing_seed"
RELATIONS = {Role.OFFICE: Relation.OFFICE, Role.APPROVER: Relation.APPROVER, Role.AUDITOR: Relation.AUDITOR}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.route("/drawing", methods=["GET", "POST"])
@web.only(Role.OFFICE)
def drawing() -> ResponseReturnValue:
    """The cases that lack experts and a drawing for them; confirmed, it becomes what was shown."""
    programme, me, at = web.house().library.programme, web.me(), clock.now()
    seed = _seed()
    if request.form.get("do") == "anew":
        return _anew(seed)
    form = DrawForm(data={"due": clock.day_of(at, web.zone()) + timedelta(days=programme.review.days)})
    found = panel.panel(db.session(), programme, me, lock=request.method == "POST")
    status = 422 if request.method == "POST" else 200
    if form.accepted():
        seen, due = form.seen.data or "", form.due.data
        try:
            count = seating.seat_as_drawn(db.session(), found, seed, seen, due, programme, by=me, at=at)
            session.pop(SEED, None)
            return web.done(url_for(".drawings"), gettext("已指派 %(count)s 人次，专家会收到通知。", count=count))
        except (NotReady, Unusable) as refused:
            status = web.show_in(form, refused)
            found = panel.panel(db.session(), programme, me)
    drawn = found.draw(seed)
    form.seen.data, form.seen.raw_data = found.fingerprint(drawn), None
    shown = render_template(
        "review/drawing.html", form=form, found=found, drawn=drawn, seatings=found.seatings(drawn),
        least=programme.review.experts, sentence=language.sentence,
    )  # fmt: skip
    return shown, status


def _seed() -> int:
    """The seed of this session: given by chance, changed only in a way the trail tells of."""
    if SEED not in session:
        session[SEED] = secrets.randbelow(10**9)
    return int(session[SEED])


def _anew(before: int) -> ResponseReturnValue:
    session[SEED] = secrets.randbelow(10**9)
    seating.draw_anew(db.session(), before, session[SEED], by=web.me(), at=clock.now())
    return web.done(url_for(".drawing"), gettext("已换种子重新抽取，换种子已记入审计记录。"))


@bp.get("/drawings")
@web.only(*RELATIONS)
def drawings() -> ResponseReturnValue:
    """The drawings that were confirmed, each drawn again."""
    lines = [(event, is_repeated(event.data)) for event in panel.drawings(db.session())]
    return render_template("review/drawings.html", lines=lines, may_draw=web.me().role is Role.OFFICE)


@bp.get("/drawings/<int:seq>")
@web.only(*RELATIONS)
def drawn(seq: int) -> ResponseReturnValue:
    """One drawing beside its repetition; names as far as the reader may know a case's experts (A08)."""
    event = db.session.scalar(select(AuditEvent).where(AuditEvent.seq == seq, AuditEvent.kind == panel.DRAWN))
    if event is None:
        raise NotFound
    me = web.me()
    again, cases = drawn_again(event.data), panel.cases_drawn(db.session(), event)
    may_know = {case.id for case in cases.values() if is_open(Act.READ_EXPERTS, RELATIONS[me.role], case.state)}
    kept: dict[int, list[int]] = {}
    for case, expert in event.data["drawn"]:
        kept.setdefault(case, []).append(expert)
    repeated: dict[int, list[int]] = {}
    for choice in again.choices:
        repeated.setdefault(choice.case, []).append(choice.expert)
    names = panel.names_of(db.session(), (expert for case in may_know for expert in kept.get(case, ())))
    return render_template(
        "review/drawn.html", event=event, cases=cases, may_know=may_know, kept=kept, repeated=repeated, names=names,
        same=is_repeated(event.data),
    )  # fmt: skip


@bp.get("/statistics")
@web.only(Role.OFFICE, Role.AUDITOR)
def statistics() -> ResponseReturnValue:
    """What the closed rounds of an edition teach: items that are understood differently, experts who score strictly."""
    relation = RELATIONS[web.me().role]
    editions = editions_reviewed(db.session(), relation)
    asked = web.number("edition") or (editions[0].edition.id if editions else 0)
    chosen = next((one.edition for one in editions if one.edition.id == asked), None)
    if editions and chosen is None:
        raise NotFound
    marks = marks_of(db.session(), chosen, relation) if chosen else []
    experts = experts_of(marks)
    checklist = checklist_of(chosen) if chosen else None
    return render_template(
        "review/statistics.html", editions=editions, chosen=chosen, items=items_of(marks), experts=experts,
        texts={item.key: item.text for item in checklist.items()} if checklist else {},
        numbers=numbers(checklist) if checklist else {},
        names=panel.names_of(db.session(), (one.expert for one in experts)), few=FEW, wide=WIDE,
    )  # fmt: skip


# a list brought as a file


@bp.route("/seating", methods=["GET", "POST"])
@web.only(Role.OFFICE)
def by_file() -> ResponseReturnValue:
    """Experts for cases from a table: looked through first, then done as a whole or not at all."""
    programme, me, at, form = web.house().library.programme, web.me(), clock.now(), FiledForm()
    faults: list[RowFault] = []
    rows: Sequence[panel.Planned] = ()
    text = ""
    if form.accepted():
        confirmed = request.form.get("do") == "confirm"
        name, data = ("rows.csv", (form.rows.data or "").encode()) if confirmed else _uploaded()
        asked, faults = read_seating(name, data) if name else ([], [RowFault(0, "", Text(gettext("还没有选择文件。")))])
        if not faults:
            rows, faults = panel.planned(db.session(), asked, programme, by=me, at=at, lock=confirmed)
        if not faults and confirmed:
            seating.seat_as_filed(db.session(), rows, programme, by=me, at=at)
            return web.done(url_for("desk.home"), gettext("已指派 %(count)s 人次，专家会收到通知。", count=len(rows)))
        text = "" if faults else _as_csv(rows)
    form.rows.data, form.rows.raw_data = text, None
    shown = render_template(
        "review/by_file.html", form=form, rows=() if faults else rows, most=LARGEST_FILE // 1_000_000,
        faults=[(fault.number, HEADS.get(fault.column, ""), _said(fault)) for fault in faults],
    )  # fmt: skip
    return shown, 422 if faults or form.errors else 200


def _uploaded() -> tuple[str, bytes]:
    file = request.files.get("file")
    return (file.filename or "", file.stream.read(LARGEST_FILE + 1)) if file else ("", b"")


def _said(fault: RowFault) -> str:
    return language.sentence(fault.said) if isinstance(fault.said, Refusal) else language.shown(fault.said)


def _as_csv(rows: Sequence[panel.Planned]) -> str:
    """What was understood, for the confirmation to send back."""
    table = StringIO()
    lines = csv.writer(table)
    lines.writerow([head.zh for head in HEADS.values()])
    lines.writerows([row.application.reference, row.post.person.login, row.due.isoformat()] for row in rows)
    return table.getvalue()


@bp.get("/seating.xlsx")
@web.only(Role.OFFICE)
def template() -> ResponseReturnValue:
    """The table to fill in: the cases that lack experts, and the pool beside them."""
    from cellcert.review.seating_workbook import seating_workbook

    programme, at = web.house().library.programme, clock.now()
    found = panel.panel(db.session(), programme, web.me())
    due = clock.day_of(at, web.zone()) + timedelta(days=programme.review.days)
    data = seating_workbook(found, programme, due, language.current_language())
    return send_file(BytesIO(data), XLSX, as_attachment=True, download_name=gettext("专家指派表") + ".xlsx")
