"""The certificate by other makers of PDF, as near in look as each comes; only where installed (``.[peers]``)."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from cellcert import paper
from cellcert.certificate.press import CertificateFields
from cellcert.paper import chinese_date
from cellcert.press import art, qr, seal
from cellcert.press.fitting import name_lines
from cellcert.press.fontconfig import font_file

TYPST = """
#set document(title: sys.inputs.serial, author: "cellcert")
#set page(width: 297mm, height: 210mm, margin: 0mm, background: image("frame.svg", width: 297mm))
#set text(font: ("LXGW WenKai", "Noto Serif CJK SC"), size: 11pt, fill: rgb("#1d2522"), lang: "zh")
#let at(y, body) = place(top + center, dy: y, body)
#at(48mm, text(size: 42pt, weight: "bold", fill: rgb("#14523a"), tracking: 5pt)[“无废细胞”证书])
#at(64mm, text(size: 10.5pt, fill: rgb("#7d6121"))[Zero-Waste Cell Certificate])
#at(80mm, text(size: float(sys.inputs.size) * 1pt, weight: "bold", sys.inputs.name))
#place(top + left, dx: 38mm, dy: 98.4mm, line(length: 221mm, stroke: .3mm + rgb("#b08d3c")))
#at(107mm, text(size: 16pt)[经单位自评、属地初审、专家评审和社会公示，认定为“无废工厂”。])
#at(118mm, text(size: 9.5pt)[Recognised as “Zero-waste factory”.])
#place(top + left, dx: 32mm, dy: 141mm, image(bytes(sys.inputs.qr), width: 32mm))
#place(top + left, dx: 40mm, dy: 174mm, text(size: 8.5pt)[扫码查验真伪])
#place(top + left, dx: 70mm, dy: 142mm, grid(columns: 2, gutter: 3mm,
  [证书编号], text(weight: "bold", sys.inputs.serial), [认定类别], [无废工厂], [认定等级], [合格],
  [标准版本], [2026.1], [有效期至], sys.inputs.until))
#place(top + left, dx: 157mm, dy: 152mm, box(width: 110mm, align(center)[
  #text(size: 15pt)[示例市“无废城市”建设工作领导小组办公室] \\ #v(4mm) #text(size: 15pt, sys.inputs.awarded)]))
#place(top + left, dx: 191mm, dy: 143.5mm, image("seal.svg", width: 42mm))
"""


@cache
def kai() -> str:
    return font_file("LXGW WenKai:bold")[0].decode()


@cache
def compiler() -> Any:
    import typst

    folder = Path(tempfile.mkdtemp(prefix="bench-typst-"))
    (folder / "frame.svg").write_text(art.frame_svg(), encoding="utf-8")
    (folder / "seal.svg").write_text(
        seal.seal_svg("示例市“无废城市”建设工作领导小组办公室", sample=True), encoding="utf-8"
    )
    (folder / "certificate.typ").write_text(TYPST, encoding="utf-8")
    return typst.Compiler(str(folder / "certificate.typ"), root=str(folder))


def by_typst(fields: CertificateFields) -> bytes:
    """Typst with one compiler for all: its fonts, frame and seal are read once."""
    wide, dark = qr.runs(fields.verify_url)
    drawn = "".join(f"M{x} {y}h{long}v1h-{long}z" for x, y, long in dark)
    said = {
        "serial": fields.serial,
        "name": fields.unit_name,
        "size": str(name_lines(fields.unit_name)[0].size),
        "awarded": chinese_date(fields.awarded_on),
        "until": chinese_date(fields.valid_until),
        "qr": f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {wide}"><path d="{drawn}"/></svg>',
    }
    return bytes(compiler().compile(format="pdf", sys_inputs=said))


def by_reportlab(fields: CertificateFields) -> bytes:
    """ReportLab: one font, no frame and no seal (it reads no SVG), not tagged."""
    from io import BytesIO

    from reportlab.lib.units import mm
    from reportlab.pdfgen.canvas import Canvas

    _reportlab_font()
    file = BytesIO()
    page = Canvas(file, pagesize=(297 * mm, 210 * mm))
    for x, y, size, said in _words(fields):
        page.setFont("Kai", size)
        (page.drawCentredString if x == 148.5 else page.drawString)(x * mm, (210 - y) * mm, said)
    wide, dark = qr.runs(fields.verify_url)
    module = 32 * mm / wide
    for at, row, long in dark:
        page.rect(32 * mm + at * module, 69 * mm - (row + 1) * module, long * module, module, stroke=0, fill=1)
    page.save()
    return file.getvalue()


@cache
def _reportlab_font() -> None:
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont

    registerFont(TTFont("Kai", kai()))


def by_fpdf2(fields: CertificateFields) -> bytes:
    """fpdf2: one font, no frame and no seal (its SVG lacks what they are drawn with), not tagged."""
    from fpdf import FPDF

    page = FPDF(orientation="landscape", format="A4", unit="mm")
    page.add_page()
    page.add_font("Kai", fname=kai())
    for x, y, size, said in _words(fields):
        page.set_font("Kai", size=size)
        page.text(x - page.get_string_width(said) / 2 if x == 148.5 else x, y, said)
    wide, dark = qr.runs(fields.verify_url)
    for at, row, long in dark:
        page.rect(32 + at * 32 / wide, 141 + row * 32 / wide, long * 32 / wide, 32 / wide, style="F")
    return bytes(page.output())


def _words(fields: CertificateFields) -> list[tuple[float, float, float, str]]:
    facts = ("证书编号", fields.serial), ("认定类别", fields.category.zh), ("认定等级", fields.level.zh)
    facts += ("标准版本", fields.edition), ("有效期至", paper.chinese_date(fields.valid_until))
    return [
        (148.5, 58, 42, fields.title.zh),
        (148.5, 88, name_lines(fields.unit_name)[0].size, fields.unit_name),
        (148.5, 112, 16, fields.body.zh.replace("{category}", fields.category.zh)),
        *((70, 146 + 7 * row, 11, f"{head}  {said}") for row, (head, said) in enumerate(facts)),
        (160, 157, 15, fields.authority.zh),
        (190, 170, 15, paper.chinese_date(fields.awarded_on)),
        (40, 176, 8.5, "扫码查验真伪"),
    ]


PEERS = {"typst": by_typst, "reportlab": by_reportlab, "fpdf": by_fpdf2}
