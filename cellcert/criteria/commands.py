"""``cellcert criteria …``: check the files of a city, score one answer sheet."""

import importlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import click

from cellcert.criteria.calendar import Year
from cellcert.criteria.library import Library
from cellcert.criteria.marked import CriteriaFaults
from cellcert.criteria.plan import Plan
from cellcert.criteria.programme import Programme
from cellcert.criteria.reader import read_checklist_file, read_plain, read_source
from cellcert.criteria.schema import Checklist
from cellcert.criteria.scorer import AnswerFaults, Sheet, score
from cellcert.criteria.text import Text, figure
from cellcert.criteria.wastes import Wastes
from cellcert.paths import criteria_folder

LANG = click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", help="Language of the sentences.")

# Commands of stages further down, imported only when asked for: `criteria score` must not wait for them.
ELSEWHERE: Mapping[str, str] = {"diff": "cellcert.edition.commands:diff"}


class CriteriaGroup(click.Group):
    """The commands of this file, and those named in ``ELSEWHERE``."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, _, name = ELSEWHERE[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=CriteriaGroup)
def criteria() -> None:
    """Write, check, compare and print criteria files; score an answer sheet."""


def refuse(sentences: Iterable[str], why: Exception) -> NoReturn:
    """Say why not, a sentence a line, and leave with 1."""
    for sentence in sentences:
        click.echo(sentence, err=True)
    raise click.exceptions.Exit(1) from why


def _lead(category: str) -> str | None:
    """The lead department of a category; an author may begin without a programme."""
    with suppress(CriteriaFaults):
        return next((one.lead for one in Library(criteria_folder()).programme.categories if one.key == category), None)
    return None


@criteria.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@LANG
def check(paths: tuple[Path, ...], lang: str) -> None:
    """Name every file and every fault with its line; exit 1 if there is any."""
    found = 0
    for library, path in _files(paths or (criteria_folder(),)):
        try:
            read = library.read(path)
        except CriteriaFaults as faults:
            found += len(faults.faults)
            shown = path if paths else path.relative_to(library.folder)
            for fault in faults.faults:
                click.echo(f"{shown}:{fault.line}: {fault.message.text(lang)}", err=True)
        else:
            click.echo(f"{path.name}: {_counts(read).text(lang)}")
    if found:
        raise click.exceptions.Exit(1)


def _files(paths: tuple[Path, ...]) -> Iterator[tuple[Library, Path]]:
    for path in paths:
        if path.is_dir():
            library = Library(path)
            yield from ((library, file) for file in library.paths())
        else:
            yield Library(path.parent.parent if path.parent.name == "calendar" else path.parent), path


def _counts(read: Programme | Plan | Wastes | Checklist | Year) -> Text:
    match read:
        case Programme():
            counts = len(read.divisions), len(read.categories), len(read.batches)
            return Text(
                "{} 个区划，{} 个类别，{} 个批次".format(*counts),
                "{} divisions, {} categories, {} batches".format(*counts),
            )
        case Plan():
            return Text(f"{len(read.targets)} 个目标", f"{len(read.targets)} targets")
        case Wastes():
            return Text(f"{len(read.kinds)} 种废物", f"{len(read.kinds)} kinds of waste")
        case Year():
            return Text(
                f"放假 {len(read.holidays)} 天，调休上班 {len(read.workdays)} 天",
                f"{len(read.holidays)} holidays, {len(read.workdays)} worked weekend days",
            )
        case Checklist():
            kinds = Counter(item.kind for item in read.items())
            asked = len(read.prerequisites), len(read.indicators)
            return Text(
                f"{kinds['item']} 项，满分 {figure(read.points)} 分，加分 {kinds['bonus']} 项，"
                f"扣分 {kinds['penalty']} 项，前置条件 {asked[0]} 项，指标 {asked[1]} 个",
                f"items: {kinds['item']}, points: {figure(read.points)}, bonus: {kinds['bonus']}, "
                f"penalties: {kinds['penalty']}, prerequisites: {asked[0]}, indicators: {asked[1]}",
            )


@criteria.command("score")
@click.argument("criteria_file", metavar="CRITERIA", type=click.Path(path_type=Path))
@click.argument("answers_file", metavar="ANSWERS", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the sheet as JSON.")
@LANG
def score_command(criteria_file: Path, answers_file: Path, as_json: bool, lang: str) -> None:
    """Score one answer sheet, without a database."""
    try:
        checklist = read_checklist_file(criteria_file)
        sheet = score(checklist, read_plain(read_source(answers_file), answers_file.name))
    except CriteriaFaults as faults:
        refuse((fault.text(lang) for fault in faults.faults), faults)
    except AnswerFaults as faults_:
        said = (f"{answers_file.name}: {wrong.item_key}: {wrong.message.text(lang)}" for wrong in faults_.faults)
        refuse(said, faults_)
    if as_json:
        click.echo(json.dumps(sheet.to_json(lang), ensure_ascii=False, indent=2))
    else:
        _print(checklist, sheet, lang)


def _print(checklist: Checklist, sheet: Sheet, lang: str) -> None:
    results = {item.key: item for item in sheet.items}
    for section, result in zip(checklist.sections, sheet.sections, strict=True):
        click.echo(
            f"{result.title.text(lang)}  {figure(result.points)}/{figure(result.possible)}  {result.reason.text(lang)}"
        )
        for item in section.items:
            click.echo(f"  {item.key}  {figure(results[item.key].points)}  {results[item.key].reason.text(lang)}")
    for item in checklist.items():
        if item.kind != "item":
            click.echo(f"{item.key}  {figure(results[item.key].points)}  {results[item.key].reason.text(lang)}")
    for reason in (*sheet.barred, *sheet.gates):
        click.echo(reason.text(lang))
    for missing in sheet.missing:
        click.echo(f"{missing.kind} {missing.key}: {missing.text.text(lang)}")
    click.echo(sheet.reason.text(lang))


@criteria.command("import")
@click.argument("workbook", metavar="WORKBOOK.xlsx", type=click.Path(path_type=Path))
@click.option("--category", required=True, help="Key of the category: factory, mall, …")
@click.option("--sheet", help="Name of the sheet; else the one with the largest table.")
@click.option("--edition", help="Edition, such as 2026.1; else as the sheet says.")
@click.option("--out", type=click.Path(path_type=Path), help="File to write; else the YAML is printed.")
@LANG
def import_command(
    workbook: Path, category: str, sheet: str | None, edition: str | None, out: Path | None, lang: str
) -> None:
    """Make a criteria file of an office spreadsheet; exit 2 while a person must decide something."""
    from cellcert.criteria.export.spreadsheet_file import MAX_FILE
    from cellcert.criteria.office.importing import Unreadable, imported, reported

    try:
        if out is not None and out.exists():
            raise Unreadable(f"{out} 已经存在，请换个文件名", f"{out} exists; choose another name")
        with workbook.open("rb") as file:
            made = imported(file.read(MAX_FILE + 1), category, sheet, _lead(category), edition)
        if out is not None:
            out.write_text(made.text, encoding="utf-8")
    except Unreadable as refused:
        refuse([f"{workbook.name}: {refused.sentence.text(lang)}"], refused)
    except OSError as error:
        refuse([f"{error.filename}: {error.strerror}"], error)
    if out is None:
        click.echo(made.text, nl=False)
    for note in made.notes:
        click.echo(reported(note, lang), err=out is None)
    if made.undecided:
        raise click.exceptions.Exit(2)


@criteria.command("export")
@click.argument("criteria_file", metavar="CRITERIA", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "out",
    metavar="OUT.(xlsx|pdf|yaml)",
    required=True,
    type=click.Path(path_type=Path),
    help="File to write; its ending says which kind.",
)
@LANG
def export_command(criteria_file: Path, out: Path, lang: str) -> None:
    """Write a checklist as a workbook, as a sheet to print, or as YAML in one hand; without a database."""
    from cellcert.criteria.export.exporting import ENDINGS, exported

    if out.suffix.lower() not in ENDINGS:
        raise click.UsageError(f"--to must end in {', '.join(ENDINGS)}")
    if out.exists() and criteria_file.exists() and out.samefile(criteria_file):
        raise click.UsageError("--to is the criteria file itself")
    if out.suffix.lower() in {".yaml", ".yml"} and (out.exists() or out.is_symlink()):
        raise click.UsageError(f"{out} exists; a criteria file written by hand is not overwritten")
    try:
        made = exported(criteria_file, out.suffix.lower(), lang)
    except CriteriaFaults as faults:
        refuse((fault.text(lang) for fault in faults.faults), faults)
    try:
        out.write_bytes(made)
    except OSError as error:
        refuse([f"{out}: {error.strerror}"], error)
    click.echo(str(out))


@criteria.command("schema")
@click.option("--out", type=click.Path(path_type=Path), help="File to write; else it is printed.")
def schema_command(out: Path | None) -> None:
    """Print the JSON Schema of a criteria file, for editors."""
    from cellcert.criteria.json_schema import schema

    written = json.dumps(schema(), ensure_ascii=False, indent=2) + "\n"
    if out is None:
        click.echo(written, nl=False)
        return
    try:
        out.write_text(written, encoding="utf-8")
    except OSError as error:
        refuse([f"{out}: {error.strerror}"], error)
    click.echo(str(out))


@criteria.command("new")
@click.argument("category")
@click.option("--title", default="", help="Title of the checklist.")
@click.option("--schema", "schema_file", default="", help="The JSON Schema an editor shall use.")
@click.option("--out", type=click.Path(path_type=Path), help="File to write; else CATEGORY.yaml here.")
@LANG
def new_command(category: str, title: str, schema_file: str, out: Path | None, lang: str) -> None:
    """Begin a checklist: a small sound file with a remark at every line."""
    from cellcert.criteria.starter import NotStarted, starter

    path = out or Path(f"{category}.yaml")
    try:
        source = starter(category, title, _lead(category) or "", schema_file)
        with path.open("x", encoding="utf-8") as file:
            file.write(source)
    except NotStarted as refused:
        refuse([refused.sentence.text(lang)], refused)
    except FileExistsError as error:
        refuse([Text(f"{path} 已经存在，请换个文件名", f"{path} exists; choose another name").text(lang)], error)
    except OSError as error:
        refuse([f"{path}: {error.strerror}"], error)
    click.echo(str(path))
