"""The open data as an interface for programs, its description, and the feed; everybody may read all of it."""

from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from cellcert import clock
from cellcert.api import answers, openapi, shapes
from cellcert.api.answers import LARGEST_PAGE, USUAL_PAGE, Asked, answered, as_csv, as_json, wants_csv
from cellcert.api.feed import FeedEntry, atom
from cellcert.api.queries import notices_before, public_notice
from cellcert.application.lifecycle import Act
from cellcert.certificate import open_data
from cellcert.certificate.queries import by_serial, successor
from cellcert.certificate.queries import entry as entry_of
from cellcert.certificate.register_queries import STATUSES, Wanted, page_of
from cellcert.criteria.editions import all_in_force
from cellcert.database import db
from cellcert.errors import NotFound
from cellcert.tally.queries import tally as tally_of
from cellcert.web import LARGEST, house, load, public_url, zone

bp = Blueprint("api", __name__)
V1 = "/api/v1"
ENDING = "<any(csv, json):ending>"
IN_FEED = 50


def _today() -> Any:  # noqa: ANN401
    return clock.day_of(clock.now(), zone())


@bp.get(V1)
def description() -> ResponseReturnValue:
    """What there is, for people."""
    document = openapi.document(house().library.programme, house().settings.public_base_url)
    return render_template("api/description.html", document=document, base=house().settings.public_base_url + V1)


@bp.get(f"{V1}/openapi.json")
def described() -> ResponseReturnValue:
    """What there is, for programs."""
    Asked()
    return as_json(openapi.document(house().library.programme, house().settings.public_base_url))


@bp.get(f"{V1}/tally")
@bp.get(f"{V1}/tally.{ENDING}")
def tally(ending: str | None = None) -> ResponseReturnValue:
    """Progress to the target."""
    Asked()
    figures = tally_of(db.session(), house().library.programme, _today())
    if wants_csv(ending):
        return as_csv(shapes.tally_rows(figures), shapes.TALLY_COLUMNS, None)
    return as_json(shapes.tally(figures))


@bp.get(f"{V1}/register")
@bp.get(f"{V1}/register.{ENDING}")
def register(ending: str | None = None) -> ResponseReturnValue:
    """A page of the register; the next begins behind its last number."""
    asked, programme = Asked("q", "category", "division", "year", "status", "after", "limit"), house().library.programme
    wanted = Wanted(
        words=asked.text("q"),
        category=asked.one_of("category", [one.key for one in programme.categories]),
        division=asked.one_of("division", [one.key for one in programme.divisions]),
        year=asked.whole("year", 1, 9999),
        status={one.value: one for one in STATUSES}.get(asked.one_of("status", [one.value for one in STATUSES])),
    )
    limit, after = asked.whole("limit", 1, LARGEST_PAGE) or USUAL_PAGE, asked.text("after")
    if after and by_serial(db.session(), after) is None:
        raise NotFound
    page = page_of(db.session(), wanted, _today(), limit=limit, after=after)
    address = public_url("certificate.register") + "/"
    rows = [open_data.row(line, programme, address) for line in page.lines]
    return _page(rows, tuple(open_data.FIELDS), page.after, ending)


@bp.get(f"{V1}/register/<serial>")
def cell(serial: str) -> ResponseReturnValue:
    """One line of the register, also of a certificate that has ended."""
    Asked()
    certificate = by_serial(db.session(), serial)
    if certificate is None:
        raise NotFound
    load(certificate.application_id, Act.SEE_ENTRY)
    address = public_url("certificate.register") + "/"
    return as_json(open_data.row(entry_of(certificate, _today()), house().library.programme, address))


@bp.get(f"{V1}/certificates/<serial>")
def certificate(serial: str) -> ResponseReturnValue:
    """What a certificate is worth now."""
    Asked()
    found = by_serial(db.session(), serial)
    if found is None:
        raise NotFound
    load(found.application_id, Act.VERIFY)
    later = successor(db.session(), found)
    return as_json(shapes.standing(entry_of(found, _today()), later.serial if later else None))


@bp.get(f"{V1}/notices")
@bp.get(f"{V1}/notices.{ENDING}")
def notices(ending: str | None = None) -> ResponseReturnValue:
    """A page of public notices, the newest first; the next begins behind its last number."""
    asked = Asked("after", "limit")
    limit = asked.whole("limit", 1, LARGEST_PAGE) or USUAL_PAGE
    found = notices_before(db.session(), asked.whole("after", 1, LARGEST), limit + 1)
    rows = [_notice(line) for line, _ in found[:limit]]
    return _page(rows, shapes.NOTICE_COLUMNS, str(rows[-1]["id"]) if len(found) > limit else None, ending)


@bp.get(f"{V1}/notices/<int:notice_id>")
def notice(notice_id: int) -> ResponseReturnValue:
    """One public notice."""
    Asked()
    line = public_notice(db.session(), notice_id)
    if line is None:
        raise NotFound
    return as_json(_notice(line))


def _notice(line: Any) -> dict[str, Any]:  # noqa: ANN401
    return shapes.notice(line, public_url("decision.notice", notice_id=line.notice_id))


@bp.get(f"{V1}/criteria")
@bp.get(f"{V1}/criteria.{ENDING}")
def criteria(ending: str | None = None) -> ResponseReturnValue:
    """The checklist in force of each category."""
    Asked()
    rows = _checklists()
    if wants_csv(ending):
        return as_csv(rows, shapes.CRITERIA_COLUMNS, None)
    return as_json({"items": rows, "next": None})


@bp.get(f"{V1}/criteria/<category>")
def checklist(category: str) -> ResponseReturnValue:
    """The checklist in force of one category."""
    Asked()
    found = next((row for row in _checklists() if row["category"] == category), None)
    if found is None:
        raise NotFound
    return as_json(found)


def _checklists() -> list[dict[str, Any]]:
    library = house().library
    current = all_in_force(db.session(), library, on=_today())
    return [
        shapes.checklist(
            category,
            current[category.key],
            {
                "url": public_url("criteria.checklist", category=category.key),
                "file": public_url("criteria.download", category=category.key, kind="yaml"),
            },
        )
        for category in library.programme.categories
    ]


def _page(rows: list[dict[str, Any]], columns: tuple[str, ...], after: str | None, ending: str | None) -> Response:
    kept = request.args.to_dict() | ({"after": after} if after else {})
    address = public_url(
        f"api.{(request.endpoint or '').partition('.')[2]}", **({"ending": ending} if ending else {}), **kept
    )
    links = {"next": address} if after else None
    if wants_csv(ending):
        return as_csv(rows, columns, links)
    return as_json({"items": rows, "next": after}, links=links)


@bp.get("/feed.atom")
def feed() -> ResponseReturnValue:
    """The newest notices and awards."""
    programme, session = house().library.programme, db.session()
    entries = [
        FeedEntry(
            f"notice:{line.notice_id}", f"公示：{line.unit}（{line.category_name.zh}）",
            f"{line.unit}拟认定为“{line.category_name.zh}”，公示至 {line.ends_on}。",
            public_url("decision.notice", notice_id=line.notice_id), at, "notice",
        )
        for line, at in notices_before(session, None, IN_FEED)
    ]  # fmt: skip
    entries += [
        FeedEntry(
            f"award:{line.serial}", f"认定：{line.unit}（{line.category_name.zh}）",
            f"{line.unit}认定为“{line.category_name.zh}”，证书 {line.serial}，有效期至 {line.valid_until}。",
            public_url("certificate.entry", serial=line.serial), clock.start_of(line.awarded_on, zone()), "award",
        )
        for line in page_of(session, Wanted(), _today(), limit=IN_FEED).lines
    ]  # fmt: skip
    since = clock.start_of(min(batch.opens for batch in programme.batches), zone())
    urls = public_url("api.feed"), public_url("decision.notices")
    text = atom(programme.key, f"{programme.name.zh}：公示与认定", programme.authority.name.zh, urls, entries, since)
    return answered(text, answers.ATOM)
