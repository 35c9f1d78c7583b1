"""Pages of a meeting: its list by points, proposals in one go, approval by another person, telling the results."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from cellcert import clock, language, web
from cellcert.actors import Role
from cellcert.application.lifecycle import State
from cellcert.application.models import Application
from cellcert.database import db
from cellcert.decision import meeting_acts, telling
from cellcert.decision.forms import REJECT
from cellcert.decision.meeting_acts import Answered, Asked
from cellcert.decision.meeting_forms import AnnounceForm, HourForm, MeetingForm, SettleListForm, Typed
from cellcert.decision.meeting_models import Meeting
from cellcert.decision.meeting_queries import Before, Group, agenda, meetings, newest_pack, to_put_on
from cellcert.decision.rules import levels_open_to
from cellcert.errors import N_, NotAllowed, NotFound, NotReady, Refusal
from cellcert.forms import PostForm

bp = Blueprint("meeting", __name__, url_prefix="/meetings")
SHOWN = ("open", "waiting", "decided", "told")


def found_meeting(meeting_id: int, *, lock: bool = False) -> Meeting:
    """The meeting of an address."""
    meeting = db.session.get(Meeting, meeting_id, with_for_update=lock or None)
    if meeting is None:
        raise NotFound
    return meeting


def groups_of(meeting: Meeting) -> list[Group]:
    """The list before a meeting, in the programme's order."""
    programme = web.house().library.programme
    order = [category.key for category in programme.categories]
    return agenda(db.session(), meeting, programme.decision, order)


def cases_of(groups: Sequence[Group]) -> dict[int, Before]:
    """Every case of a list by its application."""
    return {case.application_id: case for group in groups for case in group.cases}


# meetings


@bp.route("", methods=["GET", "POST"])
@web.only(Role.OFFICE, Role.APPROVER)
def index() -> ResponseReturnValue:
    """The meetings, and how many cases wait for one; the office opens one."""
    today, me = clock.day_of(clock.now(), web.zone()), web.me()
    form, status = MeetingForm(), 200
    form.offer()
    if request.method == "POST" and me.role is not Role.OFFICE:
        raise NotAllowed(N_("您目前的身份是“{role}”，不能打开这个页面。"), role=me.role.label)
    if form.accepted():
        ids = to_put_on(db.session(), today, form.batch.data, form.categories.data)
        try:
            if not ids:
                raise NotReady(gettext("没有符合条件、等待审定的申报，不需要开会。"))
            meeting = meeting_acts.open_meeting(
                db.session(), form.name.data, form.held_on.data, form.hour, ids, by=me, at=clock.now()
            )
            told = gettext("已列出审定会清单，共 %(count)s 件。", count=len(ids))
            return web.done(url_for(".meeting", meeting_id=meeting.id), told)
        except NotReady as refusal:
            status = web.show_in(form, refusal)
    return render_template(
        "decision/meetings.html", form=form, lines=meetings(db.session()), waiting=len(to_put_on(db.session(), today)),
        may_open=me.role is Role.OFFICE,
    ), 422 if form.errors and status == 200 else status  # fmt: skip


@bp.get("/<int:meeting_id>")
@web.only(Role.OFFICE, Role.APPROVER)
def meeting(meeting_id: int) -> ResponseReturnValue:
    """The list: by category and batch, the highest points first, with the line of places."""
    meeting, me = found_meeting(meeting_id), web.me()
    groups = groups_of(meeting)
    category, shown = request.args.get("category", ""), request.args.get("show", "")
    every = [case for group in groups for case in group.cases]
    counts = {name: sum(_is(case, name) for case in every) for name in SHOWN}
    narrowed = [
        (group, [case for case in group.cases if shown not in SHOWN or _is(case, shown)])
        for group in groups
        if not category or group.category == category
    ]
    return render_template(
        "decision/meeting.html",
        meeting=meeting,
        groups=[(group, cases) for group, cases in narrowed if cases],
        categories=list(dict.fromkeys(group.category for group in groups)),
        category=category,
        shown=shown if shown in SHOWN else "",
        counts=counts,
        count=len(every),
        units={case.application_id: case.unit for case in every},
        levels={case.application_id: levels_open_to(case.checklist, case.level) for case in every if case.is_open},
        filled=request.args.get("fill") == "1",
        suggested=suggested,
        form=PostForm(None),
        new=len(to_put_on(db.session(), clock.day_of(clock.now(), web.zone()))) if not meeting.announced_at else 0,
        mine=sum(case.waits and case.proposal.proposed_by == me.person_id for case in every if case.proposal),
        pack=newest_pack(db.session(), meeting),
        me_office=me.role is Role.OFFICE,
    )


def _is(case: Before, shown: str) -> bool:
    return {
        "open": case.is_open,
        "waiting": case.waits,
        "decided": case.is_decided,
        "told": case.state is not State.DECISION,
    }[shown]


def suggested(case: Before) -> str:
    """What the result speaks for: the level reached, not to recognise, or nothing where places are short."""
    if case.level is None:
        return REJECT
    return case.level if case.stand.side in {"free", "in"} else ""


@bp.post("/<int:meeting_id>/cases")
@web.only(Role.OFFICE)
def put_before(meeting_id: int) -> ResponseReturnValue:
    """Put before a meeting what has come up since it was opened."""
    meeting, at = found_meeting(meeting_id, lock=True), clock.now()
    ids = to_put_on(db.session(), clock.day_of(at, web.zone()))
    meeting_acts.put_before(db.session(), meeting, ids, by=web.me(), at=at)
    told = gettext("已增列 %(count)s 件。", count=len(ids))
    return web.done(url_for(".meeting", meeting_id=meeting_id), told)


# proposals in one go


@dataclass(frozen=True, slots=True)
class Row:
    """One case on a page that confirms: what is proposed of it, and why."""

    case: Before
    outcome: State
    level: str | None
    reason: str

    @property
    def is_rejected(self) -> bool:
        return self.outcome is State.REJECTED


@bp.post("/<int:meeting_id>/propose")
@web.only(Role.OFFICE)
def propose(meeting_id: int) -> ResponseReturnValue:
    """What is about to be proposed, each case by name with its reason; confirmed, all of it or nothing."""
    meeting = found_meeting(meeting_id)
    form, typed = PostForm(), Typed()
    cases = cases_of(groups_of(meeting))
    confirmed = request.form.get("do") == "confirm"
    common = request.form.get("reason", "").strip()[:2000]
    rows, other = [], []
    for number, chosen in typed.asked("outcome").items():
        case = cases.get(number)
        if case is None or not (found := _outcome(case, chosen)):
            raise NotFound
        rows.append(Row(case, *found, _reason(typed, case, found[0], common, confirmed)))
    rows.sort(key=lambda row: row.case.number)
    status = 200
    if not rows:
        status, other = 422, [("list", gettext("还没有选择任何申报。请返回清单，选择要提出的建议。"))]
    elif form.accepted() and confirmed:
        status, other = 422, [*typed.wrong.items(), *_without_reason(rows, common)]
        if not other:
            asked = [
                Asked(row.case.application_id, _version(row.case), row.outcome, row.level, row.reason) for row in rows
            ]
            refused = meeting_acts.propose_all(db.session(), meeting, asked, by=web.me(), at=clock.now())
            if not refused:
                told = gettext("已提出 %(count)s 件审定建议，等待另一位审定人办理。", count=len(rows))
                return web.done(url_for(".meeting", meeting_id=meeting_id), told)
            other = refusals(refused)
            db.session.rollback()
    return render_template(
        "decision/meeting_propose.html", meeting=found_meeting(meeting_id), form=form, rows=rows, other=other,
        common=common, seen=_version,
    ), status  # fmt: skip


def _outcome(case: Before, chosen: str) -> tuple[State, str | None] | None:
    if chosen == REJECT:
        return State.REJECTED, None
    return (State.NOTICE, chosen) if chosen in levels_open_to(case.checklist, case.level) else None


def _reason(typed: Typed, case: Before, outcome: State, common: str, confirmed: bool) -> str:
    """The reason of its own; who is recognised has the common one."""
    if outcome is State.NOTICE:
        return common
    given = typed.text("why", case.application_id)
    return given if confirmed else given or shortfall(case)


def shortfall(case: Before) -> str:
    """Why a case does not reach a level, as the beginning of the words told to the unit."""
    if case.total is None:
        return ""
    lowest = case.checklist.levels[-1]
    total, needed = language.plain_points(case.total), language.plain_points(lowest.total)
    said = [*case.sheet["barred"], *case.sheet["gates"]]
    if case.total < lowest.total:
        said.append(f"评审得分 {total} 分，未达到“{lowest.name.zh}”要求的 {needed} 分")
    short = [section["title"] for section in case.sheet["sections"] if section["floor_reached"] is False]
    said += [f"“{title}”部分未达到最低要求" for title in short]
    return "；".join(one.rstrip("。") for one in said) + "。" if said else ""


def _without_reason(rows: Sequence[Row], common: str) -> list[tuple[str, str]]:
    missing = [] if common or all(row.is_rejected for row in rows) else [("reason", gettext("请写明予以认定的理由。"))]
    return missing + [
        (f"why-{row.case.application_id}", gettext("请写明不予认定%(unit)s的理由。", unit=row.case.unit))
        for row in rows
        if row.is_rejected and not row.reason
    ]


def _version(case: Before) -> int:
    """The version of a case as the person saw it on the list."""
    return request.form.get(f"version-{case.application_id}", case.version, type=int)


def refusals(refused: Sequence[tuple[Application, Refusal]]) -> list[tuple[str, str]]:
    """Who stood in the way of the whole list, and why."""
    return [(f"case-{one.id}", f"{one.unit.name}：{language.sentence(refusal)}") for one, refusal in refused]


# approval of the whole list


@bp.route("/<int:meeting_id>/approve", methods=["GET", "POST"])
@web.only(Role.APPROVER)
def approve(meeting_id: int) -> ResponseReturnValue:
    """Another person answers the proposals of a list, each by name, all in one transaction or none."""
    meeting, me, library = found_meeting(meeting_id), web.me(), web.house().library
    waiting = [case for case in cases_of(groups_of(meeting)).values() if case.waits and case.proposal]
    rows = [case for case in waiting if case.proposal and case.proposal.proposed_by != me.person_id]
    form, typed, other, status = SettleListForm(), Typed(), [], 200
    back = typed.asked("back")
    answers = {number: typed.text("answer", number) for number in back}
    if form.accepted() and web.proved(form):
        shown = {int(value) for value in typed.asked("proposal").values() if value.isdecimal() and len(value) < 10}
        open_now = {case.proposal.id: case for case in rows if case.proposal}
        other = [*typed.wrong.items()] + [
            (f"answer-{number}", gettext("不同意时请写明理由，经办人据此修改。"))
            for number in back
            if not answers[number]
        ]
        if not shown or not shown <= set(open_now):
            other.append(("list", gettext("清单已有变化，请核对后再次提交。")))
        if not other:
            settled = [
                Answered(number, case.application_id not in back, answers.get(case.application_id, ""))
                for number, case in open_now.items()
                if number in shown
            ]
            programme, calendar = library.programme, library.calendar
            refused = meeting_acts.settle_all(
                db.session(), meeting, settled, programme, calendar, by=me, at=clock.now()
            )
            if not refused:
                return _settled(meeting_id, settled)
            other = refusals(refused)
            db.session.rollback()
        status = 422
    today = clock.day_of(clock.now(), web.zone())
    return render_template(
        "decision/meeting_approve.html", meeting=found_meeting(meeting_id), form=form, rows=rows, other=other,
        mine=[case for case in waiting if case not in rows], back=back, answers=answers, fresh=web.is_fresh(),
        ends_on=library.calendar.add_working_days(today, library.programme.notice.working_days),
    ), 422 if form.errors and status == 200 else status  # fmt: skip


def _settled(meeting_id: int, settled: Sequence[Answered]) -> ResponseReturnValue:
    agreed = sum(one.agreed for one in settled)
    told = gettext("已审定 %(agreed)s 件，退回 %(back)s 件。", agreed=agreed, back=len(settled) - agreed)
    if web.house().library.programme.decision.is_told_later and agreed:
        told += gettext("结果尚未公布，公布前申报单位和公众都看不到。")
    return web.done(url_for(".meeting", meeting_id=meeting_id), told)


# telling the results


@bp.route("/<int:meeting_id>/announcement", methods=["GET", "POST"])
@web.only(Role.OFFICE, Role.APPROVER)
def announcement(meeting_id: int) -> ResponseReturnValue:
    """What will be told to whom; at an hour that is set, or now by an approver."""
    me, at, library = web.me(), clock.now(), web.house().library
    meeting = found_meeting(meeting_id, lock=request.method == "POST")
    if not library.programme.decision.is_told_later:
        raise NotFound
    now = request.form.get("do") == "now"
    hour, form, status = HourForm(None if now else request.form or None), AnnounceForm(), 200
    if request.method == "GET" and meeting.announce_at:
        hour.announce_at.data = meeting.announce_at.astimezone(ZoneInfo(web.zone())).replace(tzinfo=None)
    try:
        if now and me.role is Role.APPROVER and form.accepted() and web.proved(form):
            told = telling.announce(db.session(), meeting, library.programme, library.calendar, by=me, at=at)
            text = gettext("已公布 %(count)s 件审定结果，申报单位会收到通知。", count=len(told))
            return web.done(url_for(".meeting", meeting_id=meeting_id), text)
        if not now and hour.accepted():
            meeting_acts.set_hour(db.session(), meeting, hour.announce_at.moment(), by=me, at=at)
            return web.done(url_for(".announcement", meeting_id=meeting_id), gettext("公布时间已保存。"))
    except NotReady as refusal:
        status = web.show_in(form if now else hour, refusal)
    return render_template(
        "decision/meeting_announcement.html", meeting=found_meeting(meeting_id), hour=hour, form=form,
        cases=list(cases_of(groups_of(meeting)).values()), may_now=me.role is Role.APPROVER, fresh=web.is_fresh(),
        ends_on=library.calendar.add_working_days(clock.day_of(at, web.zone()), library.programme.notice.working_days),
    ), 422 if (form.errors or hour.errors) and status == 200 else status  # fmt: skip
