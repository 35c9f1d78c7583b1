"""The desk of the first check: one page of all claims beside their evidence, each place saved by itself."""

from collections.abc import Callable
from datetime import datetime
from typing import cast

from flask import get_template_attribute, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime, gettext

from cellcert import clock, repeats, web
from cellcert.actors import Role
from cellcert.application.lifecycle import Act, State
from cellcert.application.models import Application
from cellcert.assessment.forms import Fault, as_typed
from cellcert.assessment.rules import Place
from cellcert.assessment.steps import steps
from cellcert.criteria.waits import Wait, wait
from cellcert.database import db
from cellcert.errors import Changed, NotFound
from cellcert.forms import VersionedForm
from cellcert.language import shown as in_words
from cellcert.review import checking, queries
from cellcert.review.check_forms import Typed, read_finding
from cellcert.review.check_page import Check, check_of
from cellcert.review.check_queries import neighbours, queue_of
from cellcert.review.check_rules import CASE, FILTERS, VERDICTS, Found, may_put_right, narrowed
from cellcert.review.pages import bp, files_shown, page

THEIRS = "theirs"


class CheckForm(VersionedForm):
    """The page of a first check; its fields stand beside what they are about."""


@bp.route("/check", methods=["GET", "POST"])
def check(application_id: int) -> ResponseReturnValue:
    """Every claim beside its evidence and computed points, with a verdict for each."""
    opens = (_writes(), None) if request.method == "POST" else (Act.READ, Act.READ_NOTES)
    application = web.load(application_id, *opens)
    waiting = application.state is State.SUBMITTED
    application.permit(Act.START_CHECK if waiting else Act.READ_NOTES, web.me())
    c, form = check_of(application), CheckForm()
    faults: list[Fault] = []
    both: dict[Place, Typed] = {}
    if form.accepted():
        try:
            web.same_version(application, form.version.data)
            answer = _save_page(c, faults, both)
        except Changed as refusal:
            form.status = web.show_in(form, refusal)
            c.typed = {place: read_finding(c.checklist, place, request.form, c.kept(place))[0] for place in _places(c)}
            answer = None
        if answer is not None:
            return answer
        if both:
            form.status = 409
    wish = request.args.get("show", "") if request.args.get("show", "") in FILTERS else ""
    files = files_shown(application, c.revision)
    counts = {key: narrowed(c.asked, key, c.findings, c.changed, files) for key in FILTERS}
    wrong: dict[str, list[object]] = {}
    for fault in faults:
        wrong.setdefault(fault.field, []).append(fault.message)
    return page(
        "check", form, application, c=c, steps=steps(c.checklist), files=files, case=CASE, waiting=waiting,
        earlier=queries.findings_of(db.session(), application, c.before.number) if c.before else {},
        opinions=queries.opinions_of(db.session(), application), wish=wish, filters=FILTERS, verdicts=VERDICTS,
        counts={key: len(places) for key, places in counts.items()},
        places=counts[wish] | {fault.place for fault in faults} | set(both),
        near=neighbours(queue_of(db.session(), web.me()), application_id), wrong=wrong, both=both,
        summary=[(fault.field, f"{c.numbers.get(fault.place[1], '')} {in_words(fault.message)}") for fault in faults]
        + [(f"conflict.{'.'.join(place)}", gettext("有一项同事也改了，请选择用哪一份。")) for place in both],
        may_put_right={place for place in c.asked if may_put_right(c.checklist, place)},
        answers={place: _answer_shown(c, place) for place in c.asked},
        rule=web.house().library.programme.first_check.lead_opinion, due=due_of(application),
    )  # fmt: skip


def _writes() -> Act:
    """What saving is for who saves: a department writes notes, verdicts are the managing body's."""
    return Act.GIVE_OPINION if web.me().role is Role.DEPARTMENT else Act.NOTE


def _places(c: Check) -> list[Place]:
    return [CASE, *c.asked]


def _save_page(c: Check, faults: list[Fault], both: dict[Place, Typed]) -> ResponseReturnValue | None:
    """Keep what the page posted; what is wrong, or collides with a colleague's, is handed back as typed."""
    at = clock.now()
    changes: dict[Place, Typed] = {}
    unread: dict[Place, Typed] = {}
    for place in _places(c):
        kept, name = c.kept(place), ".".join(place)
        typed, wrong = read_finding(c.checklist, place, request.form, kept)
        choice = request.form.get(f"choose.{name}", "")
        if choice == THEIRS:
            continue
        if wrong:
            faults.extend(wrong)
            unread[place] = typed
        elif typed != kept and (choice or request.form.get(f"seen.{name}", c.seen(place))) != c.seen(place):
            both[place] = typed
        elif typed != kept:
            changes[place] = typed
    c.typed = unread | both | (changes if faults else {})
    if request.form.get("do") == "rest" and c.may_judge and not faults:
        changes |= {
            place: Typed(Found("fine"), changes[place].note if place in changes else c.kept(place).note)
            for place in c.asked
            if place not in c.findings and not (place in changes and changes[place].found.verdict) and place not in both
        }
    if faults:
        return None  # nothing by halves: without a script the page is one form
    keep(c, changes, at)
    if both:
        repeats.forget()  # sent again it is judged again
        web.done(request.path)
        fresh = check_of(c.application)
        c.findings, c.notes, c.scored, c.corrected = fresh.findings, fresh.notes, fresh.scored, fresh.corrected
        return None
    show = request.args.get("show") if request.args.get("show") in FILTERS else None
    here = url_for(".check", application_id=c.application.id, show=show)
    return web.done(here, gettext("核对结果已保存。") if c.may_judge else gettext("备注已保存。"))


def keep(c: Check, changes: dict[Place, Typed], at: datetime) -> None:
    """Write verdicts and notes where they changed."""
    session, me = db.session(), web.me()
    found = {
        place: typed.found
        for place, typed in changes.items()
        if c.may_judge and place != CASE and typed.found != c.kept(place).found
    }
    if found:
        checking.note_findings(session, c.application, found, by=me, at=at)
    for place, typed in changes.items():
        if typed.note != c.kept(place).note:
            checking.write_note(session, c.application, place, typed.note, by=me, at=at)
    session.flush()


@bp.post("/check/<part>/<key>")
def save_check(application_id: int, part: str, key: str) -> ResponseReturnValue:
    """Keep one place of the first check while the reviewer goes on; nobody's finding is overwritten unseen."""
    application, place = web.load(application_id, _writes()), (part, key)
    c, at = check_of(application), clock.now()
    if place not in _places(c):
        raise NotFound
    kept = c.kept(place)
    typed, faults = read_finding(c.checklist, place, request.form, kept)
    if (typed != kept or faults) and request.form.get("seen") != c.seen(place):
        return {"seen": c.seen(place), "conflict": _drawn("conflict_box", c, place, typed)}, 409
    if not faults and typed != kept:
        keep(c, {place: typed}, at)
        c = check_of(application)
    told = {
        "seen": c.seen(place),
        "version": c.token,
        "saved": gettext("已保存 %(time)s", time=format_datetime(at, "HH:mm")),
        "drawn": _drawn("after_saving", c, place),
        "faults": [{"field": fault.field, "sentence": in_words(fault.message)} for fault in faults],
        "moved": False,
    }
    web.done(url_for(".check", application_id=application_id))
    return told, 422 if faults else 200


@bp.get("/check/news")
@web.unattended
def check_news(application_id: int) -> ResponseReturnValue:
    """What is kept now at each place; nothing at all when nothing changed since ``known``."""
    application = web.load(application_id, Act.READ_NOTES)
    c = check_of(application)
    if request.args.get("known") == c.token:
        return "", 204
    said = {
        place: gettext("%(name)s %(time)s 修改", name=row.person.name, time=format_datetime(row.at, "HH:mm"))
        for place, row in c.findings.items()
    }
    places = {".".join(place): {"seen": c.seen(place), "said": said.get(place, "")} for place in _places(c)}
    return {"version": c.token, "places": places}


def _drawn(macro: str, c: Check, *values: object) -> str:
    """A piece of the page, without a page around it."""
    piece = cast("Callable[..., object]", get_template_attribute("review/_check.html", macro))
    return str(piece(c, *values))


def _answer_shown(c: Check, place: Place) -> object:
    """What the control of a correction shows: what was typed, else what is kept, else the unit's claim."""
    if place in c.typed and place[0] == "item":
        return as_typed(c.checklist.item(place[1]), request.form)
    kept = c.shown(place).found
    return kept.answer if kept.verdict == "correct" and kept.answer is not None else c.claim(place)


def due_of(application: Application) -> Wait | None:
    """How long a case has waited for its first check, and by when it is due."""
    if application.state not in {State.SUBMITTED, State.PRELIMINARY}:
        return None
    library = web.house().library
    zone, limit = library.programme.time_zone, library.programme.first_check.working_days
    start = clock.day_of(application.submitted_at or application.state_since, zone)
    return wait(library.calendar, start, limit, clock.day_of(clock.now(), zone))


def next_case(application_id: int) -> tuple[str, str]:
    """Where to go on once this case has left the desk, and what to say of it; asked before it leaves."""
    queue = queue_of(db.session(), web.me())
    others = [line for line in queue if line.application_id != application_id]
    following = neighbours(queue, application_id).next or next(iter(others), None)
    if following is None:
        return url_for("desk.home"), gettext("没有别的待办了。")
    return url_for(".check", application_id=following.application_id), gettext("下面是下一件。")
