"""The unit is asked about the objections in hand, without a word of who raised them, and says what it has to say."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import Actor
from cellcert.application.actions import tell_unit
from cellcert.application.lifecycle import Act
from cellcert.application.models import Application
from cellcert.audit.actions import record
from cellcert.criteria.calendar import Calendar
from cellcert.criteria.programme import Programme
from cellcert.decision.models import Statement
from cellcert.decision.objecting import objections_in_hand, open_statement, refuse_telling_who
from cellcert.errors import N_, NotReady


def ask_statement(
    session: Session,
    application: Application,
    question: str,
    passed_on: Mapping[int, str],
    programme: Programme,
    calendar: Calendar,
    *,
    by: Actor,
    at: datetime,
) -> Statement:
    """Ask the unit (B60), telling it of each objection what the office wrote, by the objection's id."""
    application.permit(Act.ASK_STATEMENT, by)
    in_hand = [one for one in objections_in_hand(session, application) if not one.appeal]
    if not in_hand:
        raise NotReady(N_("没有正在核查的异议。申诉由申报单位自己提出，不用请它说明。"))
    if open_statement(session, application) is not None:
        raise NotReady(N_("已请申报单位说明情况，收到说明前不能再问。"))
    for text in (question, *passed_on.values()):
        refuse_telling_who(in_hand, text)
    for one in in_hand:
        one.passed_on = passed_on.get(one.id, "") or one.passed_on
        if not one.passed_on:
            raise NotReady(N_("请写明转给申报单位的内容（异议 {receipt}）。"), receipt=one.receipt)
    today = clock.day_of(at, programme.time_zone)
    statement = Statement(
        application=application, question=question, asked_by=by.signatory, asked_at=at,
        due_on=calendar.add_working_days(today, programme.notice.statement_days),
    )  # fmt: skip
    session.add(statement)
    application.edited_at = at
    session.flush()
    record(session, Act.ASK_STATEMENT.slug, f"application:{application.id}", by=by, at=at, statement=statement.id)
    tell_unit(
        session, application, f"statement-{statement.id}", f"申报 {application.reference} 收到异议，请说明情况",
        f"{application.unit.name}：\n公示期间收到异议，请在 {statement.due_on.isoformat()} 前（含当日）在申报页面"
        f"“说明情况”处答复，可附材料。\n{question}", at=at,
    )  # fmt: skip
    return statement


def give_statement(session: Session, application: Application, text: str, *, by: Actor, at: datetime) -> Statement:
    """Say what the unit has to say (B61); after the day it was asked for as well, until the objections are closed."""
    application.permit(Act.GIVE_STATEMENT, by)
    statement = open_statement(session, application)
    if statement is None:
        raise NotReady(N_("目前没有需要说明的异议。"))
    statement.text, statement.given_by, statement.given_at = text, by.signatory, at
    application.edited_at = at
    record(session, Act.GIVE_STATEMENT.slug, f"application:{application.id}", by=by, at=at, statement=statement.id)
    return statement


def statements_of(session: Session, application: Application) -> Sequence[Statement]:
    """Everything the unit was asked, oldest first."""
    rows = select(Statement).where(Statement.application_id == application.id)
    return session.scalars(rows.order_by(Statement.id)).all()
