"""Mail over a real SMTP server of the test's own: what is sent, what is refused for good, what is tried again."""

import datetime
import email
import smtplib
import socketserver
import ssl
import threading
import traceback
from collections.abc import Iterator
from email import policy
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask
from sqlalchemy import select

from cellcert import clock
from cellcert.actors import Role
from cellcert.config import BadSettings, Settings, read_settings
from cellcert.database import db
from cellcert.jobs import HANDLERS
from cellcert.outbox import mail
from cellcert.outbox.actions import enqueue
from cellcert.outbox.models import Job, JobState
from cellcert.outbox.worker import work_all
from cellcert.web import house
from tests.people.arrivals import a_unit, signed_in, somebody

SENDER = "市办 <office@example.org>"


class Post(socketserver.ThreadingTCPServer):
    """A post office that keeps what it is given; ``says`` are its answers to RCPT and DATA."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), Counter)
        self.tls, self.says = tls, {"RCPT": "250 ok", "DATA": "250 kept"}
        self.kept: list[bytes] = []
        self.heard: list[str] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Counter(socketserver.StreamRequestHandler):
    """One conversation."""

    server: Post

    def handle(self) -> None:
        self.say("220 post")
        while line := self.rfile.readline():
            said = line.decode().strip()
            self.server.heard.append(said)
            word = said.upper().split(" ")[0]
            if word == "EHLO":
                self.say("250-post\r\n250 STARTTLS" if self.server.tls else "250 post")
            elif word == "STARTTLS" and self.server.tls:
                self.say("220 go on")
                try:
                    self.request = self.server.tls.wrap_socket(self.request, server_side=True)
                except OSError:
                    return
                self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)
            elif word == "RCPT":
                self.say(self.server.says["RCPT"])
            elif word == "DATA":
                self.say("354 go on")
                lines = []
                while (part := self.rfile.readline()) not in {b".\r\n", b""}:
                    lines.append(part)
                self.server.kept.append(b"".join(lines))
                self.say(self.server.says["DATA"])
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that nobody but the test trusts."""
    key, at = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(at - datetime.timedelta(days=1))
        .not_valid_after(at + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, form, serialization.NoEncryption()))
    return file


@pytest.fixture
def post(request: pytest.FixtureRequest) -> Iterator[Post]:
    tls = None
    if getattr(request, "param", False):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(request.getfixturevalue("certificate"))
    server = Post(tls)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def a_mail(**changes: str) -> dict[str, object]:
    return {
        "key": "application-1-submitted-1", "to": "clerk@example.com", "subject": "已收到申报",
        "text": "示例厂：\n.已收到。𠮷",
    } | changes  # fmt: skip


def send(post: Post, data: dict[str, object], scheme: str = "smtp", host: str = "localhost") -> None:
    mail.send(mail.message(data, SENDER, "wufei.example.org"), f"{scheme}://{host}:{post.port}")


def test_what_arrives_is_what_was_written_in_plain_ascii(post: Post) -> None:
    send(post, a_mail())

    raw = post.kept[0]
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) < 999
    got = email.message_from_bytes(raw.replace(b"\r\n..", b"\r\n."), policy=policy.default)
    assert got.get_content().splitlines() == ["示例厂：", ".已收到。𠮷"]
    assert got["Subject"] == "已收到申报"
    assert got["From"].addresses[0].display_name == "市办"
    assert got["Message-ID"] == "<application-1-submitted-1@wufei.example.org>"
    assert "mail FROM:<office@example.org>" in post.heard[1] + post.heard[2]


def test_no_name_or_subject_adds_a_header_or_a_recipient(post: Post) -> None:
    send(post, a_mail(subject="好\r\nBcc: spy@example.com\r\n\r\n<p>", key="k\r\nX: y", to="a@example.com\x00"))

    got = email.message_from_bytes(post.kept[0], policy=policy.default)
    assert got["Bcc"] is None
    assert got["X"] is None
    assert got["Subject"].startswith("好 Bcc: spy@example.com")
    assert [line for line in post.heard if line.upper().startswith("RCPT")] == ["rcpt TO:<a@example.com>"]


@pytest.mark.parametrize(
    "to", ["", "no at", "a@", "@b.c", "a b@c.d", ".a@b.c", "a@b..c", "用户@example.com", "a@" + "x" * 70 + ".com"]
)
def test_what_is_no_address_is_refused_for_good_before_anybody_is_called(to: str) -> None:
    with pytest.raises(mail.Refused):
        mail.message(a_mail(to=to), SENDER, "example.org")


def test_a_domain_in_chinese_is_written_as_servers_read_it(post: Post) -> None:
    send(post, a_mail(to="clerk@例子.中国"))
    assert "rcpt TO:<clerk@xn--fsqu00a.xn--fiqs8s>" in post.heard


@pytest.mark.parametrize(
    ("place", "answer", "for_good"),
    [
        ("RCPT", "550 no such user", True),
        ("RCPT", "450 clerk@example.com is busy", False),
        ("DATA", "554 looks like spam", True),
        ("DATA", "451 try later", False),
    ],
)
def test_a_refusal_for_good_is_told_from_one_for_now(post: Post, place: str, answer: str, for_good: bool) -> None:
    post.says[place] = answer
    with pytest.raises(mail.Refused if for_good else mail.PutOff) as refused:
        send(post, a_mail())
    told = "".join(traceback.format_exception(refused.value))
    assert str(a_mail()["to"]) not in told, "nobody's address goes to the log"


@pytest.mark.parametrize("post", [True], indirect=True)
def test_a_server_nobody_vouches_for_gets_no_mail(
    post: Post, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        send(post, a_mail(), "smtp+starttls")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with pytest.raises(ssl.SSLCertVerificationError):  # trusted, but under another name
        send(post, a_mail(), "smtp+starttls", "127.0.0.1")
    assert post.kept == []
    send(post, a_mail(), "smtp+starttls")
    assert len(post.kept) == 1


def test_without_starttls_nothing_is_sent_in_the_clear(post: Post) -> None:
    with pytest.raises(smtplib.SMTPNotSupportedError):
        send(post, a_mail(), "smtp+starttls")
    assert post.kept == []


def test_a_refused_mail_is_tried_once_and_the_unit_is_told(app: Flask, post: Post) -> None:
    unit = a_unit(app)
    somebody(app, "me", Role.APPLICANT, unit_id=unit)
    post.says["RCPT"] = "550 no such user"
    deliver_to(app, post)
    with app.app_context():
        enqueue(db.session(), "mail", "k", at=clock.now(), **a_mail(), unit_id=unit)
        db.session.commit()
        work_all(HANDLERS)
        job = db.session.scalars(select(Job)).one()
        assert (job.state, job.attempts) == (JobState.DONE, 1)
    page = signed_in(app, "me").get("/inbox").text
    assert "邮件未能送达，请核对联系邮箱" in page
    assert "clerk@example.com" in page


def test_a_mail_put_off_waits_for_its_next_try(app: Flask, post: Post) -> None:
    post.says["RCPT"] = "450 busy"
    deliver_to(app, post)
    with app.app_context():
        enqueue(db.session(), "mail", "k", at=clock.now(), **a_mail())
        db.session.commit()
        work_all(HANDLERS)
        job = db.session.scalars(select(Job)).one()
        assert (job.state, job.attempts) == (JobState.DUE, 1)
        assert job.not_before > clock.now()


def test_a_sender_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELLCERT_MAIL_FROM", "office")
    with pytest.raises(BadSettings, match="CELLCERT_MAIL_FROM"):
        read_settings()


def deliver_to(app: Flask, post: Post) -> None:
    """Let the application send its mail there."""
    with app.app_context():
        changed: Settings = house().settings.model_copy(update={"mail_url": f"smtp://localhost:{post.port}"})
        object.__setattr__(house(), "settings", changed)
