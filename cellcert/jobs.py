"""What the worker can do: each kind of outbox row and its handler."""

import logging
from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import select

from cellcert import clock, web
from cellcert.application.models import Application
from cellcert.certificate.issuing import make_certificate
from cellcert.certificate.letters.printing import make_files, make_letter
from cellcert.database import db
from cellcert.decision import objecting_mail
from cellcert.decision.meeting_jobs import announce_when_due
from cellcert.decision.meeting_pack import make_piece
from cellcert.decision.printing import make_answer, make_notice, print_missing
from cellcert.desk.exporting import forget_exports, make_export
from cellcert.dispatch.reminders import actions as reminding
from cellcert.dispatch.supervision.actions import review_if_due
from cellcert.dispatch.supervision.printing import send_letter
from cellcert.evidence.parts import forget_old
from cellcert.inbox.actions import tell, tell_people_of
from cellcert.outbox import mail
from cellcert.outbox.models import Job
from cellcert.outbox.worker import Handler
from cellcert.people.attempts import forget_old_attempts
from cellcert.people.invitations import link_token, post_of_inviter
from cellcert.people.models import Invitation
from cellcert.people.rules import INVITED_AS
from cellcert.review.clarify_acts import remind
from cellcert.standing.actions import expire_due
from cellcert.units.models import Unit

log = logging.getLogger("cellcert.worker")


def send_mail(data: Mapping[str, object]) -> None:
    """Send one mail as the settings say; one refused for good is told to the unit it was meant for."""
    try:
        _send(data)
    except mail.Refused as refused:
        log.warning("mail %s refused: %s", data["key"], refused)
        row = db.session.scalar(select(Job).where(Job.key == f"mail:{data['key']}"))
        if row is not None:  # the log of the outbox says so
            row.data = {**row.data, "refused": str(refused)[:500]}
        if isinstance(unit_id := data.get("unit_id"), int):
            text = f"发往 {data['to']} 的邮件《{data['subject']}》被拒收。请在“单位信息”中核对联系邮箱。"
            tell_people_of(db.session(), unit_id, "邮件未能送达，请核对联系邮箱", text, at=clock.now())


def send_invitation(data: Mapping[str, object]) -> None:
    """Send an invitation; its link is made here, so that no row holds it."""
    session = db.session()
    invitation = session.get(Invitation, data["invitation_id"])
    if invitation is None or not invitation.is_open(clock.now()):
        return
    unit, inviter = session.get_one(Unit, invitation.unit_id), invitation.inviter
    token = link_token(str(current_app.secret_key), invitation.nonce)
    days = (invitation.expires_at - invitation.created_at).days
    text = (
        f"您好：\n{unit.name}的{inviter.name}邀请您以“{INVITED_AS[invitation.is_head]}”身份参加本单位的无废细胞申报。\n"
        f"请打开下面的地址，登录或注册后确认加入。{days} 天内有效，只能使用一次。\n\n"
        f"{web.public_url('people.join', token=token)}\n\n如果您不认识邀请人，请不要打开，也不必回复。"
    )
    again = f"-again-{data['again']}" if "again" in data else ""
    key, subject = f"invitation-{invitation.id}{again}", f"{unit.name}邀请您参加申报"
    session.rollback()  # the mail may take its time: nobody waits for it
    try:
        _send({"key": key, "to": data["to"], "subject": subject, "text": text})
    except mail.Refused as refused:
        log.warning("mail %s refused: %s", key, refused)
        invitation = session.get_one(Invitation, data["invitation_id"])
        invitation.undelivered = True
        if post := post_of_inviter(session, invitation):
            told = f"发往 {invitation.email} 的邀请邮件被拒收。请核对地址后重新邀请，或直接添加这位同事。"
            tell(session, [post.id], "邀请邮件未能送达", told, at=clock.now())


def send_received(data: Mapping[str, object]) -> None:
    """Tell who objected that it has come in, if there is an address."""
    _send_to_objector(data, objecting_mail.received_mail(data))


def send_answered(data: Mapping[str, object]) -> None:
    """Tell who objected the answer, if there is an address."""
    _send_to_objector(data, objecting_mail.answered_mail(data))


def _send_to_objector(data: Mapping[str, object], composed: Mapping[str, object] | None) -> None:
    db.session.rollback()  # the mail may take its time: nobody waits for it
    if composed is None:
        return
    try:
        _send(composed)
    except mail.Refused:
        objecting_mail.tell_refused(data)


def _send(data: Mapping[str, object]) -> None:
    settings = web.house().settings
    domain = urlsplit(settings.public_base_url).hostname or "localhost"
    mail.send(mail.message(data, settings.mail_from, domain), settings.mail)


def expire(_data: Mapping[str, object]) -> None:
    """End the titles and returns whose time is over."""
    expire_due(db.session(), clock.now(), web.house().library.programme.time_zone)


def tidy(_data: Mapping[str, object]) -> None:
    """Remove the parts of uploads nobody went on with and old counts; print the notices from before they were."""
    forget_old(web.house().settings.data_folder / "parts", clock.now().timestamp())
    forget_old_attempts(db.session(), clock.now())
    print_missing(db.session(), at=clock.now())
    settings = web.house().settings
    forget_exports(db.session(), settings.data_folder, settings.export_days, at=clock.now())


def remind_question(data: Mapping[str, object]) -> None:
    """Remind a unit of what it was asked, if it has not answered."""
    application = db.session.get(Application, data["application_id"])
    if application is not None:
        remind(db.session(), application, str(data["item"]), int(str(data["number"])), at=clock.now())


def plan_reminders(_data: Mapping[str, object]) -> None:
    """Put down the reminding of the day for when its hours begin."""
    library = web.house().library
    reminding.plan(db.session(), library.programme, library.calendar, at=clock.now())


def remind_everybody(_data: Mapping[str, object]) -> None:
    """Remind everybody of what is due."""
    library, address = web.house().library, web.public_url("desk.home")
    reminding.remind(db.session(), library.programme, library.calendar, address, at=clock.now())


def review_supervision(_data: Mapping[str, object]) -> None:
    """Hold the periodic review of who lags, once its day has come."""
    review_if_due(db.session(), web.house().library, web.public_url("supervision.index"), at=clock.now())


HANDLERS: Mapping[str, Handler] = {
    "announce": announce_when_due,
    "award-files": make_files,
    "award-letter": make_letter,
    "meeting-pack": make_piece,
    "case-export": make_export,
    "certificate": make_certificate,
    "expire": expire,
    "tidy": tidy,
    "invitation": send_invitation,
    "notice": make_notice,
    "answer": make_answer,
    "received": send_received,
    "answered": send_answered,
    "mail": send_mail,
    "remind": remind_everybody,
    "remind-question": remind_question,
    "reminders": plan_reminders,
    "review-supervision": review_supervision,
    "supervision-letter": send_letter,
}
DAILY = ("expire", "reminders", "review-supervision", "tidy")
