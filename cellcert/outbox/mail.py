"""Mail leaves through the outbox: to a folder by default, to SMTP by setting."""

import smtplib
import ssl
from collections.abc import Mapping
from email.errors import HeaderParseError, MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

WAIT = 10  # seconds for each answer of the server: whoever comes after waits too


class Refused(Exception):
    """The address, or the mail, is refused for good: no later try would be taken."""


class PutOff(Exception):
    """The server cannot take it now; a later try may be taken."""


def message(data: Mapping[str, object], sender: str, domain: str) -> EmailMessage:
    """The mail of an outbox row; the row's key is its Message-ID, so that a repeat can be recognised."""
    mail = EmailMessage()
    mail["From"] = _address(sender)
    mail["To"] = _address(_one_line(data["to"]))
    mail["Subject"] = _one_line(data["subject"])
    mail["Message-ID"] = f"<{_one_line(data['key'])}@{domain}>"
    mail["Date"] = formatdate(localtime=False)
    mail["Auto-Submitted"] = "auto-generated"  # holiday notices do not answer
    mail.set_content(str(data["text"]), cte="8bit")  # readable in the folder; made ASCII for the wire
    if entry := str(data.get("calendar") or ""):  # an appointment the reader's calendar can take over
        mail.add_attachment(entry, subtype="calendar", filename="appointment.ics")
    return mail


def send(mail: EmailMessage, url: str) -> None:
    """Send to ``file:FOLDER``, ``smtp://``, ``smtp+starttls://`` or ``smtps://user:password@host:port``."""
    if url.startswith("file:"):
        folder = Path(url.removeprefix("file:"))
        folder.mkdir(parents=True, exist_ok=True)
        name = "".join(char if char.isalnum() else "-" for char in str(mail["Message-ID"])).strip("-")
        (folder / f"{name}.eml").write_bytes(bytes(mail))
        return
    parts = urlsplit(url)
    host, tls = parts.hostname or "localhost", ssl.create_default_context()  # checks the name and who signed it
    with (
        smtplib.SMTP_SSL(host, parts.port or 0, timeout=WAIT, context=tls)
        if parts.scheme == "smtps"
        else smtplib.SMTP(host, parts.port or (587 if parts.scheme == "smtp+starttls" else 0), timeout=WAIT)
    ) as server:
        if parts.scheme == "smtp+starttls":
            server.starttls(context=tls)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        _hand_over(server, mail)


def _hand_over(server: smtplib.SMTP, mail: EmailMessage) -> None:
    """Give the mail to a server that listens; what it refuses for good is told apart from what it puts off."""
    sender, to = (mail[name].addresses[0].addr_spec for name in ("From", "To"))
    # plain ASCII on the wire: not every server takes eight bits
    text = mail.as_bytes(policy=SMTP.clone(cte_type="7bit"))
    try:
        server.sendmail(sender, [to], text)
    except smtplib.SMTPRecipientsRefused as error:
        code, said = error.recipients[to]
        raise _without(to, code, said) from None
    except smtplib.SMTPDataError as error:
        raise _without(to, error.smtp_code, error.smtp_error) from None


def _without(to: str, code: int, said: object) -> Exception:
    """What the server said without whose address it was: this goes to the log, and an objector's is nobody's there."""
    plain = f"{code} {said!r}".replace(to, "…")
    return Refused(plain) if code >= 500 else PutOff(plain)


def _address(written: str) -> Address:
    """An address as mail servers read it: a domain with other signs in its ASCII form."""
    name, address = parseaddr(written)
    local, _, domain = address.rpartition("@")
    try:
        return Address(name, addr_spec=f"{local}@{domain.encode('idna').decode()}".encode("ascii").decode())
    except (ValueError, IndexError, HeaderParseError, MessageError):
        raise Refused("not an address") from None


def _one_line(value: object) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in str(value)).split())
