"""A meeting's papers: the pack, the cases on a wall, the minutes; and the minutes of a case's second round."""

from io import BytesIO
from typing import Any

from flask import render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm.exc import StaleDataError

from cellcert import clock, language, web
from cellcert.actors import Role
from cellcert.application.lifecycle import Act
from cellcert.assessment.steps import numbers
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.sheet import in_language
from cellcert.database import db
from cellcert.decision import meeting_acts
from cellcert.decision.meeting_forms import MinutesForm, Typed
from cellcert.decision.meeting_models import Meeting
from cellcert.decision.meeting_pack import ask_for_pack, stopped_at, summary
from cellcert.decision.meeting_papers import figure, figures, outcome_on_paper, papers_of
from cellcert.decision.meeting_print import print_minutes, print_second_round
from cellcert.decision.meeting_queries import Before, newest_pack
from cellcert.decision.meeting_routes import bp, cases_of, found_meeting, groups_of
from cellcert.errors import N_, NotFound, NotReady
from cellcert.forms import PostForm
from cellcert.outbox.models import JobState
from cellcert.people.models import Post

VOTES = ("for", "against", "abstain")


# the pack


@bp.route("/<int:meeting_id>/pack", methods=["GET", "POST"])
@web.only(Role.OFFICE, Role.APPROVER)
@web.unattended
def pack(meeting_id: int) -> ResponseReturnValue:
    """How far the pack is, the pack, and a new one for who asks."""
    meeting, form = found_meeting(meeting_id), PostForm()
    made = newest_pack(db.session(), meeting)
    if form.accepted():
        groups = groups_of(meeting)
        if not groups:
            raise NotReady(N_("清单上还没有申报，不能生成材料。"))
        if made is None or made.made_at is not None or stopped_at(db.session(), made) is JobState.DEAD:
            post = db.session.get_one(Post, web.my_sign_in().post_id)
            ask_for_pack(db.session(), meeting, groups, post, at=clock.now())
        return web.done(url_for(".pack", meeting_id=meeting_id), gettext("正在生成会议材料。完成后会给您发消息。"))
    stopped = stopped_at(db.session(), made) if made and made.made_at is None else None
    return render_template(
        "decision/meeting_pack.html", meeting=meeting, pack=made, form=form, failing=stopped is JobState.DUE,
        dead=stopped is JobState.DEAD,
    )  # fmt: skip


@bp.get("/<int:meeting_id>/pack.pdf")
@web.only(Role.OFFICE, Role.APPROVER)
def pack_pdf(meeting_id: int) -> ResponseReturnValue:
    """The pack made last."""
    meeting = found_meeting(meeting_id)
    made = newest_pack(db.session(), meeting)
    if made is None or made.sha256 is None:
        raise NotFound
    name, sha256 = f"meeting-{meeting_id}-pack.pdf", made.sha256
    db.session.rollback()  # reading may take a moment: nobody waits for it at the database
    return send_file(BytesIO(web.house().store.get(sha256)), "application/pdf", download_name=name)


# on the wall


@bp.get("/<int:meeting_id>/show/<int:number>")
@web.only(Role.OFFICE, Role.APPROVER)
def show(meeting_id: int, number: int) -> ResponseReturnValue:
    """One case a screen, in the order of the list; 0 is the list itself. No expert's name."""
    meeting = found_meeting(meeting_id)
    groups = groups_of(meeting)
    cases = [case for group in groups for case in group.cases]
    if number > len(cases):
        raise NotFound
    case = cases[number - 1] if number else None
    group = next((one for one in groups if case in one.cases), None)
    papers = papers_of(db.session(), [case.application_id])[case.application_id] if case else None
    return render_template(
        "decision/meeting_show.html", meeting=meeting, groups=groups, case=case, group=group, papers=papers,
        number=number, count=len(cases), units={one.application_id: one.unit for one in cases},
        sheet=in_language(case.sheet, language.current_language()) if case and case.sheet else {},
        numbers=numbers(case.checklist) if case else {},
    )  # fmt: skip


# minutes


@bp.route("/<int:meeting_id>/minutes", methods=["GET", "POST"])
@web.only(Role.OFFICE, Role.APPROVER)
def minutes(meeting_id: int) -> ResponseReturnValue:
    """Who came, what was said, and the votes on each case; the office writes them."""
    meeting = found_meeting(meeting_id, lock=request.method == "POST")
    cases = list(cases_of(groups_of(meeting)).values())
    may_write = web.me().role is Role.OFFICE
    form = MinutesForm(obj=meeting, version=meeting.version) if request.method == "GET" else MinutesForm()
    typed, other, status = Typed(), [], 200
    if request.method == "POST" and not may_write:
        raise NotFound
    if form.accepted():
        said = _said(typed, cases)
        other = list(typed.wrong.items())
        if form.version.data is not None and form.version.data != meeting.version:
            form.version.data, form.version.raw_data = meeting.version, None
            other.append(
                ("place", gettext("您填写期间，会议记录已被他人更新。您填写的内容保留在下方，请核对后再次保存。"))
            )
        if not other:
            words = {name: form[name].data or "" for name in MINUTES}
            try:
                meeting_acts.keep_minutes(db.session(), meeting, words, said, by=web.me(), at=clock.now())
                return web.done(url_for(".minutes", meeting_id=meeting_id), gettext("会议记录已保存。"))
            except StaleDataError:
                db.session.rollback()
                other.append(("place", gettext("会议记录已被他人更新，请再次保存。")))
        status = 422
    shown = {case.application_id: _shown(case, typed=request.method == "POST") for case in cases}
    return render_template(
        "decision/meeting_minutes.html", meeting=meeting, form=form, cases=cases, shown=shown, other=other,
        may_write=may_write,
    ), 422 if form.errors and status == 200 else status  # fmt: skip


MINUTES = ("place", "chair", "recorder", "attended", "absent", "minutes")
Votes = tuple[int | None, int | None, int | None]


def _said(typed: Typed, cases: list[Before]) -> dict[int, tuple[str, Votes]]:
    return {
        one.application_id: (
            typed.text("said", one.application_id),
            (
                typed.count("for", one.application_id),
                typed.count("against", one.application_id),
                typed.count("abstain", one.application_id),
            ),
        )
        for one in cases
        if f"said-{one.application_id}" in request.form
    }


def _shown(case: Before, *, typed: bool) -> dict[str, object]:
    """What stands in the fields of one case: as typed, else as kept."""
    kept = {
        "said": case.row.said,
        "for": case.row.votes_for,
        "against": case.row.votes_against,
        "abstain": case.row.abstained,
    }
    return {
        name: request.form.get(f"{name}-{case.application_id}", "") if typed else "" if value is None else value
        for name, value in kept.items()
    }


@bp.get("/<int:meeting_id>/minutes.pdf")
@web.only(Role.OFFICE, Role.APPROVER)
def minutes_pdf(meeting_id: int) -> ResponseReturnValue:
    """The minutes on paper, to be signed."""
    meeting = found_meeting(meeting_id)
    values = _minutes_on_paper(meeting)
    db.session.rollback()  # printing takes a moment: nobody waits for it at the database
    pdf = print_minutes(values)
    return send_file(BytesIO(pdf), "application/pdf", download_name=f"meeting-{meeting_id}-minutes.pdf")


def _minutes_on_paper(meeting: Meeting) -> dict[str, Any]:
    groups = []
    for group in groups_of(meeting):
        told = summary(group)
        lines = [
            line | {"said": case.row.said, "votes": _votes(case), "result": _result(case)}
            for line, case in zip(told["lines"], group.cases, strict=True)
        ]
        groups.append(told | {"lines": lines})
    return {
        "title": f"{meeting.name}记录",
        "held_on": meeting.held_on,
        "made": f"{clock.day_of(clock.now(), web.zone()):%Y-%m-%d} 打印",
        "pairs": [("地点", meeting.place), ("主持人", meeting.chair), ("记录人", meeting.recorder)],
        "attended": meeting.attended,
        "absent": meeting.absent,
        "text": meeting.minutes,
        "groups": groups,
    }


def _votes(case: Before) -> str:
    row = case.row
    named = (("同意", row.votes_for), ("反对", row.votes_against), ("弃权", row.abstained))
    return "，".join(f"{name} {count}" for name, count in named if count is not None) or "未填写"


def _result(case: Before) -> str:
    """What has come of a case, as far as two persons agreed."""
    if case.proposal is None:
        return "本次未提出" if case.is_open else case.state.label
    return outcome_on_paper(case) + ("（等待审定）" if case.waits else "")


# the second round of one case


@bp.get("/second-round/<int:application_id>.pdf")
def second_round(application_id: int) -> ResponseReturnValue:
    """The minutes of a second round on paper, without names."""
    application = web.load(application_id, Act.READ_SCORES)
    papers, checklist = papers_of(db.session(), [application_id])[application_id], checklist_of(application.edition)
    if papers.result is None or not papers.minutes:
        raise NotReady(N_("这份申报没有第二轮评分记录。"))
    number_of, programme = numbers(checklist), web.house().library.programme
    points = {line["key"]: figure(line["points"]) for line in papers.result.sheet["items"]}
    values = {
        "title": "第二轮评分记录",
        "reference": application.reference or "",
        "pairs": [
            ("申报单位", application.unit.name),
            ("类别", programme.category(application.category).name.zh),
            ("合并得分", figure(papers.result.total)),
            ("参加评分的专家", f"{len(papers.sheets)} 位"),
        ],
        "lines": [
            (
                number_of.get(one.key, ""), checklist.item(one.key).text.zh, figures(one.before), figures(one.after),
                one.changed, "；".join(one.reasons), "仍有差异，合并定分" if one.is_apart else "差异在限度内",
                points.get(one.key, ""),
            )
            for one in papers.minutes
        ],
        "note": "专家得分从低到高排列，不署名。",
    }  # fmt: skip
    db.session.rollback()  # printing takes a moment: nobody waits for it at the database
    pdf = print_second_round(values)
    return send_file(BytesIO(pdf), "application/pdf", download_name=f"second-round-{application_id}.pdf")
