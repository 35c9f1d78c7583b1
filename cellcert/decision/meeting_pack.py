"""The pack of a meeting: asked for, made by the worker a few cases at a time, joined, and told to who asked."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert import clock, web
from cellcert.audit.actions import record
from cellcert.database import db, reading
from cellcert.decision.meeting_models import Meeting, MeetingPack
from cellcert.decision.meeting_papers import figure, hindered, on_paper, outcome_on_paper, papers_of, side_on_paper
from cellcert.decision.meeting_print import join, print_cases, print_summary
from cellcert.decision.meeting_queries import Group, agenda
from cellcert.inbox.actions import tell
from cellcert.outbox.actions import enqueue
from cellcert.outbox.models import Job, JobState
from cellcert.people.models import Post

AT_A_TIME = 5  # cases of a piece: some seconds of work, well within a lease
MOST_NAMED = 3


def ask_for_pack(session: Session, meeting: Meeting, groups: list[Group], post: Post, *, at: datetime) -> MeetingPack:
    """Put the making of a pack down; its order is the list's of this moment."""
    ids = [case.application_id for group in groups for case in group.cases]
    of = 2 + -(-len(ids) // AT_A_TIME)  # the summary, the cases, and joining them
    pack = MeetingPack(meeting_id=meeting.id, post_id=post.id, asked_at=at, cases=ids, of=of)
    session.add(pack)
    session.flush()
    by = post.actor()
    record(session, "meeting-pack", f"meeting:{meeting.id}", by=by, at=at, pack=pack.id, cases=len(ids))
    _next(session, pack, at)
    return pack


def _next(session: Session, pack: MeetingPack, at: datetime) -> None:
    enqueue(session, "meeting-pack", f"{pack.id}-{len(pack.pieces)}", at=at, pack_id=pack.id, piece=len(pack.pieces))


def stopped_at(session: Session, pack: MeetingPack) -> JobState | None:
    """Whether the present piece failed, and is tried again (due) or given up (dead)."""
    job = session.scalar(select(Job).where(Job.key == f"meeting-pack:{pack.id}-{len(pack.pieces)}"))
    return job.state if job is not None and job.last_error else None


def make_piece(data: Mapping[str, object]) -> None:
    """The outbox's work on one piece; the last one joins them all. The worker commits."""
    session, at, house = db.session(), clock.now(), web.house()
    number = int(str(data["piece"]))
    with reading():
        pack = session.get_one(MeetingPack, data["pack_id"])
        if pack.sha256 is not None or len(pack.pieces) != number:
            return
        title, note = f"{pack.meeting.name}材料", f"{clock.day_of(pack.asked_at, web.zone()):%Y-%m-%d} 生成 · 内部材料"
        kept, is_last = list(pack.pieces), number == pack.of - 1
        draw = (lambda: b"") if is_last else _drawing(session, pack, number)
        session.rollback()  # printing takes seconds: nobody waits for it at the database
    pages = 0
    if is_last:
        whole, pages = join([house.store.get(sha256) for sha256 in kept], title, note)
        sha256 = house.store.put(whole)
    else:
        sha256 = house.store.put(draw())
    pack = session.get_one(MeetingPack, data["pack_id"], with_for_update=True, populate_existing=True)
    pack.pieces = [*kept, sha256]
    if not is_last:
        _next(session, pack, at)
        return
    pack.sha256, pack.pages, pack.made_at = sha256, pages, at
    where = web.public_url("meeting.pack", meeting_id=pack.meeting_id)
    text = f"{pack.meeting.name}的会议材料已生成，{len(pack.cases)} 件、共 {pages} 页。下载：{where}"
    tell(session, [pack.post_id], f"{pack.meeting.name}：会议材料已生成", text, at=at)


def _drawing(session: Session, pack: MeetingPack, number: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Everything a piece says, read now; drawn when called."""
    programme = web.house().library.programme
    meeting = pack.meeting
    groups = agenda(session, meeting, programme.decision, [one.key for one in programme.categories])
    title = f"{meeting.name}材料"
    if number == 0:
        made = f"{pack.asked_at.astimezone(ZoneInfo(programme.time_zone)):%Y-%m-%d %H:%M}"
        held_on, lines = meeting.held_on, [summary(group) for group in groups]
        return lambda: print_summary(title, held_on, made, lines)
    wanted = pack.cases[(number - 1) * AT_A_TIME : number * AT_A_TIME]
    cases = {case.application_id: case for group in groups for case in group.cases}
    papers = papers_of(session, wanted)
    pages = [on_paper(cases[one], papers[one], programme) for one in wanted if one in cases]
    return lambda: print_cases(title, pages)


def summary(group: Group) -> dict[str, Any]:
    """One category and batch of the list, as paper says it."""
    programme = web.house().library.programme
    category, batch = programme.category(group.category).name.zh, programme.batch(group.batch).name.zh
    places = (
        f"名额 {group.places} 个，此前已用 {group.taken} 个，本次可认定 {group.left} 个"
        if group.places is not None
        else ""
    )
    units = {case.application_id: case.unit for case in group.cases}
    return {
        "title": f"{category} · {batch}",
        "places": places,
        "lines": [
            {
                "no": case.number,
                "unit": case.unit,
                "reference": case.reference,
                "division": programme.division(case.division).name.zh,
                "total": figure(case.total) if case.total is not None else "–",
                "rank": case.stand.rank or "–",
                "tied": named([units[one] for one in case.stand.tied_with if one in units]),
                "level": case.level_name.zh if case.level_name else "未达到",
                "side": side_on_paper(case),
                "hindered": hindered(case),
                "outcome": outcome_on_paper(case),
            }
            for case in group.cases
        ],
    }


def named(units: Sequence[str]) -> str:
    """Some names; of many the first three, and how many they are."""
    return "、".join(units) if len(units) <= MOST_NAMED else f"{'、'.join(units[:MOST_NAMED])}等 {len(units)} 家"
