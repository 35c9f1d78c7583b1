"""Is this file a certificate of ours? Its hash is on record, and then its signature covers the whole file (D-16)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from asn1crypto import x509 as asn1
from sqlalchemy.orm import Session

from cellcert.certificate.models import Certificate
from cellcert.certificate.queries import by_sha256
from cellcert.errors import N_

if TYPE_CHECKING:
    from cellcert.certificate.signing import SignatureResult

MOST_BYTES = 10 * 1024 * 1024


class Verdict(StrEnum):
    """What can be said about a file."""

    GENUINE = "genuine"
    UNSURE = "unsure"
    ALTERED = "altered"
    FOREIGN = "foreign"
    UNKNOWN = "unknown"
    UNSIGNED = "unsigned"
    UNREADABLE = "unreadable"

    @property
    def headline(self) -> str:
        return VERDICTS[self][0]

    @property
    def meaning(self) -> str:
        return VERDICTS[self][1]


VERDICTS = {
    Verdict.GENUINE: (
        N_("文件是真的"),
        N_("这份文件与发证记录逐字节一致，认定机构的数字签名有效，签发后没有被改动。"),
    ),
    Verdict.UNSURE: (
        N_("签名无法确认"),
        N_("这份文件与发证记录一致，但目前不能确认数字签名。请联系认定机构核实。"),
    ),
    Verdict.ALTERED: (
        N_("文件被改动过"),
        N_("这份文件带有数字签名，但签名之后内容被改动或添加过，不是认定机构发出的原件，请勿采信。"),
    ),
    Verdict.FOREIGN: (
        N_("不是认定机构签发的"),
        N_("这份文件的数字签名不是认定机构的，请勿采信。"),
    ),
    Verdict.UNKNOWN: (
        N_("发证记录里没有这份文件"),
        N_("这份文件带有认定机构的数字签名，但发证记录里没有它，不能作为证书使用。请联系认定机构核实。"),
    ),
    Verdict.UNSIGNED: (
        N_("不是证书原件"),
        N_(
            "这份文件没有数字签名，可能是打印后扫描、截图或另外制作的，不能证明真伪。"
            "请上传从系统下载的 PDF 原件，或按证书编号查验。"
        ),
    ),
    Verdict.UNREADABLE: (
        N_("无法读取"),
        N_(
            "这份文件不是完整的 PDF，或者被改动得无法打开，不能证明真伪。"
            "请上传从系统下载的 PDF 原件，或按证书编号查验。"
        ),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """What an examination found; only ``GENUINE`` may be called authentic."""

    verdict: Verdict
    signature: "SignatureResult"
    sha256: str
    certificate: Certificate | None = None

    @property
    def checks(self) -> list[tuple[str, bool]]:
        """What was looked at, as questions anybody understands, and whether the answer is yes."""
        signed = not self.signature.problem
        return [
            (N_("与发证记录保存的文件逐字节相同"), self.certificate is not None),
            (N_("带有数字签名，签名之后一个字也没有改动"), signed and self.signature.intact),
            (N_("签名盖住整个文件，后面没有附加内容"), signed and self.signature.whole_file),
            (N_("签名者是认定机构"), signed and self.signature.trusted),
        ]


def examine(
    session: Session,
    pdf: bytes,
    trusted: Sequence[asn1.Certificate],
    at: datetime,
    stampers: Sequence[asn1.Certificate] = (),
) -> Finding:
    """Look at a file anybody may have made."""
    sha256 = hashlib.sha256(pdf).hexdigest()
    certificate = by_sha256(session, sha256)
    # The key of an old certificate may have run out since; it counts on the day it was used.
    moment = certificate.issued_at if certificate is not None and certificate.issued_at else at
    from cellcert.certificate.signing import check_signature  # pyHanko is slow to import

    signature = check_signature(pdf, trusted, moment, stampers)
    return Finding(verdict(certificate is not None, signature), signature, sha256, certificate)


def verdict(on_record: bool, signature: "SignatureResult") -> Verdict:
    """What hash and signature say together."""
    if on_record:
        return Verdict.GENUINE if signature.good else Verdict.UNSURE
    if signature.signatures is None:
        return Verdict.UNREADABLE
    if signature.signatures == 0:
        return Verdict.UNSIGNED
    if not signature.intact or not signature.whole_file:
        return Verdict.ALTERED
    return Verdict.UNKNOWN if signature.trusted else Verdict.FOREIGN
