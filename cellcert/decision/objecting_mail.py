"""Mails to who objected: composed when they are sent, so that no row of the outbox holds name or address."""

import logging
from collections.abc import Mapping

from sqlalchemy import select

from cellcert import clock, web
from cellcert.actors import Role
from cellcert.database import db
from cellcert.decision.models import Objection
from cellcert.decision.objecting_rules import mail_in
from cellcert.inbox.actions import tell
from cellcert.people.models import Post

log = logging.getLogger("cellcert.worker")


def received_mail(data: Mapping[str, object]) -> dict[str, object] | None:
    """That an objection has come in; the code is not in it, a mail goes through many hands."""
    objection = db.session.get_one(Objection, data["objection_id"])
    text = (
        f"您好：\n您提出的异议已收到，受理编号 {objection.receipt}。"
        "凭编号和提交时给出的查询码，可在下面的地址查询进展：\n\n"
        f"{_address(objection)}\n\n如果不是您提出的，请不必理会。"
    )
    return _mail(data, objection, "received", f"已收到异议 {objection.receipt}", text)


def answered_mail(data: Mapping[str, object]) -> dict[str, object] | None:
    """The answer in words; the letter is read with number and code."""
    objection = db.session.get_one(Objection, data["objection_id"])
    text = (
        f"您好：\n您提出的异议（受理编号 {objection.receipt}）已办结。核查情况和答复：\n\n{objection.reply}\n\n"
        f"答复函可凭编号和查询码在下面的地址下载：\n\n{_address(objection)}"
    )
    return _mail(data, objection, "answered", f"异议 {objection.receipt} 的答复", text)


def _mail(
    data: Mapping[str, object], objection: Objection, kind: str, subject: str, text: str
) -> dict[str, object] | None:
    to = mail_in(objection.contact)
    again = f"-again-{data['again']}" if "again" in data else ""  # a number seen before may be dropped on the way
    key = f"objection-{kind}-{objection.id}{again}"
    return {"key": key, "to": to, "subject": subject, "text": text} if to else None


def _address(objection: Objection) -> str:
    return web.public_url("decision.receipt", receipt=objection.receipt)


def tell_refused(data: Mapping[str, object]) -> None:
    """A mail that cannot be delivered: the office answers in another way. Who it went to is not said."""
    objection = db.session.get_one(Objection, data["objection_id"])
    log.warning("mail about objection %s refused", objection.id)
    posts = db.session.scalars(select(Post.id).where(Post.role == Role.OFFICE, Post.ended_at.is_(None))).all()
    text = f"异议 {objection.receipt} 的邮件被拒收，请按异议人留下的其他联系方式答复。"
    tell(db.session(), posts, "异议的邮件未能送达", text, at=clock.now(), application_id=objection.application_id)
