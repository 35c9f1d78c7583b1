"""The application as it is printed (申报书): what was submitted, or the draft as it stands."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from cellcert.application.models import Application
from cellcert.assessment.models import Revision
from cellcert.assessment.print_pdf import (
    ApplicationPrint,
    FilePrint,
    IndicatorPrint,
    LetterPrint,
    RowPrint,
    SectionPrint,
)
from cellcert.assessment.queries import Assessment, commitment_of
from cellcert.assessment.rules import code_of, to_keep
from cellcert.assessment.steps import Step, not_asked, steps
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.programme import Programme
from cellcert.criteria.schema import Checklist, Fact, Indicator
from cellcert.criteria.scorer import Sheet, score
from cellcert.criteria.text import figure, measured
from cellcert.evidence.rules import SIGNED_LETTER

WAYS = {"head": "由负责人{name}于 {at} 在系统中确认", "scan": "负责人{name}签字的承诺书于 {at} 上传",
        "name": "由负责人{name}于 {at} 确认"}  # fmt: skip


def booklet_of(
    application: Application, programme: Programme, shown: Revision | Assessment, *, on: date
) -> ApplicationPrint:
    """Everything the printed application says: of a revision, or of what the unit works on."""
    checklist = checklist_of(application.edition)
    answers: Mapping[str, Mapping[str, Any]]
    if isinstance(shown, Revision):
        answers, files, notes = shown.answers, shown.evidence, shown.sheet.get("notes", {})
        ledger, hash = shown.sheet.get("ledger", {}), shown.manifest_hash
        given = shown.sheet.get("commitment") or {}
        code = code_of(given["covers"]) if given.get("covers") else ""
    else:
        answers, files, notes = shown.answers, shown.manifest, shown.notes
        ledger, hash = to_keep(shown.ledger, answers["indicators"]), ""
        promise = commitment_of(programme, shown)
        given, code = promise.given if promise.stands else {}, promise.code
    sheet, unit = score(checklist, answers), application.unit
    category = programme.category(application.category)
    away = not_asked(checklist, answers).places
    not_yet = "补正后未重新提交" if application.revision else "未提交"
    promised = [one.zh for one in programme.commitment.letter_for(category.name)]
    numbered = {file["id"]: str(line) for line, file in enumerate(files, 1)}
    return ApplicationPrint(
        title=f"{programme.city}“{category.name}”申报书",
        number=application.reference or f"草稿 {application.id}",
        cover=(
            ("申报单位", unit.name),
            ("申报类别", category.name.zh),
            ("属地", programme.division(application.division).name.zh),
            ("申报批次", programme.batch(application.batch).name.zh),
            ("提交时间", _moment(shown.submitted_at, programme) if isinstance(shown, Revision) else not_yet),
        ),
        office=programme.authority.name.zh,
        unit=(
            ("单位名称", unit.name),
            ("统一社会信用代码", unit.code_shown),
            *((("上级主管单位", unit.host_name),) if unit.host_name else ()),
            ("属地", programme.division(application.division).name.zh),
            ("地址", unit.address),
            ("负责人", unit.head),
            ("联系人", unit.contact_name),
            ("联系电话", unit.contact_phone),
        ),
        category=(
            ("申报类别", category.name.zh),
            ("评价标准", f"{checklist.title} {checklist.edition} 版"),
            ("申报批次", programme.batch(application.batch).name.zh),
            ("牵头部门", programme.department(application.lead).name.zh),
            *((("第几次提交", str(shown.number)),) if isinstance(shown, Revision) else ()),
        ),
        facts=tuple((fact.ask.zh, _fact(fact, answers["facts"].get(fact.key))) for fact in checklist.facts),
        indicators=tuple(
            _indicator(
                one,
                sheet,
                answers["indicators"].get(one.key) or {},
                ledger.get(one.key, {}),
                notes.get(f"indicator.{one.key}", ""),
            )
            for one in checklist.indicators
            if ("indicator", one.key) not in away
        ),
        prerequisites=tuple(
            (
                str(line),
                one.text.zh,
                _yes_no(answers["prerequisites"].get(one.key)),
                _attached(one.key, files, numbered),
            )
            for line, one in enumerate((p for p in checklist.prerequisites if ("prerequisite", p.key) not in away), 1)
        ),
        sections=tuple(
            _section(step, checklist, sheet, notes, files, numbered) for step in steps(checklist) if step.items
        ),
        points=figure(sheet.total),
        possible=figure(sheet.possible),
        result="；".join([sheet.reason.zh, *(reason.zh for reason in sheet.barred)]),
        evidence=tuple(_file(file, numbered, _purposes(checklist)) for file in files),
        letter=LetterPrint(
            paragraphs=tuple(given.get("letter") or promised),
            code=code,
            confirmed=_confirmed(given, programme),
        ),
        on=on,
        hash=hash,
        draft=not isinstance(shown, Revision),
    )


def _purposes(checklist: Checklist) -> dict[str, str]:
    """What each file is for, in as few words as the list has room for."""
    numbered = {item.key: f"第 {number} 项" for step in steps(checklist) for number, item in step.items}
    lines = enumerate(checklist.prerequisites, 1)
    return {SIGNED_LETTER: "承诺书"} | {one.key: f"前置条件 {line}" for line, one in lines} | numbered


def _file(file: Mapping[str, Any], numbered: Mapping[int, str], purposes: Mapping[str, str]) -> FilePrint:
    return FilePrint(
        no=numbered[file["id"]],
        name=str(file["name"]),
        caption=str(file.get("caption", "")),
        purpose=purposes.get(str(file["item"]), ""),
        size=_size(int(file["size"])),
        sha256=str(file["sha256"])[:12],
    )


def _size(size: int) -> str:
    return f"{size / 1048576:.1f} MB" if size >= 1048576 else f"{max(1, round(size / 1024))} KB"


def _attached(key: str, files: list[dict[str, Any]], numbered: Mapping[int, str]) -> tuple[str, ...]:
    """The files of one place, by their number in the list."""
    return tuple(
        f"{numbered[file['id']]}　{file.get('caption') or file['name']}" for file in files if file["item"] == key
    )


def _confirmed(given: Mapping[str, Any], programme: Programme) -> str:
    if given.get("way") not in WAYS:
        return ""
    at = _moment(datetime.fromisoformat(str(given["at"])), programme)
    return WAYS[str(given["way"])].format(name=given["name"], at=at)


def _moment(at: datetime, programme: Programme) -> str:
    local = at.astimezone(ZoneInfo(programme.time_zone))
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def _fact(fact: Fact, answer: Any) -> str:  # noqa: ANN401
    if answer is None:
        return "未填写"
    match fact.type:
        case "yes_no":
            return "是" if answer else "否"
        case "choice":
            return dict(fact.options)[answer].zh
        case "number":
            return f"{answer} {fact.unit.zh}".strip()


def _yes_no(answer: object) -> str:
    return "未填写" if answer is None else "符合" if answer else "不符合"


def _indicator(
    indicator: Indicator, sheet: Sheet, given: Mapping[str, Any], ledger: Mapping[str, Any], claim: str
) -> IndicatorPrint:
    result = sheet.indicator(indicator.key)
    inputs = tuple(
        (one.label().zh, f"{given.get(one.key, one.otherwise)} {one.unit.zh}{_beside(ledger.get(one.key))}")
        for one in indicator.inputs
        if one.key in given or one.otherwise is not None
    )
    if result.value is None:
        return IndicatorPrint(indicator.name.zh, "—", inputs, result.reason.zh, claim)
    value = measured(result.value, indicator.unit, indicator.places).zh
    return IndicatorPrint(indicator.name.zh, value, inputs, claim=claim)


def _beside(said: Mapping[str, Any] | None) -> str:
    """What the waste ledger says, beside the figure that was given."""
    if said is None:
        return ""
    missing = f"，缺 {len(said['missing'])} 个月" if said["missing"] else ""
    return f"（台账 {said['figure']}，与所填不同{missing}）" if said["differs"] else f"（与台账一致{missing}）"


def _section(
    step: Step,
    checklist: Checklist,
    sheet: Sheet,
    notes: Mapping[str, str],
    files: list[dict[str, Any]],
    numbered: Mapping[int, str],
) -> SectionPrint:
    rows = []
    for number, item in step.items:
        result = sheet.item(item.key)
        rows.append(
            RowPrint(
                no=number,
                text=item.text.zh,
                rule=item.rule_text().zh,
                points="不适用" if result.state == "not_applicable" else figure(result.points),
                possible=figure(item.points),
                claim=notes.get(f"item.{item.key}", ""),
                reason=result.reason.zh,
                evidence=_attached(item.key, files, numbered),
            )
        )
    section = next((section for section in checklist.sections if section.key == step.key), None)
    if section is None:
        bonus = figure(sheet.bonus)
        cap = checklist.bonus.cap if checklist.bonus else 0
        note = f"加分 {bonus} 分，扣分 {figure(sheet.penalties)} 分"
        return SectionPrint(step.title.zh, tuple(rows), figure(sheet.bonus - sheet.penalties), figure(cap), note)
    scored = sheet.section(section.key)
    return SectionPrint(section.title.zh, tuple(rows), figure(scored.points), figure(scored.possible), scored.reason.zh)
