"""Make the yearly declaration: anybody of the unit fills in, the head confirms, and then it stands."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from cellcert import clock
from cellcert.actors import Actor
from cellcert.application.actions import tell_unit
from cellcert.application.lifecycle import Act
from cellcert.application.models import Application
from cellcert.audit.actions import record
from cellcert.criteria.programme import Programme
from cellcert.errors import N_, Changed, NotAllowed, NotReady
from cellcert.inbox.actions import tell
from cellcert.people.queries import acting_for, is_head
from cellcert.standing.declared_queries import declaration_of, duties_of, figures_of_year
from cellcert.standing.models import Declaration


def save_declaration(
    session: Session,
    application: Application,
    year: int,
    complies: Mapping[str, bool],
    changes: str,
    seen: int,
    programme: Programme,
    *,
    by: Actor,
    at: datetime,
) -> Declaration:
    """Fill in the declaration of ``year`` (B63); ``seen`` is the version that was shown, 0 for none yet."""
    application.permit(Act.DECLARE, by)
    found = declaration_of(session, application.id, year)
    if seen != (found.version if found else 0):
        raise Changed
    if found is not None and found.confirmed_at is not None:
        raise NotReady(N_("{year} 年的年度声明已经确认，不能再修改。情况有变化的，请与主管部门联系。"), year=year)
    if not any(
        duty.year == year for duty in duties_of(session, application, programme, clock.day_of(at, programme.time_zone))
    ):
        raise NotReady(N_("{year} 年不需要提交年度声明。"), year=year)
    if not all(complies.values()) and not changes:
        raise NotReady(N_("有基本条件不再符合，请在“情况变化”中说明。"))
    if found is None:
        found = Declaration(application=application, year=year, version=1)
        session.add(found)
    found.complies, found.changes, found.figures = dict(complies), changes, {}
    found.saved_by, found.saved_at = by.signatory, at
    session.flush()
    record(session, "fill-in-declaration", f"application:{application.id}", by=by, at=at, year=year)
    return found


def ask_heads_to_confirm(session: Session, application: Application, year: int, *, by: Actor, at: datetime) -> int:
    """Tell the heads that a declaration waits for them; how many there are."""
    heads = [post.id for person, post in acting_for(session, application.unit_id) if post.is_head and person.active]
    text = f"{by.name}已填写 {year} 年的年度声明，请您核对后确认。确认后才算提交。"
    tell(session, heads, f"请确认 {year} 年年度声明", text, at=at, application_id=application.id)
    return len(heads)


def confirm_declaration(session: Session, declaration: Declaration, *, by: Actor, at: datetime) -> None:
    """The head confirms it (B63); the ledger's figures are kept as they are at this moment."""
    application = declaration.application
    application.permit(Act.DECLARE, by)
    if not is_head(session, by.person_id, application.unit_id):
        raise NotAllowed(N_("年度声明由单位负责人确认。请负责人登录后办理。"))
    if declaration.confirmed_at is not None:
        raise NotReady(
            N_("{year} 年的年度声明已经确认，不能再修改。情况有变化的，请与主管部门联系。"), year=declaration.year
        )
    declaration.figures = kept_figures(session, application, declaration.year)
    declaration.confirmed_by, declaration.confirmed_at = by.signatory, at
    broken = sorted(key for key, met in declaration.complies.items() if not met)
    record(
        session, "declare-year", f"application:{application.id}", by=by, at=at, year=declaration.year, not_met=broken,
        changed=bool(declaration.changes), figures=declaration.figures,
    )  # fmt: skip
    tell_unit(
        session, application, f"declared-{declaration.year}", f"{declaration.year} 年年度声明已提交",
        f"{application.unit.name}：\n{declaration.year} 年的年度声明已由{by.name}确认提交。", at=at,
    )  # fmt: skip


def kept_figures(session: Session, application: Application, year: int) -> dict[str, Any]:
    """The sums of the unit's ledger by kind, of the year and of the one before."""
    return {
        "year": figures_of_year(session, application.unit_id, year),
        "before": figures_of_year(session, application.unit_id, year - 1),
    }
