"""``cellcert certificate …``: make one again that is waiting, and look at a file."""

import sys
from pathlib import Path

import click
from sqlalchemy import or_, select

from cellcert import clock, create_app, web
from cellcert.certificate.issuing import make_certificate, trusted
from cellcert.certificate.models import Certificate
from cellcert.certificate.queries import entry
from cellcert.certificate.states import CertificateState
from cellcert.certificate.verifying import Verdict, examine
from cellcert.database import db
from cellcert.storage import Damaged


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
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify(file: Path) -> None:
    """Say whether FILE is a certificate of ours and what it is worth today; exit 1 unless it is authentic."""
    app = create_app()
    with app.app_context():
        found = examine(db.session(), file.read_bytes(), trusted(web.house().settings), clock.now())
        click.echo(f"{found.verdict.headline}：{found.verdict.meaning}")
        click.echo(f"sha256 {found.sha256}")
        if found.signature.signer:
            click.echo(f"签名者 {found.signature.signer} {found.signature.signed_at or ''}")
        if found.certificate is not None:
            line = entry(found.certificate, clock.day_of(clock.now(), web.zone()))
            click.echo(f"{line.serial} {line.unit} {line.category_name} 有效期至 {line.valid_until}")
            click.echo(f"目前状态：{line.status.label}")
    if found.verdict is not Verdict.GENUINE:
        sys.exit(1)


def _find(number: str) -> Certificate | None:
    named = Certificate.serial == number
    if number.isdecimal():
        named = or_(named, Certificate.id == int(number))
    return db.session.scalar(select(Certificate).where(named))
