"""Plaques (牌匾) for the engraver: one page each, in true size with crop marks, in one colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cellcert.criteria.text import Text
from cellcert.paper import picture, render, to_pdf
from cellcert.press.fitting import fitting, halves
from cellcert.press.qr import qr_alt, qr_picture

POINTS = 72 / 25.4  # in a millimetre
BLEED = 20  # millimetres around the plaque, for the marks and a line of words for the workshop


@dataclass(frozen=True, slots=True)
class PlaqueFields:
    """All that is cut into one plaque."""

    title: Text
    unit_name: str
    authority: Text
    awarded_on: date
    serial: str
    verify_url: str
    sample: bool = False


def print_plaques(plaques: Sequence[PlaqueFields], width: int, height: int) -> bytes:
    """A page for each, ``width`` × ``height`` millimetres; raises ``Unprintable`` for what no font has."""
    unit = min(width / 600, height / 400)
    css, shown = [_page(width, height, unit)], []
    for at, plaque in enumerate(plaques, start=1):
        lines, size = _name(" ".join(plaque.unit_name.split()), 0.78 * width * POINTS, 62 * unit)
        title = fitting(plaque.title.zh, 190 * unit, 0.78 * width * POINTS / 1.14)
        issuer = fitting(plaque.authority.zh, 40 * unit, 0.5 * width * POINTS)
        css.append(
            f".title-{at} {{ font-size: {title}pt }} .name-{at} {{ font-size: {size}pt }}"
            f" .issuer-{at} {{ font-size: {issuer}pt }}"
        )
        shown.append({
            "at": at, "title": plaque.title.zh, "title_en": plaque.title.en, "lines": lines,
            "unit_name": plaque.unit_name, "authority": plaque.authority.zh, "awarded_on": plaque.awarded_on,
            "serial": plaque.serial, "qr": qr_picture(plaque.verify_url), "qr_alt": qr_alt(plaque.serial),
            "sample": plaque.sample,
        })  # fmt: skip
    html = render(
        "plaque.html",
        plaques=shown,
        title=f"牌匾 {len(plaques)} 块，{width} × {height} 毫米",
        author=plaques[0].authority.zh if plaques else "",
        width=width,
        height=height,
        ornament=picture(render("corner.svg")),
    )
    return to_pdf(html, "plaque.css", sizes=" ".join(css), every_sign=True)


def _name(name: str, room: float, size: float) -> tuple[list[str], float]:
    """The name on one line, or on two before it gets smaller than two thirds."""
    one = fitting(name, size, room)
    if one >= size * 2 / 3:
        return [name], one
    lines = halves(name)
    return lines, min(fitting(line, size * 0.8, room) for line in lines)


def _page(width: int, height: int, unit: float) -> str:
    """Where things stand on a plaque of this size; the proportions are those of 600 × 400."""
    outer, inner, corner = 12 * unit, 19 * unit, 44 * unit
    return f"""
      @page {{ size: {width}mm {height}mm; margin: 0; bleed: {BLEED}mm; marks: crop cross }}
      .plaque {{ width: {width}mm; height: {height}mm }}
      .slug {{ left: 4mm; top: -9mm }}
      .outer {{ left: {outer}mm; top: {outer}mm; width: {width - 2 * outer}mm; height: {height - 2 * outer}mm;
        border-width: {2.4 * unit}mm }}
      .inner {{ left: {inner}mm; top: {inner}mm; width: {width - 2 * inner}mm; height: {height - 2 * inner}mm;
        border-width: {0.8 * unit}mm }}
      .corner {{ width: {corner}mm; height: {corner}mm }}
      .nw, .sw {{ left: {inner + 5 * unit}mm }} .ne, .se {{ left: {width - inner - 5 * unit - corner}mm }}
      .nw, .ne {{ top: {inner + 5 * unit}mm }} .sw, .se {{ top: {height - inner - 5 * unit - corner}mm }}
      h1 {{ top: {height * 0.235}mm; line-height: {76 * unit}mm }}
      .title-en {{ top: {height * 0.235 + 80 * unit}mm; font-size: {34 * unit}pt; letter-spacing: .08em }}
      .name {{ top: {height * 0.5}mm; height: {60 * unit}mm }}
      .code {{ left: {72 * unit}mm; top: {height - 124 * unit}mm; width: {66 * unit}mm; font-size: {17 * unit}pt }}
      .code img {{ width: {66 * unit}mm; height: {66 * unit}mm }}
      .issuer {{ right: {46 * unit}mm; top: {height - 116 * unit}mm; width: {width * 0.56}mm;
        line-height: {24 * unit}mm }}
    """
