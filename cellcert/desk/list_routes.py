"""The list of cases: narrowed by links, shown with chosen columns, kept as views, printed and exported."""

from urllib.parse import urlencode

from flask import g, render_template, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from cellcert import clock, web
from cellcert.actors import Role
from cellcert.criteria.programme import Batch
from cellcert.database import db
from cellcert.desk import list_actions, list_queries, queries
from cellcert.desk.exporting import FOLDER, WRITERS, levels_of, moment_of
from cellcert.desk.list_rules import Chosen, Column, Order, asked_of, query_of, read_chosen
from cellcert.desk.models import CaseExport
from cellcert.desk.routes import bp
from cellcert.errors import NotFound, NotReady
from cellcert.forms import PostForm
from cellcert.language import sentence

MAY_LIST = (Role.DISTRICT, Role.DEPARTMENT, Role.OFFICE, Role.APPROVER, Role.AUDITOR)
PRINTED = 1_000
MOST_YEARS = 10


def _chosen(args: MultiDict[str, str]) -> Chosen:
    library = web.house().library
    given = {name: args.getlist(name) for name in args}
    return read_chosen(given, library.programme, levels_of(library))


def _narrowed(chosen: Chosen, **other: object) -> str:
    """The address of this list with some things changed, on its first page."""
    asked = {name: value for name, value in {**query_of(chosen), **other}.items() if value}
    if "list_at" not in g:  # a page has fifty of these
        g.list_at = url_for("desk.cases")
    return f"{g.list_at}?{urlencode(asked, doseq=True)}" if asked else str(g.list_at)


@bp.get("/applications")
@web.only(*MAY_LIST)
def cases() -> ResponseReturnValue:
    """The cases this person may read, narrowed by links and by words."""
    return _list(_chosen(request.args))


def _list(chosen: Chosen, wrong: str = "") -> ResponseReturnValue:
    me, library, session = web.me(), web.house().library, db.session()
    programme = library.programme
    page = list_queries.page_of(
        session, me, chosen, moment_of(library, clock.now()),
        after=_id("after"), before=_id("before"), limit=list_queries.PAGE,
    )  # fmt: skip
    categories = [one for one in programme.categories if me.role is not Role.DEPARTMENT or one.lead == me.department]
    return render_template(
        "desk/cases.html",
        page=page,
        counted=queries.COUNTED,
        chosen=chosen,
        kept=query_of(chosen),
        asked=asked_of(chosen),
        states=queries.pipeline(session, me),
        categories=categories,
        divisions=[] if me.role is Role.DISTRICT else programme.divisions,
        batches=programme.batches,
        levels=levels_of(library),
        years=_years(programme.batches),
        orders=Order,
        columns=Column,
        views=[(view, f"{url_for('.cases')}?{view.asked}") for view in list_queries.views_of(session, me.signatory)],
        narrowed=_narrowed,
        kinds=list(WRITERS),
        form=PostForm(),
        wrong=wrong,
    ), 422 if wrong else 200  # fmt: skip


def _id(name: str) -> int | None:
    given = web.number(name)
    return given if given is not None and given > 0 else None


def _years(batches: tuple[Batch, ...]) -> list[int]:
    """The years a certificate may be of: from the first batch to this year."""
    today = clock.day_of(clock.now(), web.zone())
    first = min((batch.opens.year for batch in batches), default=today.year)
    return list(range(today.year, max(first, today.year - MOST_YEARS) - 1, -1)) or [today.year]


@bp.get("/applications/print")
@web.only(*MAY_LIST)
def print_cases() -> ResponseReturnValue:
    """The list with its columns for paper."""
    me, library, chosen = web.me(), web.house().library, _chosen(request.args)
    page = list_queries.page_of(db.session(), me, chosen, moment_of(library, clock.now()), limit=PRINTED)
    return render_template(
        "desk/cases_print.html", page=page, chosen=chosen, back=_narrowed(chosen), most=PRINTED,
        levels=levels_of(library), today=clock.day_of(clock.now(), web.zone()),
    )  # fmt: skip


# views


@bp.post("/applications/views")
@web.only(*MAY_LIST)
def save_view() -> ResponseReturnValue:
    """Keep what is shown under a name."""
    chosen = _chosen(request.form)
    try:
        view = list_actions.save_view(
            db.session(), request.form.get("name", ""), asked_of(chosen), by=web.me(), at=clock.now()
        )
    except NotReady as refusal:
        db.session.rollback()
        return _list(chosen, sentence(refusal))
    return web.done(_narrowed(chosen), gettext("已保存视图“%(name)s”。", name=view.name))


@bp.post("/applications/views/<int:view_id>/forget")
@web.only(*MAY_LIST)
def forget_view(view_id: int) -> ResponseReturnValue:
    """Delete one's own view."""
    list_actions.forget_view(db.session(), view_id, by=web.me())
    return web.done(url_for(".cases"), gettext("视图已删除。"))


# exports


@bp.post("/applications/exports")
@web.only(*MAY_LIST)
def ask_export() -> ResponseReturnValue:
    """Ask for the whole list as a file."""
    chosen, kind = _chosen(request.form), request.form.get("kind", "")
    if kind not in WRITERS:
        raise NotFound
    try:
        list_actions.ask_export(
            db.session(), kind, asked_of(chosen), post_id=web.my_sign_in().post_id, by=web.me(), at=clock.now()
        )
    except NotReady as refusal:
        db.session.rollback()
        return _list(chosen, sentence(refusal))
    return web.done(url_for(".exports"))


@bp.get("/applications/exports")
@web.only(*MAY_LIST)
def exports() -> ResponseReturnValue:
    """The files this person asked for, and how far each is."""
    lines = list_queries.exports_of(db.session(), web.my_sign_in().post_id)
    return render_template("desk/exports.html", lines=lines, days=web.house().settings.export_days)


@bp.get("/applications/exports/<int:export_id>")
@web.only(*MAY_LIST)
def download_export(export_id: int) -> ResponseReturnValue:
    """One file, for who asked for it and in the post it was asked for in."""
    export = db.session.get(CaseExport, export_id)
    if export is None or export.post_id != web.my_sign_in().post_id or export.file is None:
        raise NotFound
    day = clock.day_of(export.asked_at, web.zone())
    return send_from_directory(
        web.house().settings.data_folder.resolve() / FOLDER, export.file, as_attachment=True,
        download_name=f"{gettext('申报清单')}_{day:%Y%m%d}.{export.kind}",
    )  # fmt: skip
