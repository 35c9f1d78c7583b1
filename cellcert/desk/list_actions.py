"""Keep a view of the list under a name, forget it, and ask for a list as a file."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cellcert.actors import Actor
from cellcert.audit.actions import record
from cellcert.desk.models import CaseExport, SavedView
from cellcert.errors import N_, NotFound, NotReady
from cellcert.outbox.actions import enqueue
from cellcert.people.models import Post

LONGEST_NAME = 30
MOST_VIEWS = 30
MOST_WAITING = 3
JOB = "case-export"


def save_view(session: Session, name: str, asked: str, *, by: Actor, at: datetime) -> SavedView:
    """Keep a search under a name; the same name again replaces it."""
    name = " ".join(name.split())
    if not name:
        raise NotReady(N_("请填写视图名称。"))
    if len(name) > LONGEST_NAME:
        raise NotReady(N_("视图名称最多 {most} 个字。"), most=LONGEST_NAME)
    mine = SavedView.person_id == by.signatory
    view = session.scalar(select(SavedView).where(mine, SavedView.name == name))
    if view is None:
        if (session.scalar(select(func.count()).select_from(SavedView).where(mine)) or 0) >= MOST_VIEWS:
            raise NotReady(N_("最多保存 {most} 个视图，请先删除不用的。"), most=MOST_VIEWS)
        view = SavedView(person_id=by.signatory, name=name)
        session.add(view)
    view.asked, view.at = asked, at
    return view


def forget_view(session: Session, view_id: int, *, by: Actor) -> None:
    """Delete one's own view."""
    view = session.get(SavedView, view_id)
    if view is None or view.person_id != by.signatory:
        raise NotFound
    session.delete(view)


def ask_export(session: Session, kind: str, asked: str, *, post_id: int, by: Actor, at: datetime) -> CaseExport:
    """Let the worker write a list; remembered, as what leaves the house is."""
    waiting = select(func.count()).select_from(CaseExport).join(CaseExport.post).where(
        Post.person_id == by.signatory, CaseExport.made_at.is_(None)
    )  # fmt: skip
    if (session.scalar(waiting) or 0) >= MOST_WAITING:
        raise NotReady(N_("您有 {most} 份导出正在生成，请等其中一份完成后再试。"), most=MOST_WAITING)
    export = CaseExport(post_id=post_id, kind=kind, asked=asked, asked_at=at)
    session.add(export)
    session.flush()
    enqueue(session, JOB, str(export.id), at=at, export_id=export.id)
    record(session, "export", f"cases.{kind}", by=by, at=at, export_id=export.id, asked=asked)
    return export
