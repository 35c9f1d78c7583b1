"""The register as open data: what everybody may read on its pages, as CSV and JSON, under names that stay."""

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import astuple
from datetime import date
from io import StringIO

from sqlalchemy.orm import Session

from cellcert.certificate.queries import Entry
from cellcert.certificate.register_queries import Edition, Wanted, entries
from cellcert.criteria.programme import Programme
from cellcert.errors import N_

TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json; charset=utf-8"}
VERSION = 1  # of the fields: they are added to, never renamed
# A name may begin like a formula; what a spreadsheet would work out is kept text by a sign in front (CSV alone).
FORMULA = ("=", "+", "-", "@", "\t", "\r")
FIELDS: Mapping[str, str] = {
    "serial": N_("证书编号，唯一"),
    "unit": N_("单位名称，与证书一致"),
    "credit_code": N_("统一社会信用代码；没有独立代码的单位是依托单位的代码"),
    "category": N_("类别代号"),
    "category_name": N_("类别名称"),
    "division": N_("管理主体代号"),
    "division_name": N_("管理主体名称"),
    "level_name": N_("等次"),
    "edition": N_("认定所依据的标准版本"),
    "awarded_on": N_("认定日期，年-月-日"),
    "valid_until": N_("有效期最后一天，年-月-日"),
    "status": N_("取数时的状态代号，见下表"),
    "url": N_("该单位的公开页面"),
}


def written(
    session: Session, wanted: Wanted, today: date, programme: Programme, address: str, ending: str
) -> Iterator[str]:
    """The file in pieces, so that a long register takes no more room than a short one."""
    rows = (row(line, programme, address) for line in entries(session, wanted, today))
    return _csv(rows) if ending == "csv" else _json(rows, programme, today)


def tag_of(edition: Edition, wanted: Wanted, today: date, programme: Programme, ending: str) -> str:
    """The same for as long as the file is, byte for byte."""
    names = programme.divisions, programme.name, programme.authority, programme.open_data_licence
    told = (VERSION, ending, astuple(edition), wanted, today, names)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


def row(line: Entry, programme: Programme, address: str) -> dict[str, str]:
    """One cell as the open data tell of it: the keys of ``FIELDS``."""
    divisions = {division.key: division.name.zh for division in programme.divisions}
    return {
        "serial": line.serial,
        "unit": line.unit,
        "credit_code": line.credit_code,
        "category": line.category,
        "category_name": line.category_name.zh,
        "division": line.division,
        "division_name": divisions.get(line.division, line.division),
        "level_name": line.level_name.zh,
        "edition": line.edition,
        "awarded_on": line.awarded_on.isoformat(),
        "valid_until": line.valid_until.isoformat(),
        "status": line.status.value,
        "url": f"{address}{line.serial}",
    }


def _csv(rows: Iterator[dict[str, str]]) -> Iterator[str]:
    yield "\ufeff"  # or Excel takes it for another encoding
    yield _line(list(FIELDS))
    for cell in rows:
        yield _line([f"'{text}" if text.startswith(FORMULA) else text for text in cell.values()])


def _line(cells: list[str]) -> str:
    line = StringIO(newline="")
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _json(rows: Iterator[dict[str, str]], programme: Programme, today: date) -> Iterator[str]:
    head = {
        "version": VERSION,
        "programme": programme.name.zh,
        "authority": programme.authority.name.zh,
        "licence": programme.open_data_licence.zh,
        "as_of": today.isoformat(),
    }
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "cells": ['
    for at, cell in enumerate(rows):
        yield ("," if at else "") + "\n" + json.dumps(cell, ensure_ascii=False)
    yield "\n]}\n"
