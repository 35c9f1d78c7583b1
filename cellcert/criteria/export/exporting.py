"""A criteria file as a workbook, a sheet to print, or YAML."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cellcert.criteria.library import Library
from cellcert.criteria.marked import CriteriaFaults
from cellcert.criteria.reader import read_checklist, read_source
from cellcert.criteria.schema import Checklist


def exported(path: Path, ending: str, lang: str) -> bytes:
    """The file in ``path`` as another kind of file; raises ``CriteriaFaults``."""
    source = read_source(path)
    return ENDINGS[ending](read_checklist(source, path.name), path, lang)


def _workbook(checklist: Checklist, _: Path, lang: str) -> bytes:
    from cellcert.criteria.export.spreadsheet import workbook

    return workbook(checklist, lang)


def _yaml(checklist: Checklist, _: Path, lang: str) -> bytes:
    from cellcert.criteria.export.writer import written

    return written(checklist).encode()


def _pdf(checklist: Checklist, path: Path, lang: str) -> bytes:
    from cellcert.criteria.export.print_pdf import checklist_pdf

    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with suppress(CriteriaFaults, StopIteration):  # a file may stand alone, without its programme
        programme = Library(path.parent).programme
        lead = programme.department(checklist.lead).name
        return checklist_pdf(checklist, lang, programme.name, programme.authority.name, lead, digest)
    return checklist_pdf(checklist, lang, digest=digest)


ENDINGS: dict[str, Callable[[Checklist, Path, str], bytes]] = {".xlsx": _workbook, ".pdf": _pdf, ".yaml": _yaml}
