"""The public register: its pages, each cell's entry with its badge, and the open data."""

from datetime import date
from typing import Any

from flask import Response, make_response, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from cellcert import clock, language, web
from cellcert.application.lifecycle import Act, is_open
from cellcert.certificate import open_data
from cellcert.certificate.badge import LANGUAGES, badge_of
from cellcert.certificate.pages import bp, plain
from cellcert.certificate.queries import Entry, by_serial, newest, successor
from cellcert.certificate.queries import entry as entry_of
from cellcert.certificate.register_queries import (
    COUNTED,
    STATUSES,
    Order,
    Wanted,
    all_of,
    count_register,
    edition_of,
    page_of,
    years,
)
from cellcert.certificate.rules import Status
from cellcert.certificate.story import story_of
from cellcert.database import db
from cellcert.errors import N_, NotFound, NotReady

ENTRIES_PER_PAGE = 100
PRINTED = 5_000  # lines: some 150 pages
BADGE_SECONDS = 60


def _today() -> date:
    return clock.day_of(clock.now(), web.zone())


def _wanted() -> Wanted:
    status = request.args.get("status", "")
    return Wanted(
        words=plain(request.args.get("q", "")),
        category=request.args.get("category", ""),
        division=request.args.get("division", ""),
        year=web.number("year"),
        status=next((one for one in STATUSES if one.value == status), None),
    )


def _kept(wanted: Wanted) -> dict[str, Any]:
    """What an address keeps of the search."""
    kept = {
        "q": wanted.words, "category": wanted.category, "division": wanted.division, "year": wanted.year,
        "status": wanted.status.value if wanted.status else "",
    }  # fmt: skip
    return {name: value for name, value in kept.items() if value}


def _order() -> Order:
    asked = request.args.get("sort", "")
    return next((order for order in Order if order.value == asked), Order.NEWEST)


@bp.get("/register")
def register() -> ResponseReturnValue:
    """The cells that hold the title."""
    wanted, order, today, session = _wanted(), _order(), _today(), db.session()
    after, before = (plain(request.args.get(name, "")) for name in ("after", "before"))
    page = page_of(
        session, wanted, today, limit=ENTRIES_PER_PAGE, order=order, after=after, before="" if after else before
    )
    count, suspended = count_register(session, wanted, today)
    kept = _kept(wanted)
    sorted_by: dict[str, Any] = {"sort": order.value} if order is not Order.NEWEST else {}
    orders = [(one, url_for(".register", **kept, sort=one.value)) for one in Order]
    return render_template(
        "certificate/register.html",
        page=page, wanted=wanted, statuses=STATUSES, years=years(session), today=today, order=order, orders=orders,
        count=count, counted=COUNTED, suspended=suspended if wanted.status is None and count <= COUNTED else 0,
        kept=kept, args=kept | sorted_by,
    )  # fmt: skip


@bp.get("/register/print")
def print_register() -> ResponseReturnValue:
    """All that was found, by name, for paper."""
    wanted, today = _wanted(), _today()
    lines = all_of(db.session(), wanted, today, PRINTED)
    if len(lines) > PRINTED:
        raise NotReady(N_("名录太长，一次最多打印 {most} 个单位。请先按管理主体、类别或年份筛选。"), most=PRINTED)
    return render_template(
        "certificate/register_print.html", lines=lines, wanted=wanted, today=today, args=_kept(wanted)
    )


@bp.get("/register/<serial>")
def entry(serial: str) -> ResponseReturnValue:
    """One cell's public entry; also of a certificate that has ended."""
    certificate = by_serial(db.session(), serial)
    if certificate is None:
        raise NotFound
    application = web.load(certificate.application_id, Act.SEE_ENTRY)
    relation = application.relation_to(web.me())
    line = entry_of(certificate, _today())
    return render_template(
        "certificate/entry.html",
        line=line,
        next=successor(db.session(), certificate),
        story=story_of(application.history),
        snippet=_snippet(line),
        badge_seconds=BADGE_SECONDS,
        Status=Status,
        may_download=is_open(Act.READ_CERTIFICATE, relation, application.state),
        may_report=is_open(Act.REPORT_CELL, relation, application.state),
        may_correct=is_open(Act.PROPOSE_CORRECTION, relation, application.state),
    )


def _snippet(line: Entry) -> str:
    badge = badge_of(line, web.house().library.programme, language.current_language())
    lang = {} if badge.language == "zh" else {"lang": badge.language}
    return render_template(
        "certificate/_snippet.html",
        badge=badge,
        page=web.public_url("certificate.entry", serial=line.serial),
        picture=web.public_url("certificate.badge", serial=line.serial, **lang),
    ).strip()


# for other sites


@bp.get("/register/<serial>/badge.svg")
def badge(serial: str) -> ResponseReturnValue:
    """The cell's status at this moment as a picture for other sites; of a replaced certificate, that of the new one."""
    certificate = newest(db.session(), serial)
    if certificate is not None:
        web.load(certificate.application_id, Act.VERIFY)
    asked = request.args.get("lang", "")
    line = entry_of(certificate, _today()) if certificate else None
    drawn = badge_of(line, web.house().library.programme, asked if asked in LANGUAGES else "zh", serial)
    response = make_response(render_template("certificate/badge.svg", badge=drawn), 200 if line else 404)
    response.content_type = "image/svg+xml; charset=utf-8"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = f"public, max-age={BADGE_SECONDS}, must-revalidate"
    response.add_etag()
    return _for_others(response)


@bp.get("/register.<any(csv, json):ending>")
def download(ending: str) -> ResponseReturnValue:
    """The register as data; asked for again with its tag it is sent again only when something changed."""
    wanted, today, session = _wanted(), _today(), db.session()
    edition, programme = edition_of(session), web.house().library.programme
    address = f"{web.house().settings.public_base_url}{url_for('.register')}/"
    lines = open_data.written(session, wanted, today, programme, address, ending)
    response = Response(stream_with_context(lines), content_type=open_data.TYPES[ending])
    response.set_etag(open_data.tag_of(edition, wanted, today, programme, ending))
    midnight = clock.start_of(today, web.zone())  # titles run out with a day
    response.last_modified = max(edition.changed_at or midnight, midnight)
    response.headers["Cache-Control"] = "public, no-cache"
    response.headers["Content-Disposition"] = f'attachment; filename="register-{today}.{ending}"'
    return _for_others(response)


@bp.get("/open-data")
def data() -> ResponseReturnValue:
    """What the open data are, field by field, and how they may be used."""
    programme = web.house().library.programme
    addresses = {ending: web.public_url("certificate.download", ending=ending) for ending in open_data.TYPES}
    statuses = [(one.value, one.label) for one in (Status.MAKING, *STATUSES)]
    return render_template(
        "certificate/open_data.html", fields=open_data.FIELDS, statuses=statuses, addresses=addresses,
        licence=programme.open_data_licence,
    )  # fmt: skip


def _for_others(response: Response) -> Response:
    """Let pages of other sites show it or read it: all of it is public, and no cookie changes it."""
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.make_conditional(request)
    return response
