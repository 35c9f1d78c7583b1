"""The worker's part of an export: written line by line to a file, so that a long list takes no more room than a short.

The file lies below the data folder, not in the store: it is deleted again after ``export_days``.
"""

import csv
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cellcert import clock, web
from cellcert.actors import Role
from cellcert.certificate.open_data import FORMULA
from cellcert.criteria.library import Library
from cellcert.criteria.programme import Programme
from cellcert.criteria.text import Text
from cellcert.database import db
from cellcert.desk.list_actions import JOB
from cellcert.desk.list_queries import Line, Moment, all_of, count_of
from cellcert.desk.list_rules import Column, first_day_in_time, read_chosen
from cellcert.desk.models import CaseExport
from cellcert.inbox.actions import tell
from cellcert.outbox.models import Job
from cellcert.outbox.rules import LEASE

FOLDER = "exports"
MOST_ROWS = 1_000_000  # of one sheet: Excel reads 1,048,576
MAY_LIST = frozenset({Role.DISTRICT, Role.DEPARTMENT, Role.OFFICE, Role.APPROVER, Role.AUDITOR})
NUMBERED = "%Y-%m-%d %H:%M"
Write = Callable[[list[str]], object]


def levels_of(library: Library) -> dict[str, Text]:
    """The levels of all checklists by key, with the name of the first that has it."""
    found: dict[str, Text] = {}
    for category in library.programme.categories:
        for level in library.checklist(category.key).levels:
            found.setdefault(level.key, level.name)
    return found


def moment_of(library: Library, at: datetime) -> Moment:
    """What decides who is late."""
    programme = library.programme
    today = clock.day_of(at, programme.time_zone)
    first = first_day_in_time(library.calendar, programme.first_check.working_days, today)
    return Moment(at, clock.start_of(first, programme.time_zone))


def make_export(data: Mapping[str, object]) -> None:
    """Write one list, and tell who asked. The worker commits; the progress is committed as it goes."""
    session, library = db.session(), web.house().library
    export = session.get_one(CaseExport, int(str(data["export_id"])))
    if export.made_at is not None:
        return
    post = export.post
    if post.ended_at is not None or not post.person.active or post.role not in MAY_LIST:
        export.made_at, export.fault = clock.now(), "您已不再担任申请导出时的职务。"
        return
    actor = post.actor("", library.programme.review.public_mail)
    chosen = read_chosen(parse_qs(export.asked), library.programme, levels_of(library))
    moment = moment_of(library, clock.now())
    total = count_of(session, actor, chosen, moment)
    if export.kind == "xlsx" and total > MOST_ROWS:
        export.made_at, export.fault = clock.now(), f"超过 {MOST_ROWS} 行，一张工作表放不下，请改用 CSV 或缩小范围。"
        return
    number, kind, post_id = export.id, export.kind, export.post_id
    _progress(session, number, total=total, done=0)
    folder = web.house().settings.data_folder / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{number}-{secrets.token_hex(8)}.{kind}"
    part = folder / f"{name}.part"
    try:
        with WRITERS[kind](part) as write:
            write(["单位", *(column.label for column in chosen.columns)])
            done = 0
            for lines in all_of(session, actor, chosen, moment):
                for line in lines:
                    cells = _cells(line, library.programme)
                    write([line.unit, *(cells[column] for column in chosen.columns)])
                done += len(lines)
                session.expunge_all()
                _progress(session, number, total=max(total, done), done=done)
        os.replace(part, folder / name)
    finally:
        part.unlink(missing_ok=True)
    made = session.get_one(CaseExport, number, with_for_update=True, populate_existing=True)
    if made.made_at is not None:  # another worker was quicker
        (folder / name).unlink()
        return
    made.made_at, made.file = clock.now(), name
    where, days = web.public_url("desk.exports"), web.house().settings.export_days
    text = f"您申请导出的申报清单已生成，共 {done} 件，{days} 天内可在此下载：{where}"
    tell(session, [post_id], "申报清单已导出，可以下载", text, at=clock.now())


def _progress(session: Session, number: int, *, total: int, done: int) -> None:
    """Show how far it is, and keep the work: a long list takes longer than a lease."""
    session.execute(update(CaseExport).where(CaseExport.id == number).values(total=total, done=done))
    session.execute(update(Job).where(Job.key == f"{JOB}:{number}").values(leased_until=clock.now() + LEASE))
    session.commit()


def _cells(line: Line, programme: Programme) -> dict[Column, str]:
    """Everything a list may show of a case, as text."""
    zone = programme.time_zone
    return {
        Column.CATEGORY: programme.category(line.category).name.zh,
        Column.DIVISION: programme.division(line.division).name.zh,
        Column.LEAD: programme.department(line.lead).name.zh,
        Column.BATCH: programme.batch(line.batch).name.zh,
        Column.REFERENCE: line.reference or "",
        Column.CODE: line.code,
        Column.STATE: line.state.label,
        Column.SINCE: _moment(line.since, zone),
        Column.SUBMITTED: _moment(line.submitted_at, zone),
        Column.DUE: _moment(line.due_at, zone),
        Column.LEVEL: line.level["zh"] if line.level else "",
        Column.SERIAL: line.serial or "",
        Column.VALID: line.valid_until.isoformat() if line.valid_until else "",
    }


def _moment(at: datetime | None, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime(NUMBERED) if at else ""


@contextmanager
def _csv(path: Path) -> Iterator[Write]:
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # the mark, or Excel takes it for another encoding
        lines = csv.writer(file)
        yield lambda cells: lines.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells])


@contextmanager
def _xlsx(path: Path) -> Iterator[Write]:
    from xlsxwriter import Workbook

    as_typed: dict[str, Any] = {
        "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "constant_memory": True, "tmpdir": str(path.parent),
    }  # fmt: skip
    with Workbook(path, as_typed) as book:
        sheet, text = book.add_worksheet("申报"), book.add_format({"num_format": "@"})
        head = book.add_format({"bold": True, "bg_color": "#1F6F50", "font_color": "#FFFFFF"})
        sheet.freeze_panes(1, 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_column(0, 0, 32)
        sheet.set_column(1, len(Column), 18)
        row, width = 0, 1

        def write(cells: list[str]) -> None:
            nonlocal row, width
            for at, cell in enumerate(cells):
                sheet.write_string(row, at, cell, text if row else head)
            row, width = row + 1, len(cells)

        yield write
        sheet.autofilter(0, 0, max(row - 1, 1), width - 1)


WRITERS = {"csv": _csv, "xlsx": _xlsx}


def forget_exports(session: Session, folder: Path, days: int, *, at: datetime) -> None:
    """Delete files asked for long ago, and what nobody knows of any more."""
    old = session.scalars(
        select(CaseExport).where(CaseExport.file.is_not(None), CaseExport.made_at < at - timedelta(days=days))
    )
    for export in old:
        (folder / FOLDER / str(export.file)).unlink(missing_ok=True)
        export.file = None
