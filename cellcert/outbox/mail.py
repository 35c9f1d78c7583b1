"""Mail leaves through the outbox: to a folder by default, to SMTP by setting."""

import smtplib
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from urllib.parse import unquote, urlsplit


def message(data: Mapping[str, object], sender: str) -> EmailMessage:
    """The mail of an outbox row; the row's key is its Message-ID, so that a repeat can be recognised."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = _one_line(data["to"])
    mail["Subject"] = _one_line(data["subject"])
    mail["Message-ID"] = f"<{_one_line(data['key'])}@cellcert>"
    mail["Date"] = formatdate(localtime=False)
    mail.set_content(str(data["text"]))
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
    connect = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    with connect(parts.hostname or "localhost", parts.port or 0, timeout=20) as server:
        if parts.scheme == "smtp+starttls":
            server.starttls()
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(mail)


def _one_line(value: object) -> str:
    return " ".join(str(value).split())
