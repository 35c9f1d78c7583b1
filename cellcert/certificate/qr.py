"""The QR code of a certificate."""

import segno


def qr_picture(url: str) -> str:
    """``url`` as a QR code, error level M, quiet zone included: an SVG in a data URI."""
    # boost_error off: a higher level would shrink the modules of a long address.
    code = segno.make_qr(url, error="m", boost_error=False)
    return code.svg_data_uri(border=4, light="#fff", dark="#000", omitsize=True, svgversion=1.1)
