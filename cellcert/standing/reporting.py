"""Reports about recognised cells (反映): taken in from anybody, answered by the office, which may open a re-check."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from cellcert import clock
from cellcert.actors import PUBLIC, Actor
from cellcert.application.lifecycle import Act
from cellcert.application.models import Application
from cellcert.audit.actions import record
from cellcert.criteria.programme import Programme
from cellcert.decision.objecting_rules import names, tells_who
from cellcert.errors import N_, NotReady
from cellcert.standing.actions import open_recheck
from cellcert.standing.models import CellReport


class Outcome(StrEnum):
    """How a report was answered."""

    UNFOUNDED = "unfounded"
    FOUNDED = "founded"
    RECHECK = "recheck"

    @property
    def label(self) -> str:
        return OUTCOMES[self]


OUTCOMES = {
    Outcome.UNFOUNDED: N_("经核实，反映的情况不属实"),
    Outcome.FOUNDED: N_("情况属实，已督促整改"),
    Outcome.RECHECK: N_("已启动复核"),
}


def report_cell(
    session: Session,
    application: Application,
    name: str,
    contact: str,
    text: str,
    programme: Programme,
    secret_for: Callable[[str], str],
    *,
    by: Actor,
    at: datetime,
) -> CellReport:
    """Take in what anybody reports about a cell (B64); the trail has its number and nothing of who it was."""
    application.permit(Act.REPORT_CELL, by)
    receipt = f"FY{clock.day_of(at, programme.time_zone):%Y%m%d}-{secrets.token_hex(4).upper()}"
    report = CellReport(
        application=application, receipt=receipt, secret=secret_for(receipt), name=name, contact=contact, text=text,
        received_at=at,
    )  # fmt: skip
    session.add(report)
    session.flush()
    record(session, "report-cell", f"application:{application.id}", by=PUBLIC, at=at, receipt=receipt)
    return report


def answer_report(
    session: Session, report: CellReport, outcome: Outcome, reply: str, told: str, *, by: Actor, at: datetime
) -> None:
    """Answer a report (B65); ``told`` is the reason of a re-check, which the unit reads: it names nobody."""
    application = report.application
    application.permit(Act.ANSWER_REPORT, by)
    if report.answered_at is not None:
        raise NotReady(N_("这件反映已经答复。"))
    if outcome is Outcome.RECHECK:
        application.permit(Act.OPEN_RECHECK, by)
        if not told:
            raise NotReady(N_("请写明启动复核的原因。"))
        if part := tells_who(told, names(report.name, report.contact)):
            raise NotReady(N_("这段话认定单位会看到，请去掉反映人的姓名和联系方式（“{part}”）。"), part=part)
        open_recheck(application, told, by=by, at=at)
    report.outcome, report.reply, report.answered_by, report.answered_at = outcome.value, reply, by.signatory, at
    receipt = report.receipt
    record(session, "answer-report", f"application:{application.id}", by=by, at=at, receipt=receipt, outcome=outcome)


# reading


def report_by(session: Session, receipt: str) -> CellReport | None:
    """The report of a number."""
    rows = select(CellReport).where(CellReport.receipt == receipt)
    return session.scalar(rows.options(joinedload(CellReport.application).joinedload(Application.unit)))


def reports_of(session: Session, application_id: int) -> Sequence[CellReport]:
    """What was reported about one cell, newest first."""
    rows = select(CellReport).where(CellReport.application_id == application_id)
    return session.scalars(rows.order_by(CellReport.id.desc())).all()


def open_reports(session: Session, most: int = 500) -> Sequence[CellReport]:
    """Reports that nobody has answered, the oldest first."""
    rows = select(CellReport).where(CellReport.answered_at.is_(None))
    rows = rows.options(joinedload(CellReport.application).joinedload(Application.unit))
    return session.scalars(rows.order_by(CellReport.id).limit(most)).all()
