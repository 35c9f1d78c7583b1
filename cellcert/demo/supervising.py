"""The ladder in the fictitious city: one matter at each step, one that waits, one that is closed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cellcert import clock
from cellcert.actors import SYSTEM, Actor
from cellcert.demo.city import City
from cellcert.dispatch.supervision import actions
from cellcert.dispatch.supervision.models import SupervisionCase
from cellcert.dispatch.supervision.queries import open_matters
from cellcert.dispatch.supervision.rules import DIVISION

WHERE = "/supervision"
ENOUGH = 6  # of the matters a review finds: each story is told once


def supervise(city: City) -> Iterator[str]:
    """Three reviews as the months went by; yields after each act, so that the caller commits."""
    if not city.programme.supervision.rungs:
        return
    days = [rung.answer_days for rung in city.programme.supervision.rungs]
    first = city.now - timedelta(days=sum(days[:2]) + 12)
    yield f"进展评估，提出 {_review(city, first)} 份文件建议"
    waiting = _lagging(city)
    for number, case in enumerate(waiting):
        if number < ENOUGH - 1:
            actions.approve(city.session, case, city.programme, by=_approver(city, 0), at=first + timedelta(days=1))
        elif number >= ENOUGH:
            reason = "本期集中办理进度最慢的事项，其余下期再看。"
            at = first + timedelta(days=1)
            actions.decline(city.session, case, city.programme, reason, by=_approver(city, 0), at=at)
    yield "印发工作提醒"
    stays = [case for case in waiting[: ENOUGH - 1] if _body(city, case)]
    if len(stays) > 1:
        _answer(city, stays[0], first + timedelta(days=5))
        at, reason = first + timedelta(days=7), "措施明确，已有单位提交申报，按月跟踪。"
        actions.close(city.session, stays[0], reason, by=city.cast.office, at=at)
        _answer(city, stays[1], first + timedelta(days=6))
        yield "收到整改报告，一件结案"
    second = first + timedelta(days=days[0] + 3)
    yield f"再次评估，提出 {_review(city, second)} 份升级建议"
    raised = [case for case in _lagging(city) if case.pending and case.pending.step == 1]
    for case in raised[:2]:
        actions.approve(city.session, case, city.programme, by=_approver(city, 1), at=second + timedelta(days=1))
    yield "印发通报督办"
    third = second + timedelta(days=days[1] + 3)
    yield f"第三次评估，提出 {_review(city, third)} 份建议"
    visited = [case for case in _lagging(city) if case.pending and case.pending.step == 2]
    for case in visited[:1]:
        actions.approve(city.session, case, city.programme, by=_approver(city, 2), at=third + timedelta(days=1))
    yield "印发现场督导"


def _review(city: City, at: datetime) -> int:
    made = actions.review(city.session, city.library, WHERE, by=SYSTEM, at=at)
    city.session.flush()
    return made


def _lagging(city: City) -> list[SupervisionCase]:
    """The matters with a letter that waits, the oldest first."""
    return sorted((case for case in open_matters(city.session).values() if case.pending), key=lambda case: case.id)


def _approver(city: City, step: int) -> Actor:
    by_office = city.programme.supervision.rungs[step].approved_by == "office"
    return city.cast.office if by_office else city.cast.approver


def _body(city: City, case: SupervisionCase) -> Actor | None:
    posts = city.cast.districts if case.kind == DIVISION else city.cast.departments
    return posts[case.subject].actor() if case.subject in posts else None


def _answer(city: City, case: SupervisionCase, at: datetime) -> None:
    by = _body(city, case)
    assert by is not None
    actions.answer(
        city.session, case, "部分单位台账不全，准备时间长。", "逐户指导补全台账，每周调度一次，本月新增申报 2 家。",
        clock.day_of(at + timedelta(days=30), city.programme.time_zone), [], city.programme, WHERE, by=by, at=at,
    )  # fmt: skip
