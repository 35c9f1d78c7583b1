"""``cellcert certificate …``: make one again that is waiting, look at a file or a QR code, compute a result again."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sqlalchemy import or_, select

from cellcert import clock, create_app, web
from cellcert.certificate.credential import read_credential
from cellcert.certificate.issuing import keys_folder, make_certificate, stampers, trusted
from cellcert.certificate.models import Certificate
from cellcert.certificate.proof import Keys, Proven, check_proof, read_code
from cellcert.certificate.proof_keys import from_words, in_words, proof_key, proof_keys
from cellcert.certificate.queries import by_serial, entry
from cellcert.certificate.recomputing import compared
from cellcert.certificate.states import CertificateState
from cellcert.certificate.verifying import Verdict, examine
from cellcert.config import read_settings
from cellcert.database import db
from cellcert.storage import Damaged

if TYPE_CHECKING:
    from cellcert.certificate.signing import SignatureResult


@click.group()
def certificate() -> None:
    """Print a certificate that is due, or check the PDF of one."""


@certificate.command()
@click.argument("number")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Also write the PDF to this file.")
def render(number: str, out: Path | None) -> None:
    """Make the PDF of NUMBER (a serial or a row's id) if it is reserved; an issued one is never printed again."""
    with create_app().app_context():
        found = _find(number)
        if found is None:
            raise click.ClickException(f"没有编号为 {number} 的证书。")
        certificate_id, waiting = found.id, found.state is CertificateState.RESERVED
        db.session.rollback()
        if waiting:
            make_certificate({"certificate_id": certificate_id})
            db.session.commit()
        made = db.session.get_one(Certificate, certificate_id)
        if made.sha256 is None:
            raise click.ClickException(f"{made.serial} 已作废，没有文件。")
        click.echo(f"{made.serial} {'已制作' if waiting else '早已制作'} sha256 {made.sha256}")
        if out is not None:
            try:
                out.write_bytes(web.house().store.get(made.sha256))
            except Damaged as error:
                raise click.ClickException(f"存储的文件已损坏：{error}") from error
            click.echo(f"已写入 {out}")


@certificate.command()
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--qr", help="What the QR code says, instead of a file; the database is not asked.")
@click.option("--unit", help="With --qr: the name printed on the certificate.")
@click.option("--key", help="With --qr: a published key (/verify/keys), instead of those of this machine.")
def verify(file: Path | None, qr: str | None, unit: str | None, key: str | None) -> None:
    """Say whether FILE is a certificate of ours and what it is worth today; exit 1 unless it is authentic."""
    if (file is None) == (qr is None):
        raise click.UsageError("Name a file, or give --qr.")
    if file is not None:
        sys.exit(0 if _verified_file(file) else 1)
    try:
        keys = from_words(key) if key else proof_keys(keys_folder(read_settings()))
    except ValueError as error:
        raise click.ClickException(f"不是公布的密钥：{key}") from error
    sys.exit(0 if _verified_code(str(qr), unit, keys) else 1)


def _verified_file(file: Path) -> bool:
    with create_app().app_context():
        settings = web.house().settings
        found = examine(db.session(), file.read_bytes(), trusted(settings), clock.now(), stampers(settings))
        click.echo(f"{found.verdict.headline}：{found.verdict.meaning}")
        click.echo(f"sha256 {found.sha256}")
        for said in signature_lines(found.signature):
            click.echo(said)
        if found.certificate is not None:
            line = entry(found.certificate, clock.day_of(clock.now(), web.zone()))
            click.echo(f"{line.serial} {line.unit} {line.category_name} 有效期至 {line.valid_until}")
            click.echo(f"目前状态：{line.status.label}")
    return found.verdict is Verdict.GENUINE


def signature_lines(signature: "SignatureResult") -> Iterator[str]:
    """Who signed and when, and the time a service we trust vouches for."""
    if signature.signer:
        yield f"签名者 {signature.signer} {signature.signed_at or ''}"
    if signature.stamped_at:
        yield f"时间戳 {signature.stamped_at}，由受信任的时间戳服务证明"


def _verified_code(text: str, unit: str | None, keys: Keys) -> bool:
    code = read_code(text)
    if code is None:
        click.echo("这不是证书查验网址。")
        return False
    found = check_proof(code, keys)
    click.echo(found.proven.meaning)
    if found.proven is not Proven.GOOD:
        return False
    click.echo(f"{code.serial} 认定日期 {found.awarded_on} 有效期至 {found.valid_until}")
    named = unit is None or found.names(unit)
    if unit is not None:
        click.echo(f"单位名称{'相符' if named else '不符，二维码是另一张证书的'}：{unit}")
    click.echo(f"网址属于 {code.host}。没有联网，现在是否有效请打开网址查验。")
    return named


@certificate.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def recompute(file: Path) -> None:
    """Compute the result in FILE's credential again from the stored answers; exit 1 if anything differs."""
    data = file.read_bytes()
    said = read_credential(data)
    if said is None:
        raise click.ClickException("文件里没有可读的认定信息（credential.json）。")
    with create_app().app_context():
        found = by_serial(db.session(), str(said.get("number")))
        if found is None:
            raise click.ClickException(f"没有编号为 {said.get('number')} 的证书。")
        verdict = examine(db.session(), data, trusted(web.house().settings), clock.now()).verdict
        click.echo(f"{found.serial} {verdict.headline}")
        lines = compared(db.session(), found, said)
    for line in lines:
        click.echo(
            f"一致　{line.name}：{line.said}"
            if line.same
            else f"不一致　{line.name}：文件 {line.said}，重新计算 {line.found}"
        )
    differing = sum(not line.same for line in lines)
    click.echo(f"{differing} 项与存档不一致。" if differing else "全部与存档一致。")
    sys.exit(1 if differing or verdict is not Verdict.GENUINE else 0)


@certificate.command()
def keys() -> None:
    """Print the public keys that QR codes are checked by, for publication."""
    settings = read_settings()
    proof_key(keys_folder(settings))
    for name, public in proof_keys(keys_folder(settings)).items():
        click.echo(f"{name.hex()} {in_words(public)}")


def _find(number: str) -> Certificate | None:
    named = Certificate.serial == number
    if number.isdecimal():
        named = or_(named, Certificate.id == int(number))
    return db.session.scalar(select(Certificate).where(named))
