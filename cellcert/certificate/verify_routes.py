"""Pages that say whether a certificate is real and what it is worth now: open to everybody, kept by no cache."""

import hmac
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Response, current_app, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from cellcert import clock, web
from cellcert.application.lifecycle import Act
from cellcert.certificate.forms import FileForm
from cellcert.certificate.issuing import keys_folder, stampers, trusted
from cellcert.certificate.models import Certificate
from cellcert.certificate.pages import bp, plain
from cellcert.certificate.proof import Code, Proof, Proven, check_proof, read_code
from cellcert.certificate.proof_keys import in_words, proof_keys
from cellcert.certificate.queries import by_serial, entry, successor
from cellcert.certificate.rules import Status, counts
from cellcert.certificate.verifying import MOST_BYTES, examine
from cellcert.certificate.views import shown
from cellcert.database import begin_as_reader, db
from cellcert.errors import N_, TooLarge
from cellcert.people.attempts import TooMany, count_or_refuse, who_of

HOUR = timedelta(hours=1)
UP_TO_DATE = {f"certificate.{name}" for name in ("verify", "verify_serial", "published_keys", "entry")}
MOST_TYPED = 2000


@bp.after_request
def _keep_nothing(response: Response) -> Response:
    """Whatever the answer is, a page, a refusal, a fault: no cache may show it again."""
    if request.endpoint in UP_TO_DATE:
        response.headers["Cache-Control"] = "no-store"
        if response.status_code == TooMany.status:
            response.headers["Retry-After"] = str(round(HOUR.total_seconds()))
    return response


@bp.route("/verify", methods=["GET", "POST"])
@web.only_reads
def verify() -> ResponseReturnValue:
    """Ask for a number, for what the QR code says, or for the file."""
    if typed := request.args.get("serial", "")[:MOST_TYPED].strip():
        return redirect(_asked_for(typed), 303)
    form, finding = FileForm(), None
    if form.accepted():
        _count_attempt()
        settings = web.house().settings
        data = form.file.data.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise TooLarge(N_("文件太大。证书 PDF 不会超过 10 MB，请核对是否选错了文件。"))
        finding = examine(db.session(), data, trusted(settings), clock.now(), stampers(settings))
    found = finding.certificate if finding else None
    line = entry(found, clock.day_of(clock.now(), web.zone())) if found else None
    return render_template(
        "certificate/verify.html",
        form=form,
        finding=finding,
        line=line,
        next=successor(db.session(), found) if found else None,
        Status=Status,
        holds=line is not None and counts(line.status),
        at=clock.now(),
    ), 422 if form.errors else 200


def _asked_for(typed: str) -> str:
    """The page of what somebody typed or pasted: a number, or the address a QR code holds, whoever's it is."""
    code = read_code(typed)
    if code is None:
        return url_for(".verify_serial", serial=plain(typed).upper())
    own = urlsplit(web.house().settings.public_base_url).hostname or ""
    elsewhere = None if code.host == own else code.host or "?"
    return url_for(".verify_serial", serial=code.serial, t=code.token or None, s=code.proof or None, host=elsewhere)


@bp.get("/verify/<serial>")
def verify_serial(serial: str) -> ResponseReturnValue:
    """What a number is worth at this moment, and whether the QR code is the printed one."""
    code = Code(serial, request.args.get("t", ""), request.args.get("s", ""))
    proof = check_proof(code, proof_keys(keys_folder(web.house().settings)))
    try:
        found = by_serial(db.session(), serial)
        if found is not None:
            web.load(found.application_id, Act.VERIFY)
        known = found is not None and hmac.compare_digest(found.token.encode(), code.token.encode("utf-8", "replace"))
        if not known:
            _count_attempt()
        return _verified(code, proof, found, known)
    except OperationalError:
        if proof.proven is not Proven.GOOD:
            raise
        current_app.logger.exception("verified by the code alone")
        db.session.rollback()
        return render_template("certificate/verify_alone.html", code=code, proof=proof, at=clock.now()), 503


def _verified(code: Code, proof: Proof, found: Certificate | None, known: bool) -> ResponseReturnValue:
    at = clock.now()
    line = None
    if found is not None:
        line = entry(found, clock.day_of(at, web.zone()))
    if known and line is not None and "picture" in request.args and (drawn := _picture(line.sha256, line.status)):
        return drawn
    agrees = line is None or proof.proven is not Proven.GOOD or _agrees(proof, line.unit, found)
    return render_template(
        "certificate/verify_serial.html",
        serial=code.serial,
        line=line,
        next=successor(db.session(), found) if found else None,
        matches=known if code.token else None,
        proof=proof if code.proof else None,
        Proven=Proven,
        false_code=proof.proven in {Proven.FALSE, Proven.OTHER_KEY} or not agrees,
        elsewhere=request.args.get("host", "")[:100],
        picture=url_for(".verify_serial", serial=code.serial, t=code.token, picture=1)
        if known and line is not None and line.sha256 and counts(line.status)
        else None,
        Status=Status,
        at=at,
    ), 200 if line is not None else 404


def _agrees(proof: Proof, unit: str, found: Certificate | None) -> bool:
    """Whether the record says what was signed when the code was printed."""
    return found is not None and proof.names(unit) and (proof.awarded_on, proof.valid_until) == (
        found.awarded_on, found.valid_until,
    )  # fmt: skip


def _picture(sha256: str | None, status: Status) -> Response | None:
    """The certificate as a PNG, for telephones that show no PDF; only while it holds."""
    if sha256 is None or not counts(status):
        return None
    response = make_response(shown(web.house().store.get(sha256)))
    response.mimetype = "image/png"
    return response


@bp.get("/verify/keys")
def published_keys() -> ResponseReturnValue:
    """The public keys that QR codes are checked by, for who checks without this site."""
    keys = proof_keys(keys_folder(web.house().settings))
    return jsonify(
        algorithm="Ed25519",
        keys=[{"id": name.hex(), "public": in_words(public)} for name, public in keys.items()],
    )


def _count_attempt() -> None:
    """Count a look-up that proves nothing of a certificate in somebody's hands: a bare number, a file (g17)."""
    who = who_of(str(current_app.secret_key), request.remote_addr)
    most = web.house().settings.lookups_per_address
    begin_as_reader(False)
    try:
        # A transaction of its own: the page itself only reads, and shall not keep others waiting while it does.
        with Session(db.engine) as session, session.begin():
            count_or_refuse(session, "verify", who, most, HOUR, at=clock.now())
    except TooMany as error:
        raise TooMany(
            N_("一小时内查验的次数已到上限（{most} 次），请稍后再查。扫描证书上的二维码不受限制。"), most=most
        ) from error
    except OperationalError:
        current_app.logger.warning("a look-up was not counted: the database is busy")
    finally:
        begin_as_reader(True)
