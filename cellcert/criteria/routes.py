"""The checklists, open to everybody."""

import re
from functools import lru_cache
from urllib.parse import quote

from flask import Blueprint, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from cellcert import clock, language, web
from cellcert.criteria import in_words
from cellcert.criteria.editions import Current, all_in_force, approved, checklist_of, fingerprint, in_force
from cellcert.criteria.export.print_pdf import checklist_pdf
from cellcert.criteria.export.spreadsheet import workbook
from cellcert.criteria.reader import read_kept
from cellcert.criteria.ways import is_computed
from cellcert.database import db
from cellcert.errors import NotFound

bp = Blueprint("criteria", __name__)
bp.add_app_template_global(in_words.condition, "condition_in_words")
bp.add_app_template_global(in_words.formula, "formula_in_words")
bp.add_app_template_global(is_computed, "is_computed")


@bp.get("/criteria")
def index() -> ResponseReturnValue:
    """Every category with its checklist."""
    library = web.house().library
    current = all_in_force(db.session(), library, on=clock.day_of(clock.now(), web.zone()))
    lists = [(category, current[category.key].checklist) for category in library.programme.categories]
    return render_template("criteria/index.html", lists=lists)


@bp.get("/criteria/<category>")
def checklist(category: str) -> ResponseReturnValue:
    """The checklist in force, to read and to print."""
    return _page(category, _current(category))


@bp.get("/criteria/<category>/editions/<int:edition_id>")
def edition(category: str, edition_id: int) -> ResponseReturnValue:
    """An approved edition that was or will be in force."""
    found = next((one for one in approved(db.session(), category) if one.id == edition_id), None)
    if found is None:
        raise NotFound
    return _page(category, Current(checklist_of(found), found.sha256, found))


def _page(category: str, shown: Current) -> ResponseReturnValue:
    programme, today = web.house().library.programme, clock.day_of(clock.now(), web.zone())
    editions = approved(db.session(), category)
    begun = [one for one in editions if one.in_force_from <= today]
    standing, own = "in-force", shown.edition
    if own is not None and own not in begun:
        standing = "coming"
    elif own is not None and own is not begun[0]:
        standing = "past"
    return render_template(
        "criteria/checklist.html",
        category=programme.category(category),
        checklist=shown.checklist,
        department=programme.department(shown.checklist.lead),
        digest=shown.sha256,
        standing=standing,
        since=own.in_force_from if own else None,
        coming=next((one for one in editions if one not in begun), None) if standing != "coming" else None,
        others=[one for one in editions if one is not own],
        try_url=url_for("assessment.try_it", category=category) if standing == "in-force" else None,
    )


KINDS = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "yaml": "text/plain; charset=utf-8",
}


UNNAMEABLE = re.compile(r"[^\w.-]+")


@bp.get("/criteria/<category>/checklist.<any(pdf, xlsx, yaml):kind>")
def download(category: str, kind: str) -> ResponseReturnValue:
    """The checklist in force to print, to fill in as a spreadsheet, or as the file it is."""
    current = _current(category)
    text = current.edition.text if current.edition else web.house().library.source(category)
    response = make_response(_file(text, category, kind, language.current_language()))
    response.content_type = KINDS[kind]
    # an edition's name may be “2026年第一版”, which no header takes as it stands
    name = f"{category}-{UNNAMEABLE.sub('-', current.checklist.edition)[:60]}.{kind}"
    names = {"filename": name} if name.isascii() else {"filename*": f"UTF-8''{quote(name)}"}
    response.headers.set("Content-Disposition", "inline" if kind == "pdf" else "attachment", **names)
    return response


def _current(category: str) -> Current:
    library = web.house().library
    if category not in {known.key for known in library.programme.categories}:
        raise NotFound
    return in_force(db.session(), library, category, on=clock.day_of(clock.now(), web.zone()))


@lru_cache(maxsize=64)  # a sheet of paper takes a second or two to set, and changes with the edition only
def _file(text: str, category: str, kind: str, lang: str) -> bytes:
    programme, checklist = web.house().library.programme, read_kept(text, f"{category}.yaml")
    match kind:
        case "pdf":
            lead = programme.department(checklist.lead).name
            return checklist_pdf(checklist, lang, programme.name, programme.authority.name, lead, fingerprint(text))
        case "xlsx":
            return workbook(checklist, lang)
        case _:
            return text.encode()
