"""An expert's own score sheet on paper: as handed in, or the draft, with room to write where nothing is scored yet."""

from datetime import date

from cellcert.assessment.print_pdf import RowPrint, ScoreSheetPrint, SectionPrint
from cellcert.assessment.steps import Step, steps
from cellcert.criteria.programme import Programme
from cellcert.criteria.scorer import Sheet, score
from cellcert.criteria.text import figure
from cellcert.review.own_sheet import OwnSheet


def sheet_printed(own: OwnSheet, programme: Programme, expert: str, unit: str, *, on: date) -> ScoreSheetPrint:
    """Everything the printed sheet says; ``unit`` is empty where the expert must not know it."""
    application, left = own.application, own.left
    claimed = score(own.checklist, own.revision.answers)
    second = "第二轮" if own.second else ""
    draft = "" if own.is_handed_in else "（草稿，未提交）"
    return ScoreSheetPrint(
        title=f"专家{second}评分表{draft}",
        number=application.reference or str(application.id),
        case=(
            *((("申报单位", unit),) if unit else ()),
            ("申报类别", programme.category(application.category).name.zh),
            ("评价标准", f"{own.checklist.title} {own.checklist.edition} 版"),
            ("评审专家", expert),
        ),
        sections=tuple(_section(step, own, claimed) for step in steps(own.checklist) if step.items),
        points="" if left else figure(own.scored.total),
        possible=figure(own.scored.possible),
        result=f"还有 {len(left)} 项没有评分。" if left else own.scored.reason.zh,
        remarks=own.opinion,
        signers=("专家（签字）", "日期"),
        on=on,
    )


def _section(step: Step, own: OwnSheet, claimed: Sheet) -> SectionPrint:
    open_now = {item.key for item in own.left}
    rows = []
    for number, item in step.items:
        result, said = own.scored.item(item.key), claimed.item(item.key)
        mine = f"单位自评 {figure(said.points)} 分。" if said.state == "scored" and item.kind != "penalty" else ""
        points = "" if item.key in open_now else figure(result.points)
        rows.append(
            RowPrint(
                no=number,
                text=item.text.zh,
                rule=item.rule_text().zh,
                points="不适用" if result.state == "not_applicable" else points,
                possible=figure(item.points),
                claim=mine + own.comments.get(item.key, ""),
                reason="" if item.key in open_now else result.reason.zh,
            )
        )
    section = next((section for section in own.checklist.sections if section.key == step.key), None)
    if section is None:
        cap = own.checklist.bonus.cap if own.checklist.bonus else 0
        note = f"加分 {figure(own.scored.bonus)} 分，扣分 {figure(own.scored.penalties)} 分"
        sum_ = figure(own.scored.bonus - own.scored.penalties)
        return SectionPrint(step.title.zh, tuple(rows), sum_, figure(cap), note)
    summed = own.scored.section(section.key)
    unfinished = any(item.key in open_now for item in section.items)
    return SectionPrint(
        section.title.zh, tuple(rows), "" if unfinished else figure(summed.points), figure(summed.possible),
        "" if unfinished else summed.reason.zh,
    )  # fmt: skip
