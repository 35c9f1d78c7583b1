"""The art of a certificate, drawn once: the frame becomes a form that each page only calls by its name."""

import re
import zlib
from functools import cache
from typing import Any

from cellcert.paper import fetcher, picture, render, stylesheet
from cellcert.press.ornament import band, rosette

NAME = "CellcertArt"
PERIOD = 16.0  # millimetres of one period of the woven band


def frame_svg() -> str:
    """The frame of the certificate, without a word."""
    return render(
        "frame.svg",
        period=PERIOD,
        across=16,
        down=10,
        upright=f"{169 / 160:.4f}",  # ten periods reach from corner to corner of the short sides
        band=band(PERIOD, 9.4, 12, 0.36),
        counter=band(PERIOD, 9.4, 8, 0.5),
        corner=rosette(7.0, 8, 6, 0.7),
        rosette=rosette(66, 18, 8, 0.62),
        heart=rosette(26, 12, 8, 0.8),
        halo=rosette(9.0, 24, 4, 0.16),
    )


def frame_picture() -> str:
    """The frame as a picture, for a page that has to bring its own."""
    return picture(frame_svg())


def lay_under(pdf: Any) -> None:  # noqa: ANN401
    """Put the frame under the words of each page of a ``pydyf.PDF``, as decoration that is not read aloud."""
    import pydyf

    form = pydyf.Stream(
        [_form()],
        {
            "Type": "/XObject",
            "Subtype": "/Form",
            "BBox": pydyf.Array([0, 0, 842, 596]),
            "Resources": pydyf.Dictionary(),
            "Filter": "/FlateDecode",
        },
    )
    pdf.add_object(form)
    for page in [one for one in pdf.objects if isinstance(one, dict) and one.get("Type") == "/Page"]:
        named(pdf, page, "Resources")["XObject"][NAME] = form.reference
        named(pdf, page, "Contents").stream.insert(0, f"/Artifact BMC q /{NAME} Do Q EMC".encode())


def named(pdf: Any, part: Any, key: str) -> Any:  # noqa: ANN401
    """The object that ``part`` refers to by ``key``."""
    return pdf.objects[int(bytes(part[key]).split()[0])]


def operators(stream: Any) -> list[bytes]:  # noqa: ANN401
    """What a ``pydyf.Stream`` draws, one piece after another."""
    return [
        one if isinstance(one, bytes) else one.data if hasattr(one, "data") else str(one).encode()
        for one in stream.stream
    ]


@cache
def _form() -> bytes:
    """What draws the frame, compressed for good."""
    from weasyprint import HTML

    taken: list[bytes] = []

    def take(_document: Any, pdf: Any) -> None:  # noqa: ANN401
        page = next(one for one in pdf.objects if isinstance(one, dict) and one.get("Type") == "/Page")
        taken.append(b"\n".join(operators(named(pdf, page, "Contents"))))

    page = HTML(string=f'<img src="{frame_picture()}">', url_fetcher=fetcher())
    page.write_pdf(finisher=take, stylesheets=[stylesheet("art.css")])
    drawn = re.sub(rb"\n/[aA]1(\.0)? gs(?=\n)", b"", taken[0])  # "opaque" is how a form begins
    if any(f" {operator}".encode() in drawn for operator in ("gs", "Tf", "Do", "sh", "scn")):
        raise ValueError("the frame may be made of plain paths only: the form brings no resources along")
    return zlib.compress(drawn, 9)
