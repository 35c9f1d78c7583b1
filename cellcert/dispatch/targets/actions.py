"""What is done with values of the plan's targets: reported, supported by files, confirmed, sent back."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cellcert.actors import Actor, Role
from cellcert.audit.actions import record
from cellcert.criteria.plan import PlanTarget
from cellcert.criteria.programme import Programme
from cellcert.criteria.reporting import Reporting
from cellcert.dispatch.targets.models import TargetFile, TargetReport
from cellcert.dispatch.targets.rules import Period, every_of, periods, plain, value_fault
from cellcert.errors import N_, NotAllowed, NotReady, TooLarge, Unusable
from cellcert.evidence.actions import Kept
from cellcert.evidence.rules import MEGABYTE, file_name
from cellcert.inbox.actions import tell

MOST_FILES = 10
LONGEST_NOTE = 500
NOT_YOURS = N_("这个目标由排在第一位的责任部门填报。")
WAITS = N_("这个时期已有一个数值在等市办确认。需要更正的，请市办先退回。")


def may_report(target: PlanTarget, by: Actor) -> bool:
    """The first department the plan names reports; the office writes down what came to it on paper."""
    if target.counted:
        return False
    return by.role is Role.OFFICE or (by.role is Role.DEPARTMENT and by.department == target.lead)


def report(
    session: Session,
    target: PlanTarget,
    period: Period,
    value: Decimal,
    note: str,
    rule: Reporting,
    *,
    by: Actor,
    post: int,
    at: datetime,
    today: date,
) -> TargetReport:
    """Report the value of a period that has ended; one value waits at a time, and a correction is a new report."""
    if target.counted:
        raise NotAllowed(N_("这个目标由系统直接统计，不用填报。"))
    if not may_report(target, by):
        raise NotAllowed(NOT_YOURS)
    if period not in periods(every_of(target, rule), rule.since, today):
        raise NotReady(N_("这个时期还没有结束，或不是这个目标的填报时期。"))
    if fault := value_fault(target, value):
        raise Unusable(fault.zh)
    open_one = select(TargetReport).where(
        TargetReport.target == target.key, TargetReport.period == period.key, TargetReport.outcome.is_(None)
    )
    if session.scalar(open_one) is not None:
        raise NotReady(WAITS)
    row = TargetReport(
        target=target.key, period=period.key, ends_on=period.ends_on, value=value, note=note[:LONGEST_NOTE],
        department=target.lead, reported_by=by.signatory, reported_post=post, reported_at=at,
    )  # fmt: skip
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:  # somebody else reported it at the same moment
        raise NotReady(WAITS) from error
    record(
        session, "report-target", f"target-report:{row.id}", by=by, at=at, target=target.key, period=period.key,
        value=plain(value),
    )  # fmt: skip
    return row


def add_file(
    session: Session, row: TargetReport, name: str, kept: Kept, programme: Programme, *, by: Actor, at: datetime
) -> TargetFile:
    """Support a value that waits; the same bytes twice are one file."""
    if row.outcome is not None:
        raise NotReady(N_("这个数值已经办结，不能再补充材料。"))
    if (same := next((file for file in row.files if file.sha256 == kept.sha256), None)) is not None:
        return same
    if len(row.files) >= MOST_FILES:
        raise TooLarge(N_("最多可附 {most} 个文件。请把几个合成一个 PDF，或与经办人联系。"), most=MOST_FILES)
    most = programme.evidence.file_mb * MOST_FILES // 2
    if sum(file.size for file in row.files) + kept.size > most * MEGABYTE:
        raise TooLarge(N_("材料总量超过 {most} MB。请压缩后再上传。"), most=most)
    file = TargetFile(
        name=file_name(name, kept.extension), sha256=kept.sha256, media_type=kept.media_type, size=kept.size,
        added_at=at,
    )  # fmt: skip
    row.files.append(file)
    session.flush()
    record(session, "add-target-file", f"target-report:{row.id}", by=by, at=at, name=file.name, sha256=file.sha256)
    return file


def confirm(session: Session, row: TargetReport, rule: Reporting, *, by: Actor, at: datetime) -> None:
    """Let a value count (确认), by another person of the office than who reported it."""
    _refuse_settling(row, by)
    if rule.evidence and not row.files:
        raise NotReady(N_("还没有证明材料，不能确认。请填报部门补充，或退回。"))
    row.outcome, row.settled_by, row.settled_at = "confirmed", by.signatory, at
    session.flush()
    record(session, "confirm-target", f"target-report:{row.id}", by=by, at=at, value=plain(row.value))


def send_back(
    session: Session, row: TargetReport, reason: str, name: str, period: str, *, by: Actor, at: datetime
) -> None:
    """Send a value back with a reason (退回); who reported it is told."""
    _refuse_settling(row, by)
    row.outcome, row.settled_by, row.settled_at, row.reason = "returned", by.signatory, at, reason
    session.flush()
    record(session, "return-target", f"target-report:{row.id}", by=by, at=at, reason=reason)
    told: Sequence[int] = [] if row.reported_post is None else [row.reported_post]
    tell(session, told, f"“{name}”{period}的数值已退回", f"退回原因：{reason}\n请更正后重新填报。", at=at)


def _refuse_settling(row: TargetReport, by: Actor) -> None:
    if row.outcome is not None:
        raise NotReady(N_("这个数值已经办结。"))
    if by.person_id == row.reported_by:
        raise NotAllowed(N_("这个数值由您填报，请由市办另一位经办人确认或退回。"))
