"""Sign any PDF with any key: pyHanko's way, for what the press did not write or a key that is not at hand."""

from datetime import datetime
from io import BytesIO
from typing import Any

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter


def sign_any(
    pdf: bytes,
    signer: Any,  # noqa: ANN401
    field: str,
    label: str,
    reason: str,
    at: datetime,
    stamper: Any = None,  # noqa: ANN401
) -> bytes:
    """``pdf`` with an invisible PAdES signature by a pyHanko signer, time-stamped if there is a stamper."""
    session = _SignedAt(
        signers.PdfSignatureMetadata(
            field_name=field, reason=reason, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256"
        ),
        signer=signer,
        timestamper=stamper,
        new_field_spec=SigFieldSpec(field, readable_field_name=label),
    )
    session.at = at
    signed = session.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)))
    return bytes(signed.getbuffer())


class _SignedAt(signers.PdfSigner):  # type: ignore[misc, unused-ignore]
    """pyHanko takes the time from the machine; ours comes from whoever acts."""

    at: datetime

    def init_signing_session(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self.at
        return session
