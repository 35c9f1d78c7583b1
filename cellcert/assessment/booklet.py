"""The application as it is printed (申报书): what was submitted, or the draft as it stands."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from cellcert.application.models import Application
from cellcert.assessment.print_pdf import ApplicationPrint, IndicatorPrint, RowPrint, SectionPrint
from cellcert.assessment.queries import answer_sheet, evidence_list, notes_of, revision_of
from cellcert.assessment.steps import Step, not_asked, steps
from cellcert.criteria.editions import checklist_of
from cellcert.criteria.programme import Programme
from cellcert.criteria.schema import Checklist, Fact, Indicator
from cellcert.criteria.scorer import Sheet, score
from cellcert.criteria.text import Text, figure, measured


def commitment(category: Text) -> tuple[Text, ...]:
    """The letter a unit's head confirms."""
    return (
        Text(
            f"本单位自愿申报“{category.zh}”，已对照评价标准如实自评，提供的数据和证明材料真实、准确、合法。",
            f"This unit applies of its own accord for “{category.text('en')}”. Its self-assessment follows the "
            "criteria; its figures and evidence are true, exact and lawfully obtained.",
        ),
        Text(
            "本单位接受资料核查、现场核查和社会监督，认定后按要求提交年度声明，配合复核。",
            "It accepts checks of its documents and its site and public supervision, will declare every year once "
            "recognised, and will support re-checks.",
        ),
        Text(
            "如有隐瞒或弄虚作假，本单位愿意承担责任，接受终止申报或撤销称号的处理。",
            "Should anything be concealed or false, it takes the responsibility: the application may be ended, "
            "the title revoked.",
        ),
    )


def booklet_of(session: Session, application: Application, programme: Programme, *, on: date) -> ApplicationPrint:
    """Everything the printed application says."""
    checklist = checklist_of(application.edition)
    revision = revision_of(session, application)
    if revision is None:
        answers: Mapping[str, Any] = answer_sheet(session, application)
        files, notes = evidence_list(session, application), notes_of(session, application)
    else:
        answers, files, notes = revision.answers, revision.evidence, revision.sheet.get("notes", {})
    sheet, unit = score(checklist, answers), application.unit
    category = programme.category(application.category)
    away = not_asked(checklist, answers).places
    names = {
        **{one.key: one.text.zh for one in checklist.prerequisites},
        **{one.key: one.text.zh for one in checklist.items()},
    }
    return ApplicationPrint(
        title=f"{programme.city}“{category.name}”申报书",
        number=application.reference or f"草稿 {application.id}",
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
        ),
        facts=tuple((fact.ask.zh, _fact(fact, answers["facts"].get(fact.key))) for fact in checklist.facts),
        indicators=tuple(
            _indicator(one, sheet, answers["indicators"].get(one.key) or {})
            for one in checklist.indicators
            if ("indicator", one.key) not in away
        ),
        prerequisites=tuple(
            (str(line), one.text.zh, _yes_no(answers["prerequisites"].get(one.key)))
            for line, one in enumerate((p for p in checklist.prerequisites if ("prerequisite", p.key) not in away), 1)
        ),
        sections=tuple(_section(step, checklist, sheet, notes, files) for step in steps(checklist) if step.items),
        points=figure(sheet.total),
        possible=figure(sheet.possible),
        result="；".join([sheet.reason.zh, *(reason.zh for reason in sheet.barred)]),
        evidence=tuple(
            (str(line), str(file["name"]), names.get(str(file["item"]), "")) for line, file in enumerate(files, 1)
        ),
        commitment=tuple(paragraph.zh for paragraph in commitment(category.name)),
        on=on,
        draft=revision is None,
    )


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


def _indicator(indicator: Indicator, sheet: Sheet, given: Mapping[str, Any]) -> IndicatorPrint:
    result = sheet.indicator(indicator.key)
    inputs = tuple(
        (one.label().zh, f"{given.get(one.key, one.otherwise)} {one.unit.zh}")
        for one in indicator.inputs
        if one.key in given or one.otherwise is not None
    )
    if result.value is None:
        return IndicatorPrint(indicator.name.zh, "—", inputs, result.reason.zh)
    return IndicatorPrint(indicator.name.zh, measured(result.value, indicator.unit, indicator.places).zh, inputs)


def _section(
    step: Step, checklist: Checklist, sheet: Sheet, notes: Mapping[str, str], files: list[dict[str, Any]]
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
                evidence=tuple(str(file["name"]) for file in files if file["item"] == item.key),
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
