"""The reference tier: WeasyPrint lays out each page. It prints whatever has to be printed, or says why not."""

import base64
import shutil
import weakref
from collections.abc import Callable
from datetime import UTC
from functools import cached_property
from typing import Any

from cellcert import paper
from cellcert.paths import shipped
from cellcert.press import harfbuzz
from cellcert.press.art import lay_under
from cellcert.press.fitting import Line, fitting, name_lines
from cellcert.press.qr import qr_alt, qr_picture
from cellcert.press.seal import seal_picture
from cellcert.press.template import Attached, Fields, Template

TITLE_SIZE, TITLE_ROOM = 42.0, 530  # points
ISSUER_SIZE, ISSUER_ROOM = 15.0, 308
SERIAL_SIZE, SERIAL_ROOM = 11.0, 235
SPACED = 1.16  # the title is spaced by a seventh

# The faces of the page: family and weight in its style sheet, and the installed font they are cut from.
FACES = {
    "song": ("Cert Song", 400, f"{paper.SONG}:regular"),
    "bold": ("Cert Song", 700, f"{paper.SONG}:bold"),
    "kai": ("Cert Kai", 700, f"{paper.KAI}:bold"),
}
ALWAYS = "".join(map(chr, range(0x20, 0x7F))) + "年月日名证书编号认定类别等级标准版本有效期至扫码查验真伪样章"

Finisher = Callable[[Any, Any], None]


class Reference:
    """The reference tier of one template. Its fonts, style and art are made once."""

    def __init__(self, template: Template) -> None:
        self.template = template

    def print(self, fields: Fields) -> bytes:
        """One tagged PDF/A-3a page; raises ``Unprintable`` or ``OverflowError`` rather than print it wrongly."""
        return self.lay_out(
            lines=name_lines(fields.unit_name),
            serial=fields.serial,
            serial_size=fitting(fields.serial, SERIAL_SIZE, SERIAL_ROOM),
            awarded_on=paper.chinese_date(fields.awarded_on),
            valid_until=paper.chinese_date(fields.valid_until),
            qr=qr_picture(fields.verify_url),
            attached=fields.attached,
            **words(self.template, fields),
        )

    def lay_out(
        self,
        *,
        finisher: Finisher | None = None,
        css: str = "",
        attached: Attached | None = None,
        **values: Any,  # noqa: ANN401
    ) -> bytes:
        """The page of these values; ``finisher`` sees the document before it is written, ``css`` is of the program."""
        import pydyf
        from weasyprint import CSS, HTML, Attachment

        def finish(document: Any, pdf: Any) -> None:  # noqa: ANN401
            paper.refuse_boxes(document)
            lay_under(pdf)
            if "AF" in pdf.catalog:  # WeasyPrint names an attachment once for itself and once for PDF/A-3
                pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))
            if finisher is not None:
                finisher(document, pdf)

        html = paper.render("certificate.html", t=self.template, **self._wording, **values)
        with paper.one_at_a_time:
            css += _sizes(self.template, values["lines"], values["serial_size"])
            sizes = CSS(string=css, url_fetcher=paper.fetcher())
            config, style = self._style
            document = HTML(string=html, url_fetcher=paper.fetcher()).render(
                font_config=config, stylesheets=[style, sizes]
            )
            if len(document.pages) > 1:
                raise OverflowError(f"{len(document.pages)} pages where one was asked for.")
            inside = [attached] if attached else []
            pdf: bytes = document.write_pdf(
                pdf_variant="pdf/a-3a",
                pdf_tags=True,
                finisher=finish,
                attachments=[
                    Attachment(
                        string=one.data,
                        name=one.name,
                        description=one.about,
                        relationship="Data",
                        created=one.at.astimezone(UTC),
                        modified=one.at.astimezone(UTC),
                    )
                    for one in inside
                ],
            )
            return pdf

    @cached_property
    def _wording(self) -> dict[str, object]:
        template = self.template
        return {
            "body": template.body.zh.split("{category}"),
            "body_en": (template.body.en or "").replace("{category}", template.category.en or ""),
            "seal": seal_picture(template.seal_text, template.seal_png, template.sample),
        }

    @cached_property
    def _style(self) -> tuple[Any, Any]:
        """The fonts of this template and its style sheet. The fonts hold its own characters alone."""
        from weasyprint import CSS
        from weasyprint.text.fonts import FontConfiguration

        config = FontConfiguration()
        # Its own clean-up comes too late at the end of a process: the functions it calls are gone by then.
        weakref.finalize(self, _remove_fonts, config)
        css = (shipped("templates") / "print" / "certificate.css").read_text(encoding="utf-8")
        return config, CSS(string=_font_faces(self.template) + css, url_fetcher=paper.fetcher(), font_config=config)


def _remove_fonts(config: Any) -> None:  # noqa: ANN401
    """Remove the folder in which WeasyPrint keeps the fonts of a style sheet."""
    folder, config._folder = config._folder, None
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def words(template: Template, fields: Fields) -> dict[str, Any]:
    """What only programs and screen readers say of a certificate."""
    return {
        "document_title": f"{template.title.zh} {fields.serial}",
        "document_subject": fields.unit_name,
        "qr_alt": qr_alt(fields.serial),
    }


def _sizes(template: Template, lines: list[Line], serial_size: float) -> str:
    """The type sizes that depend on how long the words are: computed figures, never words."""
    rules = [
        f"h1 {{ font-size: {fitting(template.title.zh, TITLE_SIZE, TITLE_ROOM / SPACED)}pt }}",
        f".issuer {{ font-size: {fitting(template.authority.zh, ISSUER_SIZE, ISSUER_ROOM)}pt }}",
        f".serial {{ font-size: {serial_size}pt }}",
    ]
    rules += [
        f".name-{at} {{ top: {line.top}mm; line-height: {line.height}mm; font-size: {line.size}pt }}"
        for at, line in enumerate(lines, start=1)
    ]
    return " ".join(rules)


def _font_faces(template: Template) -> str:
    """``@font-face`` rules of the template's own small fonts; none without HarfBuzz, then whole fonts serve, slowly."""
    texts = (template.title, template.body, template.authority, template.category, template.level)
    signs = set(ALWAYS + template.edition + template.seal_text + template.number).union(
        *(text.zh + (text.en or "") for text in texts)
    )
    rules = []
    for family, weight, pattern in FACES.values():
        try:
            font = harfbuzz.installed(pattern).subset(sorted(signs), for_layout=True)
        except (harfbuzz.NoHarfBuzz, OSError):
            return ""
        source = f"data:font/otf;base64,{base64.b64encode(font).decode()}"
        rules.append(f'@font-face {{ font-family: "{family}"; font-weight: {weight}; src: url("{source}") }}\n')
    return "".join(rules)
