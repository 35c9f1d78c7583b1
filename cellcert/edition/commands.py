"""``cellcert criteria diff``: what a new edition changes, and who would fall."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cellcert.criteria.commands import LANG, refuse
from cellcert.criteria.compare.comparing import Difference, differences
from cellcert.criteria.marked import CriteriaFaults
from cellcert.criteria.reader import read_checklist_file
from cellcert.criteria.schema import Checklist
from cellcert.criteria.sheet import Sheet, as_json_number
from cellcert.criteria.text import Text, figure

if TYPE_CHECKING:
    from cellcert.edition.queries import Case, Falls


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--holders", is_flag=True, help="Score the city's holders and applications again: who would fall.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@LANG
def diff(old: Path, new: Path, holders: bool, as_json: bool, lang: str) -> None:
    """Say what NEW changes against OLD, in sentences; with --holders also who would fall."""
    before, after = _read(old, lang), _read(new, lang)
    found = differences(before, after)
    falls = _falls(after, lang) if holders else None
    if as_json:
        whole: dict[str, Any] = {"differences": [_as_json(one, lang) for one in found]}
        if falls is not None:
            whole["falls"] = _falls_as_json(falls, lang)
        click.echo(json.dumps(whole, ensure_ascii=False, indent=2))
        return
    for one in found:
        click.echo(one.sentence().text(lang))
    if not found:
        click.echo(Text("两个文件内容相同", "the two files say the same").text(lang))
    if falls is not None:
        _print(falls, lang)


def _read(path: Path, lang: str) -> Checklist:
    try:
        return read_checklist_file(path)
    except CriteriaFaults as faults:
        refuse((fault.text(lang) for fault in faults.faults), faults)


def _falls(new: Checklist, lang: str) -> "Falls":
    """Asks the configured database; only now is the application loaded."""
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from cellcert import clock, create_app
    from cellcert.database import db, reading
    from cellcert.edition.queries import who_would_fall
    from cellcert.web import house

    app = create_app()
    with app.app_context():
        try:
            with reading():
                today = clock.day_of(clock.now(), house().library.programme.time_zone)
                return who_would_fall(db.session(), new, new.category, on=today)
        except (OperationalError, ProgrammingError) as error:
            none = Text(
                f"没有可用的城市数据库（{error.orig}）：--holders 要在已部署的系统里运行；只比较两个文件不需要它",
                f"no city's database here ({error.orig}): --holders needs one; comparing two files does not",
            )
            refuse([none.text(lang)], error)


def _print(falls: "Falls", lang: str) -> None:
    if not falls.affected:
        click.echo(Text("按新标准重新计分，没有单位会受影响", "scored again, nobody would fall").text(lang))
    for title, cases in (
        (Text("已认定单位", "Holders"), falls.holders),
        (Text("在办申报", "Running applications"), falls.running),
    ):
        if cases:
            click.echo(f"{title.text(lang)}:" if lang == "en" else f"{title}：")
        for case in cases:
            before = _result(case.restated.before, lang) if case.restated.before else "–"
            after = _result(case.restated.after, lang)
            click.echo(f"  {case.unit} {case.serial or case.reference}  {before} → {after}")
            for cost in case.restated.costs:
                click.echo(f"    {cost.text.text(lang)}")
            for text in case.restated.assumed:
                click.echo(f"    {text.text(lang)}")
    if falls.drafts:
        click.echo(Text(f"另有 {falls.drafts} 件草稿", f"and {falls.drafts} drafts").text(lang))
    click.echo(Text(f"不受影响 {falls.unaffected} 件", f"{falls.unaffected} unaffected").text(lang))


def _result(sheet: Sheet, lang: str) -> str:
    level = sheet.level.name if sheet.level else Text("不能认定", "no level")
    return f"{figure(sheet.total)} {level.text(lang)}"


def _as_json(one: Difference, lang: str) -> dict[str, Any]:
    said = {name: text.text(lang) for name, text in (("before", one.before), ("after", one.after)) if text}
    changes = [
        {
            "about": change.about.text(lang),
            "before": change.before.text(lang) if change.before else None,
            "after": change.after.text(lang) if change.after else None,
        }
        for change in one.changes
    ]
    named = {"kind": one.kind, "what": one.what, "key": one.key, "name": one.name.text(lang)}
    return {**named, **said, "changes": changes, "sentence": one.sentence().text(lang)}


def _falls_as_json(falls: "Falls", lang: str) -> dict[str, Any]:
    def case_of(case: "Case") -> dict[str, Any]:
        sheets = {"before": case.restated.before, "after": case.restated.after}
        results = {
            name: {"total": as_json_number(sheet.total), "level": sheet.level.key if sheet.level else None}
            for name, sheet in sheets.items()
            if sheet is not None
        }
        costs = [
            {"key": cost.key, "points": as_json_number(cost.points), "text": cost.text.text(lang)}
            for cost in case.restated.costs
        ]
        assumed = [text.text(lang) for text in case.restated.assumed]
        named = {"unit": case.unit, "reference": case.reference, "serial": case.serial, "state": case.state.value}
        return {**named, **results, "certain": case.restated.certain, "costs": costs, "assumed": assumed}

    return {
        "holders": [case_of(case) for case in falls.holders],
        "running": [case_of(case) for case in falls.running],
        "drafts": falls.drafts,
        "unaffected": falls.unaffected,
    }
