"""Progress in full, for everybody: the figures of a day, the lists behind them, the screen in the hall."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from cellcert.database import db
from cellcert.tally.queries import awards
from cellcert.tally.routes import bp
from cellcert.tally.rules import behind
from cellcert.tally.shown import charts, course_of, day_asked, figures
from cellcert.web import house, number

TITLES = 100  # on a page
REFRESH = 300  # seconds, of the screen


@bp.get("/progress")
def detail() -> ResponseReturnValue:
    """The figures of a day: target, categories and divisions, years, the way so far and where it leads."""
    day = day_asked()
    shown, way = figures(day), course_of(day)
    chosen = _one_of("division", [line.key for line in shown.divisions])
    return render_template(
        "tally/detail.html", tally=shown, way=way, charts=charts(shown, way), day=day,
        chosen=next((line for line in shown.divisions if line.key == chosen), None),
        forecasting=house().library.programme.forecast,
    )  # fmt: skip


@bp.get("/progress/titles")
def titles() -> ResponseReturnValue:
    """The titles behind a figure."""
    day = day_asked()
    shown = figures(day)
    category = _one_of("category", [line.key for line in shown.categories])
    division = _one_of("division", [line.key for line in shown.divisions])
    year, page = number("year") or 0, max(number("page") or 1, 1)
    count = shown.count(category, division, year)
    lines = awards(
        db.session(), house().library.programme, day.on, day.past, category=category, division=division, year=year,
        limit=TITLES, offset=(page - 1) * TITLES,
    )  # fmt: skip
    kept = day.args | {"category": category, "division": division, "year": year or ""}
    return render_template(
        "tally/titles.html", lines=lines, count=count, page=page, pages=max(-(-count // TITLES), 1), day=day,
        tally=shown, category=category, division=division, year=year,
        kept={name: value for name, value in kept.items() if value},
    )  # fmt: skip


@bp.get("/progress/screen")
def screen() -> ResponseReturnValue:
    """The same for the hall: large, and asked for again by itself."""
    day = day_asked()
    shown, way = figures(day), course_of(day)
    page = render_template(
        "tally/screen.html", tally=shown, way=way, charts=charts(shown, way), day=day, refresh=REFRESH,
        behind=behind(shown.divisions)[:6],
    )  # fmt: skip
    return page, {"Refresh": str(REFRESH)}


def _one_of(name: str, known: list[str]) -> str:
    """A key of the address; a word that means nothing narrows nothing."""
    asked = request.args.get(name, "")
    return asked if asked in known else ""
