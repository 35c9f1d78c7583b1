"""Paper: a template of templates/print and its values become a PDF; nothing outside the program is read on the way."""

import base64
import subprocess
from datetime import date
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from cellcert.paths import shipped

if TYPE_CHECKING:
    from jinja2 import Environment
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

KAI, SONG = "LXGW WenKai", "Noto Serif CJK SC"
FAMILIES = (KAI, SONG)

# Pango's font map is shared by the process and not safe across threads; two threads would gain nothing anyway.
one_at_a_time = Lock()


def picture(svg: str) -> str:
    """An SVG of ours as a data URI: an ``<img>`` has an alternative text, an inline drawing has none."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


class Unprintable(Exception):
    """No font at hand has these characters; nothing is printed rather than boxes in a name."""

    def __init__(self, characters: str) -> None:
        self.characters = "".join(dict.fromkeys(characters))
        self.named = "、".join(f"“{sign}”（U+{ord(sign):04X}）" for sign in self.characters)
        super().__init__(f"字体里没有 {self.named}，无法印制。请安装含有这些字的字体（如 fonts-hanazono）后重试。")


@cache
def environment() -> "Environment":
    """The templates of printed things: escaped, and strict about what is missing."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(shipped("templates") / "print"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["chinese"] = chinese_date
    return made


def chinese_date(day: date) -> str:
    """2026年11月3日."""
    return f"{day.year}年{day.month}月{day.day}日"


def render(template: str, /, **values: object) -> str:
    """The HTML or SVG of one printed thing."""
    return environment().get_template(template).render(values)


def to_pdf(html: str, *styles: str, sizes: str = "", at_most: int | None = None, every_sign: bool = False) -> bytes:
    """A tagged PDF/A-3a; raises ``OverflowError`` rather than print more than ``at_most`` pages.

    With ``every_sign`` it raises ``Unprintable`` where a box would stand for a character that no font has.
    ``styles`` are files of templates/print; ``sizes`` is CSS computed by the program, never words of a user.
    """
    # WeasyPrint takes half a second to import: only those who print wait for it.
    from weasyprint import CSS, HTML

    with one_at_a_time:
        sheets = [stylesheet(name) for name in styles]
        sheets += [CSS(string=sizes, url_fetcher=fetcher())] if sizes else []
        document = HTML(string=html, url_fetcher=fetcher()).render(font_config=_fonts(), stylesheets=sheets)
        if at_most is not None and len(document.pages) > at_most:
            raise OverflowError(f"{len(document.pages)} pages where {at_most} were asked for.")
        pdf: bytes = document.write_pdf(pdf_variant="pdf/a-3a", pdf_tags=True)
        if every_sign:
            refuse_boxes(document)
        return pdf


def refuse_boxes(document: Any) -> None:  # noqa: ANN401
    """Raise ``Unprintable`` if a document that has been drawn has boxes in it."""
    if missing := [sign for font in document.fonts.values() for sign in font.missing]:
        raise Unprintable("".join(map(chr, missing)))


def fonts_ready() -> list[str]:
    """What is missing to print Chinese properly and in reasonable time; empty when all is there."""
    try:
        from weasyprint.text.ffi import harfbuzz_subset
    except (ImportError, OSError) as error:
        return [f"WeasyPrint: {error}"]
    missing = [] if harfbuzz_subset else ["libharfbuzz-subset"]
    return missing + [family for family in FAMILIES if not _installed(family)]


def _installed(family: str) -> bool:
    """Whether fontconfig answers ``family`` itself and not a substitute."""
    asked = ["fc-match", "-f", "%{family}", family]
    try:
        answer = subprocess.run(asked, capture_output=True, check=True, timeout=10)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return False
    return family in answer.stdout.decode("utf-8", "replace").split(",")


@cache
def fetcher() -> Any:  # noqa: ANN401
    """The one way WeasyPrint may fetch anything."""
    from weasyprint.urls import URLFetcher

    class DataOnly(URLFetcher):  # type: ignore[misc, unused-ignore]
        """Pictures come inside the page as data; a file or a host is never asked, whatever a name contains."""

        def __init__(self) -> None:
            super().__init__(allowed_protocols=("data",), allow_redirects=False)

    return DataOnly()


@cache
def _fonts() -> "FontConfiguration":
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


@cache
def stylesheet(name: str) -> "CSS":
    """One file of templates/print, read once."""
    from weasyprint import CSS

    text = (shipped("templates") / "print" / name).read_text(encoding="utf-8")
    return CSS(string=text, url_fetcher=fetcher(), font_config=_fonts())
