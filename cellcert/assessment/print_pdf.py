"""The application (申报书) and a score sheet on paper: plain values in, one PDF out."""

from dataclasses import dataclass
from datetime import date

from cellcert.paper import render, to_pdf

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RowPrint:
    """One item of the checklist; figures are texts as they are to be read."""

    no: str
    text: str
    rule: str
    points: str
    possible: str
    claim: str = ""
    reason: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionPrint:
    """One section with its sum."""

    title: str
    rows: tuple[RowPrint, ...]
    points: str
    possible: str
    note: str = ""  # for instance the floor, reached or not


@dataclass(frozen=True, slots=True)
class IndicatorPrint:
    """One measured figure, with the figures it comes from and what the waste ledger says beside them."""

    name: str
    value: str
    inputs: tuple[Pair, ...] = ()
    note: str = ""
    claim: str = ""  # why a figure is not the ledger's, in the unit's words


@dataclass(frozen=True, slots=True)
class FilePrint:
    """One file of the evidence list."""

    no: str
    name: str
    caption: str
    purpose: str
    size: str
    sha256: str  # short


@dataclass(frozen=True, slots=True)
class LetterPrint:
    """The commitment: what is promised, by whom, and for which content."""

    paragraphs: tuple[str, ...]
    code: str = ""  # of the content that is promised for, as people compare it
    confirmed: str = ""  # who confirmed it, how and when, as a sentence


@dataclass(frozen=True, slots=True)
class ApplicationPrint:
    """All of an application as the unit hands it in."""

    title: str
    number: str
    unit: tuple[Pair, ...]
    category: tuple[Pair, ...]  # category, edition, batch
    facts: tuple[Pair, ...]
    indicators: tuple[IndicatorPrint, ...]
    prerequisites: tuple[tuple[str, str, str, tuple[str, ...]], ...]  # number, text, answer, files
    sections: tuple[SectionPrint, ...]
    points: str
    possible: str
    result: str  # the level reached, or why none, as a sentence
    evidence: tuple[FilePrint, ...]
    letter: LetterPrint
    on: date
    cover: tuple[Pair, ...] = ()
    office: str = ""  # who asks for it
    hash: str = ""  # of what was handed in
    draft: bool = False  # not handed in yet: says so on every page


@dataclass(frozen=True, slots=True)
class ScoreSheetPrint:
    """One reviewer's sheet, or with ``rows.points`` empty the blank one for writing on site."""

    title: str
    number: str
    case: tuple[Pair, ...]
    sections: tuple[SectionPrint, ...]
    points: str
    possible: str
    result: str
    remarks: str = ""
    signers: tuple[str, ...] = ()  # the lines to sign on
    on: date | None = None


def print_application(application: ApplicationPrint) -> bytes:
    """The 申报书 on A4."""
    return to_pdf(render("application.html", a=application), "print.css")


def print_letter(application: ApplicationPrint) -> bytes:
    """The commitment alone, to be signed and sealed on paper."""
    return to_pdf(render("commitment.html", a=application), "print.css")


def print_score_sheet(sheet: ScoreSheetPrint) -> bytes:
    """A score sheet on A4."""
    return to_pdf(render("score_sheet.html", s=sheet), "print.css")
