"""What the worker can do: each kind of outbox row and its handler."""

from collections.abc import Mapping

from cellcert import web
from cellcert.certificate.issuing import make_certificate
from cellcert.outbox import mail
from cellcert.outbox.worker import Handler


def send_mail(data: Mapping[str, object]) -> None:
    """Send one mail as the settings say."""
    settings = web.house().settings
    mail.send(mail.message(data, settings.mail_from), settings.mail)


HANDLERS: Mapping[str, Handler] = {"certificate": make_certificate, "mail": send_mail}
