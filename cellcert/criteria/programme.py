"""The programme: everything the city decides that is not in a checklist (``criteria/programme.yaml``)."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal, cast

from cellcert.criteria.award_letter import USUAL_LETTER, AwardLetterLook, read_award_letter
from cellcert.criteria.deciding import Decision, read_decision
from cellcert.criteria.fields import Fields, as_plain, repeated
from cellcert.criteria.forecasting import USUAL_FORECAST, Forecasting, read_forecast
from cellcert.criteria.marked import Faults, Table
from cellcert.criteria.noticing import Noticing, read_notice
from cellcert.criteria.reader import read_fields, read_source
from cellcert.criteria.reminding import USUAL_REMINDING, Reminding, read_reminders
from cellcert.criteria.reporting import USUAL_REPORTING, Reporting, read_reporting
from cellcert.criteria.supervising import UNSUPERVISED, Supervision, read_supervision
from cellcert.criteria.text import BLANK, Text

PLACES = re.compile(r"\{(letter|year|serial|serial:0\dd)\}", re.ASCII)
BRACES = re.compile(r"\{(?!category\})[^{}]*\}?|(?<!\{category)\}")
DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)
Combine = Literal["median", "mean", "trimmed_mean"]
# what speaks for looking at a title again, and how much (`recheck.points`)
USUAL_POINTS = {"breach": 3, "late": 2, "report": 2, "changed": 1, "falling": 1, "no_figures": 1}
SIGNINGS = ("head", "scan", "name")  # how the head of a unit may confirm the commitment


@dataclass(frozen=True, slots=True)
class Authority:
    name: Text
    phone: str = ""
    email: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    count: int
    by: date
    paragraph: str = ""


@dataclass(frozen=True, slots=True)
class Division:
    """A managing body (管理主体) and its agreed share of the target."""

    key: str
    name: Text
    code: str = ""
    share: int = 0


@dataclass(frozen=True, slots=True)
class Department:
    key: str
    name: Text


@dataclass(frozen=True, slots=True)
class Category:
    key: str
    name: Text
    lead: str
    share: int
    letter: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Open from ``opens`` to the end of ``closes``."""

    key: str
    name: Text
    opens: date
    closes: date


@dataclass(frozen=True, slots=True)
class Commitment:
    """The letter the head of a unit confirms before an application is handed in, and how (``SIGNINGS``)."""

    ways: tuple[str, ...]
    letter: tuple[Text, ...]

    def letter_for(self, category: Text) -> tuple[Text, ...]:
        """The paragraphs, with the category's name in them."""
        names = category.zh, category.text("en")
        return tuple(
            Text(one.zh.replace("{category}", names[0]), one.en.replace("{category}", names[1])) for one in self.letter
        )


@dataclass(frozen=True, slots=True)
class FirstCheck:
    """The managing body checks; ``lead_opinion``: whether the lead department gives its opinion beside it."""

    lead_opinion: Literal["none", "optional", "required"] = "optional"
    working_days: int = 10
    correction_days: int = 15


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """How far sheets may lie apart: per cent of an item, points of the total."""

    item: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Review:
    """``public_mail``: domains that tell nothing about whose address it is; ``second_days``: time for a second round
    of what lies too far apart, 0 for none; ``reasons``: what experts may pick as a comment; ``blind_unit``: whether
    experts know a case by its number alone; ``clarification_days``: working days a unit has to answer a question."""

    experts: int
    combine: Combine
    days: int
    discrepancy: Discrepancy
    on_site: Literal["never", "optional", "required"]
    public_mail: frozenset[str] = frozenset()
    second_days: int = 0
    reasons: tuple[Text, ...] = ()
    blind_unit: bool = False
    clarification_days: int = 5


@dataclass(frozen=True, slots=True)
class WorkingDays:
    working_days: int


@dataclass(frozen=True, slots=True)
class Validity:
    years: int


@dataclass(frozen=True, slots=True)
class Declaration:
    """The annual declaration, due on ``due`` (month-day) of each year."""

    due: str

    def due_in(self, year: int) -> date:
        return date.fromisoformat(f"{year}-{self.due}")


@dataclass(frozen=True, slots=True)
class Rectify:
    days: int


@dataclass(frozen=True, slots=True)
class Recheck:
    """Which titles are looked at again: ``sample`` per cent of all by chance, and everyone whose signs have
    ``from_points`` or more; who was looked at in the last ``every_years`` calendar years is not drawn by chance."""

    every_years: int
    sample: Decimal
    from_points: int
    falling_by: int  # points of per cent of use lost against the year before
    points: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Reapply:
    after_days: int
    after_revocation_days: int


@dataclass(frozen=True, slots=True)
class Plaque:
    """The plaque that goes with a certificate, in millimetres; ``title`` may name ``{city}`` and ``{category}``."""

    title: Text
    width: int = 600
    height: int = 400


@dataclass(frozen=True, slots=True)
class CertificateLook:
    number: str
    title: Text
    body: Text
    seal: str = ""
    seal_text: str = ""
    plaque: Plaque = Plaque(Text("{category}", "{category}"))


@dataclass(frozen=True, slots=True)
class EvidenceLimits:
    file_mb: int
    application_mb: int
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Programme:
    """One city's programme."""

    key: str
    name: Text
    short_name: Text
    city: Text
    authority: Authority
    model: bool
    basis: tuple[Text, ...]
    time_zone: str
    target: Target
    divisions: tuple[Division, ...]
    departments: tuple[Department, ...]
    categories: tuple[Category, ...]
    batches: tuple[Batch, ...]
    grace_minutes: int
    commitment: Commitment
    first_check: FirstCheck
    review: Review
    decision: Decision
    notice: Noticing
    appeal: WorkingDays
    validity: Validity
    declaration: Declaration
    recheck: Recheck
    rectify: Rectify
    reapply: Reapply
    certificate: CertificateLook
    evidence: EvidenceLimits
    supervision: Supervision = UNSUPERVISED
    award_letter: AwardLetterLook = USUAL_LETTER
    open_data_licence: Text = BLANK
    reminders: Reminding = USUAL_REMINDING
    targets: Reporting = USUAL_REPORTING
    forecast: Forecasting = USUAL_FORECAST

    def division(self, key: str) -> Division:
        return next(division for division in self.divisions if division.key == key)

    def category(self, key: str) -> Category:
        return next(category for category in self.categories if category.key == key)

    def department(self, key: str) -> Department:
        return next(department for department in self.departments if department.key == key)

    def batch(self, key: str) -> Batch:
        return next(batch for batch in self.batches if batch.key == key)

    def batch_on(self, day: date) -> Batch | None:
        """The batch open on ``day``."""
        return next((batch for batch in self.batches if batch.opens <= day <= batch.closes), None)

    def batch_from(self, day: date) -> Batch | None:
        """The batch open on ``day``, or the next to open."""
        coming = [batch for batch in self.batches if batch.closes >= day]
        return min(coming, key=lambda batch: batch.opens, default=None)


def read_programme(path: Path) -> Programme:
    """The programme in ``path``; raises ``CriteriaFaults`` with every fault at once."""
    return read_programme_text(read_source(path), path.name)


def read_programme_text(source: str, name: str) -> Programme:
    """The programme in ``source``."""
    fields = read_fields(source, name)
    target = _part(fields, "target")
    divisions = tuple(_division(row) for row in fields.rows("divisions", required=True))
    departments = tuple(_department(row) for row in fields.rows("departments", required=True))
    known = [department.key for department in departments]
    categories = tuple(_category(row, known) for row in fields.rows("categories", required=True))
    batches = _batches(fields)
    decision, notice, appeal = _part(fields, "decision"), _part(fields, "notice"), _part(fields, "appeal")
    validity, declaration, rectify = _part(fields, "validity"), _part(fields, "declaration"), _part(fields, "rectify")
    recheck, reapply, evidence = _part(fields, "recheck"), _part(fields, "reapply"), _part(fields, "evidence")
    programme = Programme(
        key=fields.key(),
        name=fields.text("name", required=True) or BLANK,
        short_name=fields.text("short_name", required=True) or BLANK,
        city=fields.text("city", required=True) or BLANK,
        authority=_authority(_part(fields, "authority")),
        model=fields.truth("model"),
        basis=fields.texts("basis"),
        time_zone=fields.word("time_zone", required=True),
        target=Target(
            target.whole("count", required=True, least=1) or 0,
            target.day("by", required=True) or date.min,
            target.word("paragraph"),
        ),
        divisions=divisions,
        departments=departments,
        categories=categories,
        batches=batches,
        grace_minutes=fields.whole("grace_minutes") or 0,
        commitment=_commitment(_part(fields, "commitment")),
        first_check=_first_check(_part(fields, "first_check")),
        review=_review(_part(fields, "review")),
        decision=read_decision(decision, [one.key for one in batches], [one.key for one in categories]),
        notice=read_notice(notice),
        appeal=WorkingDays(appeal.whole("working_days", required=True) or 0),
        validity=Validity(validity.whole("years", required=True, least=1) or 1),
        declaration=Declaration(_month_day(declaration)),
        recheck=_recheck(recheck),
        rectify=Rectify(rectify.whole("days", required=True, least=1) or 1),
        reapply=Reapply(
            reapply.whole("after_days", required=True) or 0, reapply.whole("after_revocation_days", required=True) or 0
        ),
        certificate=_certificate(_part(fields, "certificate")),
        evidence=EvidenceLimits(
            evidence.whole("file_mb", required=True, least=1) or 1,
            evidence.whole("application_mb", required=True, least=1) or 1,
            tuple(str(text) for text in evidence.texts("types")),
        ),
        supervision=read_supervision(fields.within("supervision")),
        open_data_licence=fields.text("open_data_licence") or BLANK,
        award_letter=read_award_letter(fields.within("award_letter")),
        reminders=read_reminders(fields.within("reminders")),
        targets=read_reporting(fields.within("targets")),
        forecast=read_forecast(fields.within("forecast")),
    )
    for part in (target, decision, notice, appeal, validity, declaration, rectify, recheck, reapply, evidence):
        part.done()
    _shares(fields, programme)
    fields.done()
    fields.faults.raise_any()
    return programme


def _part(fields: Fields, key: str) -> Fields:
    inner = fields.within(key, required=True)
    if inner is None:
        # Read on as if the part were empty, quietly: that it is missing has been said.
        return Fields(Table({}, fields.line()), Faults(""), key)
    return inner


def _authority(row: Fields) -> Authority:
    read = Authority(
        row.text("name", required=True) or BLANK,
        row.word("phone", empty=True),
        row.word("email", empty=True),
        row.word("address", empty=True),
    )
    row.done()
    return read


def _division(row: Fields) -> Division:
    read = Division(row.key(), row.text("name", required=True) or BLANK, row.word("code"), row.whole("share") or 0)
    row.done()
    return read


def _department(row: Fields) -> Department:
    read = Department(row.key(), row.text("name", required=True) or BLANK)
    row.done()
    return read


def _category(row: Fields, departments: Collection[str]) -> Category:
    lead = row.one_of("lead", sorted(departments), required=True)
    read = Category(
        row.key(),
        row.text("name", required=True) or BLANK,
        lead,
        row.whole("share") or 0,
        row.word("letter", required=True),
    )
    row.done()
    return read


def _batches(fields: Fields) -> tuple[Batch, ...]:
    batches: list[Batch] = []
    for row in fields.rows("batches", required=True):
        key, name = row.word("key", required=True), row.text("name", required=True) or BLANK
        opens, closes = row.day("opens", required=True), row.day("closes", required=True)
        row.done()
        if opens is None or closes is None:
            continue
        if closes < opens:
            row.fault("closes", "closes 早于 opens", "closes is before opens")
        for other in batches:
            if opens <= other.closes and other.opens <= closes:
                row.fault("opens", f"与批次 {other.key} 的日期重叠", f"overlaps with the batch {other.key}")
        batches.append(Batch(key, name, opens, closes))
    return tuple(batches)


def _commitment(row: Fields) -> Commitment:
    ways: list[str] = []
    for node in row.row("confirmed_by", required=True):
        said = as_plain(node)
        if said in SIGNINGS and said not in ways:
            ways.append(str(said))
        else:
            options = "、".join(SIGNINGS)
            row.fault(
                "confirmed_by",
                f"confirmed_by 只能写 {options}，每种一次，不能写“{said}”",
                f"confirmed_by may be {options}, each once, not “{said}”",
            )
    letter = tuple(row.as_text(node, "letter") for node in row.row("letter", required=True))
    for paragraph in letter:
        for text in (paragraph.zh, paragraph.en):
            if stray := BRACES.search(text):
                row.fault(
                    "letter",
                    f"letter 里只能用 {{category}}，“{stray.group()}”不认识",
                    f"letter may use {{category}} only, not “{stray.group()}”",
                )
    row.done()
    return Commitment(tuple(ways), letter)


def _recheck(row: Fields) -> Recheck:
    points = row.within("points")
    read = Recheck(
        row.whole("every_years", required=True, least=1) or 1,
        row.percent("sample", required=True) or Decimal(0),
        _whole_or(row, "from_points", 3, least=1),
        _whole_or(row, "falling_by", 10, least=1),
        {sign: usual if points is None else _whole_or(points, sign, usual) for sign, usual in USUAL_POINTS.items()},
    )
    if points is not None:
        points.done()
    return read


def _first_check(row: Fields) -> FirstCheck:
    read = FirstCheck(
        cast(
            "Literal['none', 'optional', 'required']",
            row.one_of("lead_opinion", ("none", "optional", "required"), "none"),
        ),
        row.whole("working_days", required=True, least=1) or 1,
        row.whole("correction_days", required=True, least=1) or 1,
    )
    row.done()
    return read


def _review(row: Fields) -> Review:
    limits = _part(row, "discrepancy")
    read = Review(
        row.whole("experts", required=True, least=1) or 1,
        cast("Combine", row.one_of("combine", ("median", "mean", "trimmed_mean"), "median", required=True)),
        row.whole("days", required=True, least=1) or 1,
        Discrepancy(
            limits.percent("item", required=True) or Decimal(0), limits.points("total", required=True) or Decimal(0)
        ),
        cast(
            "Literal['never', 'optional', 'required']",
            row.one_of("on_site", ("never", "optional", "required"), "optional", required=True),
        ),
        _domains(row, "public_mail"),
        row.whole("second_days") or 0,
        row.texts("reasons"),
        row.truth("blind_unit"),
        _whole_or(row, "clarification_days", 5, least=1),
    )
    limits.done()
    row.done()
    return read


def _whole_or(row: Fields, key: str, otherwise: int, least: int = 0) -> int:
    given = row.whole(key, least=least)
    return otherwise if given is None else given


def _domains(row: Fields, key: str) -> frozenset[str]:
    found = [domain.zh.lower() for domain in row.texts(key)]
    for domain in found:
        if not DOMAIN.fullmatch(domain):
            row.fault(
                key,
                f"“{domain}”不是邮箱域名，请写 @ 后面的部分，例如 qq.com",
                f"“{domain}” is no e-mail domain; write what stands behind the @, such as qq.com",
            )
    return frozenset(found)


def _month_day(row: Fields) -> str:
    due = row.word("due", required=True)
    try:
        date.fromisoformat(f"2001-{due}")  # a common year: the 29th of February would not come every year
    except ValueError:
        row.fault(
            "due",
            'due 应当是加引号的月日，例如 “03-31”，写成 "03-31"',
            'due must be a quoted month and day such as "03-31"',
        )
        return "12-31"
    return due


def _certificate(row: Fields) -> CertificateLook:
    number = row.word("number", required=True)
    # Only these, because str.format can also reach into objects and print a million zeros.
    left = PLACES.sub("", number)
    if "{" in left or "}" in left or "{serial" not in number:
        row.fault(
            "number",
            "number 只能用 {letter}、{year}、{serial} 或 {serial:04d}，且必须有 {serial}",
            "number may use {letter}, {year}, {serial} or {serial:04d}, and must have {serial}",
        )
    read = CertificateLook(
        number,
        row.text("title", required=True) or BLANK,
        row.text("body", required=True) or BLANK,
        row.word("seal", empty=True),
        row.word("seal_text", empty=True),
        *_plaque(row.within("plaque")),
    )
    row.done()
    return read


def _plaque(row: Fields | None) -> tuple[Plaque, ...]:
    """The plaque as the city wants it; none given, the usual one."""
    if row is None:
        return ()
    title = row.text("title", required=True) or BLANK
    for text in (title.zh, title.en):
        if re.search(r"[{}]", text.replace("{city}", "").replace("{category}", "")):
            row.fault("title", "title 只能用 {city} 和 {category}", "title may use {city} and {category}")
            break
    width = row.whole("width", required=True, least=200, most=2000) or 600
    height = row.whole("height", required=True, least=150, most=1500) or 400
    row.done()
    return (Plaque(title, width, height),)


def _shares(fields: Fields, programme: Programme) -> None:
    """Shares are promises towards the target; they must cover it or be left out."""
    for key, shares in (
        ("divisions", [division.share for division in programme.divisions]),
        ("categories", [category.share for category in programme.categories]),
    ):
        if any(shares) and sum(shares) < programme.target.count:
            fields.fault(
                key,
                f"{key} 的 share 合计 {sum(shares)}，不到目标 {programme.target.count}",
                f"the shares of {key} add up to {sum(shares)}, less than the target {programme.target.count}",
            )
    for name, keys in (
        ("divisions", [division.key for division in programme.divisions]),
        ("departments", [department.key for department in programme.departments]),
        ("categories", [category.key for category in programme.categories]),
        ("batches", [batch.key for batch in programme.batches]),
    ):
        for twice in repeated(keys):
            fields.fault(name, f"{name} 里的 key“{twice}”重复", f"the key “{twice}” is used twice in {name}")
