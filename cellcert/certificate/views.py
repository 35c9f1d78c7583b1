"""A certificate as a picture, for telephones whose browser shows no PDF."""

from functools import lru_cache
from io import BytesIO
from threading import Lock

WIDE = 1240  # dots: A4 across at 106 to the inch
KEPT = 24

_one_at_a_time = Lock()  # PDFium is not made for threads


@lru_cache(maxsize=KEPT)
def shown(pdf: bytes) -> bytes:
    """The first page of a PDF of ours as a PNG."""
    import pypdfium2

    with _one_at_a_time, pypdfium2.PdfDocument(pdf) as document:
        page = document[0]
        picture = page.render(scale=WIDE / page.get_width()).to_pil().convert("RGB")
    out = BytesIO()
    picture.quantize(128).save(out, "PNG", optimize=False)
    return out.getvalue()
