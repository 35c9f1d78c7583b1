"""What the worker can do: each kind of outbox row and its handler."""

from collections.abc import Mapping

from cellcert import clock, web
from cellcert.certificate.issuing import make_certificate
from cellcert.database import db
from cellcert.evidence.parts import forget_old
from cellcert.outbox import mail
from cellcert.outbox.worker import Handler
from cellcert.standing.actions import expire_due


def send_mail(data: Mapping[str, object]) -> None:
    """Send one mail as the settings say."""
    settings = web.house().settings
    mail.send(mail.message(data, settings.mail_from), settings.mail)


def expire(_data: Mapping[str, object]) -> None:
    """End the titles and returns whose time is over."""
    expire_due(db.session(), clock.now(), web.house().library.programme.time_zone)


def tidy(_data: Mapping[str, object]) -> None:
    """Remove the parts of uploads nobody went on with."""
    forget_old(web.house().settings.data_folder / "parts", clock.now().timestamp())


HANDLERS: Mapping[str, Handler] = {"certificate": make_certificate, "expire": expire, "mail": send_mail, "tidy": tidy}
DAILY = ("expire", "tidy")
