"""A checklist on A4, to read before applying and to fill in by hand on site."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from cellcert.criteria import in_words
from cellcert.criteria.schema import Checklist, Fact, Indicator, Item, Prerequisite
from cellcert.criteria.text import Text, figure, joined
from cellcert.paper import render, to_pdf

WORDS = {
    "model": Text("示范版", "Model edition"),
    "prerequisites": Text("前置条件", "Prerequisites"),
    "prerequisites_note": Text("有一条不符合，不予认定。", "Without any one of them there is no level."),
    "levels": Text("等级", "Levels"),
    "facts": Text("单位情况", "Facts"),
    "indicators": Text("指标", "Indicators"),
    "no": Text("序号", "No."),
    "condition": Text("条件", "Condition"),
    "proof": Text("证明材料", "Evidence"),
    "check": Text("核查方式：", "Checked by "),
    "own_tick": Text("自查", "Own"),
    "reviewed_tick": Text("核查", "Check"),
    "question": Text("问题", "Question"),
    "answers": Text("怎样填写", "How to answer"),
    "answer": Text("填写", "Answer"),
    "indicator": Text("指标和时段", "Indicator, years"),
    "formula": Text("算式和所用数据", "Formula and figures"),
    "value": Text("数值", "Value"),
    "content": Text("评估内容", "Criterion"),
    "how": Text("评分标准", "Rule of scoring"),
    "points": Text("分值", "Points"),
    "own": Text("自评", "Own"),
    "reviewed": Text("评审", "Review"),
    "subtotal": Text("小计", "Subtotal"),
    "total": Text("合计", "Total"),
    "digest": Text("本版内容的校验值（SHA-256）", "Hash of this edition (SHA-256)"),
}
SIGNERS = (
    Text("申报单位（盖章）", "Applicant (seal)"),
    Text("评审人（签字）", "Reviewer (signature)"),
    Text("日期", "Date"),
)


@dataclass(frozen=True, slots=True)
class RowPrint:
    """One prerequisite or item."""

    no: str
    text: str
    points: str
    rules: tuple[str, ...]
    evidence: tuple[str, ...]
    check: str


@dataclass(frozen=True, slots=True)
class PartPrint:
    """A section, the bonus or the penalties."""

    title: str
    rows: tuple[RowPrint, ...]
    points: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class IndicatorPrint:
    name: str
    period: str
    formula: str
    unit: str
    inputs: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChecklistPrint:
    """All of a checklist as it is printed, in one language."""

    lang: str
    title: str
    edition: str
    model: str
    about: tuple[tuple[str, tuple[str, ...]], ...]
    prerequisites: tuple[RowPrint, ...]
    levels: tuple[tuple[str, tuple[str, ...]], ...]
    facts: tuple[tuple[str, str, str], ...]
    indicators: tuple[IndicatorPrint, ...]
    parts: tuple[PartPrint, ...]
    points: str
    total_note: str
    digest: str
    signers: tuple[str, ...]
    words: dict[str, str] = field(default_factory=dict)


def checklist_pdf(
    checklist: Checklist,
    lang: str = "zh",
    programme: Text | None = None,
    authority: Text | None = None,
    lead: Text | None = None,
    digest: str = "",
) -> bytes:
    """The checklist on A4; ``lead`` is the department's name, ``digest`` the hash of the edition's text."""
    said = _print(checklist, lang, {"programme": programme, "authority": authority, "lead": lead}, digest)
    sizes = EN_FOOT if lang == "en" else ""
    return to_pdf(render("checklist.html", c=said), "print.css", "checklist.css", sizes=sizes)


EN_FOOT = '@page { @bottom-center { content: "Page " counter(page) " of " counter(pages) } }'
ABOUT = {
    "programme": Text("认定项目", "Programme"),
    "authority": Text("主管机构", "Authority"),
    "lead": Text("牵头部门", "Lead department"),
    "who": Text("谁可以申报", "Who may apply"),
    "basis": Text("依据", "Basis"),
    "points": Text("满分", "Points"),
}


def _print(checklist: Checklist, lang: str, names: dict[str, Text | None], digest: str) -> ChecklistPrint:
    about: list[tuple[Text, tuple[Text, ...]]] = [
        (ABOUT[key], (name,)) for key, name in names.items() if name is not None
    ]
    if checklist.who:
        about.append((ABOUT["who"], checklist.who))
    if checklist.basis:
        about.append((ABOUT["basis"], (joined(checklist.basis, "、", ", "),)))
    about.append((ABOUT["points"], (_scale(checklist),)))
    starred = {one.key for one in checklist.prerequisites if one.section is not None}
    ahead = [one for one in checklist.prerequisites if one.key not in starred]
    return ChecklistPrint(
        lang=lang,
        title=checklist.title.text(lang),
        edition=Text(f"{checklist.edition} 版", f"Edition {checklist.edition}").text(lang),
        model=in_words.MODEL.text(lang) if checklist.model else "",
        about=tuple((name.text(lang), _lines(texts, lang)) for name, texts in about),
        prerequisites=tuple(_prerequisite(checklist, one, str(no), lang) for no, one in enumerate(ahead, 1)),
        levels=tuple((one.name.text(lang), _lines(in_words.level(checklist, one), lang)) for one in checklist.levels),
        facts=tuple(_fact(fact, lang) for fact in checklist.facts),
        indicators=tuple(_indicator(checklist, one, lang) for one in checklist.indicators),
        parts=tuple(_parts(checklist, lang)),
        points=figure(checklist.points),
        total_note=_cap(checklist).text(lang),
        digest=digest,
        signers=_lines(SIGNERS, lang),
        words={key: text.text(lang) for key, text in WORDS.items()},
    )


def _lines(texts: Iterable[Text], lang: str) -> tuple[str, ...]:
    return tuple(text.text(lang) for text in texts)


def _scale(checklist: Checklist) -> Text:
    points, count = figure(checklist.points), sum(item.kind == "item" for item in checklist.items())
    text = Text(f"{points} 分，{count} 项", f"{points} points, {count} items")
    if checklist.bonus is not None:
        cap = figure(checklist.bonus.cap)
        text = Text(f"{text}，另有加分最多 {cap} 分", f"{text.en}, and a bonus of {cap} at most")
    return text


def _cap(checklist: Checklist) -> Text:
    if checklist.total_cap is None:
        return Text("", "")
    cap = figure(checklist.total_cap)
    return Text(f"连同加分不超过 {cap} 分", f"{cap} at most, with the bonus")


def _prerequisite(checklist: Checklist, one: Prerequisite, no: str, lang: str) -> RowPrint:
    rules = in_words.prerequisite_rule(checklist, one)
    return RowPrint(
        no=no,
        text=one.text.text(lang),
        points=in_words.STAR,
        rules=_lines(rules if one.section is not None else rules[1:], lang),
        evidence=_lines(one.evidence, lang),
        check=in_words.checks(one.check).text(lang),
    )


def _fact(fact: Fact, lang: str) -> tuple[str, str, str]:
    options = joined((label for _, label in fact.options), " □ ", " □ ")
    choices = {
        "yes_no": Text("□ 是　□ 否", "□ yes　□ no"),
        "choice": Text(f"□ {options}", f"□ {options.en}"),
        "number": in_words.bounds(fact),
    }
    return fact.ask.text(lang), fact.help.text(lang) if fact.help else "", choices[fact.type].text(lang)


def _indicator(checklist: Checklist, one: Indicator, lang: str) -> IndicatorPrint:
    notes = [Text(f"来源：{one.source}", f"Source: {one.source.text('en')}")] if one.source else []
    if one.applies_if is not None:
        notes.append(in_words.applies(checklist, one.applies_if))
    if one.help:
        notes.append(Text(f"说明：{one.help}", f"Note: {one.help.text('en')}"))
    return IndicatorPrint(
        name=one.name.text(lang),
        period=in_words.period(one).text(lang),
        formula=in_words.formula(one).text(lang),
        unit=one.unit.text(lang),
        inputs=_lines((in_words.input_note(inner) for inner in one.inputs), lang),
        notes=_lines(notes, lang),
    )


def _parts(checklist: Checklist, lang: str) -> Iterable[PartPrint]:
    for section in checklist.sections:
        starred = [one for one in checklist.prerequisites if one.section == section.key]
        rows = [_prerequisite(checklist, one, str(no), lang) for no, one in enumerate(starred, 1)]
        rows += [_item(checklist, item, str(no), lang) for no, item in enumerate(section.items, len(rows) + 1)]
        points = figure(section.points)
        title = Text(f"{section.title}（{points} 分）", f"{section.title.text('en')} ({points} points)").text(lang)
        yield PartPrint(title, tuple(rows), points, in_words.section_note(section).text(lang))
    if checklist.bonus is not None:
        rows = [_item(checklist, item, str(no), lang) for no, item in enumerate(checklist.bonus.items, 1)]
        note, cap = in_words.bonus_note(checklist.bonus), figure(checklist.bonus.cap)
        title = Text(f"加分项（{note}）", f"Bonus ({note.en})").text(lang)
        yield PartPrint(title, tuple(rows), f"≤ {cap}")
    if checklist.penalties:
        rows = [_item(checklist, item, str(no), lang) for no, item in enumerate(checklist.penalties, 1)]
        yield PartPrint(Text("扣分项（从总分中扣）", "Penalties (off the total)").text(lang), tuple(rows), "−")


def _item(checklist: Checklist, item: Item, no: str, lang: str) -> RowPrint:
    return RowPrint(
        no=no,
        text=item.text.text(lang),
        points="−" if item.kind == "penalty" else figure(item.points),
        rules=_lines(in_words.rule(checklist, item), lang),
        evidence=_lines(item.evidence, lang),
        check=in_words.checks(item.check).text(lang),
    )
