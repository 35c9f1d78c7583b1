"""A criteria file, read and checked: a ``Checklist``, or everything that is wrong with it."""

import gc
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, cast

from cellcert.criteria import expression
from cellcert.criteria.fields import KEY, Fields, as_plain, repeated
from cellcert.criteria.items_reader import read_bonus, read_penalties, read_prerequisite, read_section
from cellcert.criteria.ledger_reader import read_sums
from cellcert.criteria.levels_reader import read_levels
from cellcert.criteria.marked import MAX_BYTES, CriteriaFaults, Fault, Faults, Table, read_marked
from cellcert.criteria.period_reader import EARLIEST, read_period, refuse_unsaid_years
from cellcert.criteria.schema import Checklist, Fact, Indicator, Input, Period
from cellcert.criteria.text import BLANK, Text, figure
from cellcert.criteria.units import unit_faults
from cellcert.criteria.ways_reader import Names, read_condition, read_formula

__all__ = ["CriteriaFaults", "Fault", "read_checklist", "read_checklist_file"]

Kinds = dict[str, expression.Kind]
MAX_EDITION = 40


def read_checklist_file(
    path: Path,
    departments: Collection[str] | None = None,
    categories: Collection[str] | None = None,
    wastes: Collection[str] | None = None,
) -> Checklist:
    """The checklist in ``path``; what names lead, category and wastes is checked where the city's are given."""
    return read_checklist(read_source(path), path.name, departments, categories, wastes)


def read_source(path: Path) -> str:
    """The text of a file; what cannot be text is a fault on line 1."""
    faults = Faults(path.name)
    try:
        with path.open("rb") as file:
            read = file.read(MAX_BYTES + 4)
        # A file too large may be cut within a sign; that it is too large is said later.
        return read.decode("utf-8-sig", "strict" if len(read) <= MAX_BYTES else "replace")
    except UnicodeDecodeError:
        faults.add(1, "文件不是 UTF-8 文本，请另存为 UTF-8", "not UTF-8 text; save the file as UTF-8")
    except OSError as error:
        faults.add(
            1,
            f"文件打不开（{'没有这个文件' if isinstance(error, FileNotFoundError) else error.strerror}），请检查路径",
            f"cannot be opened ({error.strerror}); check the path",
        )
    raise CriteriaFaults(faults.found)


def read_fields(source: str, name: str, is_kept: bool = False) -> Fields:
    """The keys of a whole file, to be read one by one."""
    faults = Faults(name, is_kept=is_kept)
    node = read_marked(source, faults)
    if isinstance(node, Table):
        return Fields(node, faults, "")
    if not faults.found:
        faults.add(1, "文件应当由“名称: 内容”组成", "the file must be a map of “name: value”")
    raise CriteriaFaults(faults.found)


def read_plain(source: str, name: str) -> dict[str, Any]:
    """A file of ordinary values, such as an answer sheet; raises ``CriteriaFaults``."""
    fields = read_fields(source, name)
    fields.faults.raise_any()
    return {key: as_plain(node) for key, (_, node) in fields.table.pairs.items()}


def read_kept(source: str, name: str) -> Checklist:
    """The checklist of an edition approved earlier: read by its meaning, not by what is asked of new files today."""
    with _without_looking_for_garbage():
        return _read(read_fields(source, name, is_kept=True), name)


def read_checklist(
    source: str,
    name: str,
    departments: Collection[str] | None = None,
    categories: Collection[str] | None = None,
    wastes: Collection[str] | None = None,
) -> Checklist:
    """The checklist in ``source``; raises ``CriteriaFaults`` with every fault at once."""
    with _without_looking_for_garbage():
        return _read(read_fields(source, name), name, departments, categories, wastes)


@contextmanager
def _without_looking_for_garbage() -> Iterator[None]:
    """Reading makes a bounded heap of small things that all stay: to look for garbage among them again and again took a
    third of the time, and more than in proportion to the length of the file."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read(
    fields: Fields,
    name: str,
    departments: Collection[str] | None = None,
    categories: Collection[str] | None = None,
    wastes: Collection[str] | None = None,
) -> Checklist:
    if "items" in fields and not {"category", "sections", "levels"} & fields.table.pairs.keys():
        fields.fault(
            "items",
            "这是一份答卷，不是评价标准；计分请用 cellcert criteria score 标准文件 答卷",
            "this is an answer sheet, not a checklist; score it with cellcert criteria score CRITERIA ANSWERS",
        )
        fields.faults.raise_any()
    category, edition = fields.key("category"), fields.word("edition", required=True)
    if bare := edition.strip("“”‘’＂") if edition[:1] in {"“", "”", "‘", "’", "＂"} else "":
        fields.fault_if_new("edition", f'edition 的引号要用半角："{bare}"', f'edition: use plain quotes: "{bare}"')
    title, lead = fields.text("title", required=True), fields.word("lead", required=True)
    if departments is None and lead and not KEY.match(lead):
        fields.fault_if_new(
            "lead",
            "lead 写部门的 key（programme.yaml 里的），例如 environment，不写名称",
            "lead is the key of a department of programme.yaml, such as environment, not its name",
        )
    if len(edition) > MAX_EDITION or not edition.isprintable():  # it is printed, searched for and a file's name
        fields.fault_if_new(
            "edition",
            f"edition 最多 {MAX_EDITION} 个字符，写在一行，例如 2026.1",
            f"edition must be one line of {MAX_EDITION} characters at most, such as 2026.1",
        )
    kinds: Kinds = {}
    facts = _facts(fields, kinds)
    indicators = _indicators(fields, kinds, wastes)
    names = Names(
        kinds,
        units={i.key: i.unit for i in indicators},
        conditional=frozenset(i.key for i in indicators if i.applies_if is not None),
        periods={i.key: i.period for i in indicators},
    )
    required = list(fields.rows("prerequisites"))
    prerequisites = tuple(read_prerequisite(row, names) for row in required)
    sections = tuple(read_section(row, names) for row in fields.rows("sections", required=True))
    bonus, penalties = read_bonus(fields, names), read_penalties(fields, names)
    total_cap = fields.points("total_cap", required=False)
    checklist = Checklist(
        category=category,
        edition=edition,
        title=title or BLANK,
        lead=lead,
        model=fields.truth("model"),
        who=fields.texts("who"),
        basis=fields.texts("basis"),
        facts=facts,
        indicators=indicators,
        prerequisites=prerequisites,
        sections=sections,
        bonus=bonus,
        penalties=penalties,
        total_cap=total_cap,
        levels=(),
    )
    _points_add_up(fields, checklist)
    printed_in = {section.key: section for section in sections}
    for row, prerequisite in zip(required, prerequisites, strict=True):
        if prerequisite.section is not None and prerequisite.section not in printed_in:
            row.one_of("section", [*printed_in])
    levels = read_levels(fields, checklist)
    if departments is not None and lead and lead not in departments:
        fields.one_of("lead", sorted(departments))
    if categories is not None and category and category not in categories:
        fields.one_of("category", sorted(categories))
    if KEY.match(category) and name.endswith(".yaml") and Path(name).stem != category and categories is not None:
        fields.fault("category", f"文件名应当是 {category}.yaml", f"the file must be called {category}.yaml")
    for twice in repeated(section.key for section in sections):
        fields.fault("sections", f"key“{twice}”重复，请改名", f"the key “{twice}” is used twice; rename one")
    fields.done()
    fields.faults.raise_any()
    return replace(checklist, levels=levels)


def _points_add_up(fields: Fields, checklist: Checklist) -> None:
    said = fields.points(required=False)
    if said is not None and said != checklist.points:
        fields.fault(
            "points",
            f"全表写 {figure(said)} 分，各部分相加是 {figure(checklist.points)} 分，请改成一致",
            f"says {figure(said)} points, the sections add up to {figure(checklist.points)}; make them agree",
        )


def _facts(fields: Fields, kinds: Kinds) -> tuple[Fact, ...]:
    facts = []
    for key, row in fields.named("facts"):
        kind = row.one_of("type", ("yes_no", "choice", "number"), required=True)
        options = _options(row, required=kind == "choice") if kind == "choice" or "options" in row else ()
        if options and kind != "choice":
            row.fault("options", "options 只用于 type: choice", "options belong to type: choice")
        _name(row, key, kinds)
        kinds[key] = "number" if kind == "number" else frozenset(o for o, _ in options) if kind == "choice" else "truth"
        facts.append(
            Fact(
                key=key,
                ask=row.text("ask", required=True) or BLANK,
                type=cast("Literal['yes_no', 'choice', 'number']", kind),
                options=options,
                unit=row.text("unit") or BLANK,
                at_least=row.number("at_least"),
                at_most=row.number("at_most"),
                whole=row.truth("whole"),
                help=row.text("help"),
            )
        )
        row.done()
    return tuple(facts)


def _options(row: Fields, required: bool) -> tuple[tuple[str, Text], ...]:
    inner = row.within("options", required=required)
    if inner is None:
        return ()
    options = tuple((key, inner.text(key, required=True) or BLANK) for key in inner.table.pairs)
    for key, _ in options:
        if not KEY.match(key):
            inner.fault(
                key,
                f"选项“{key}”只能用小写字母、数字和下划线，字母开头",
                f"the option “{key}” must match [a-z][a-z0-9_]*",
            )
    if len(options) < 2:
        row.fault("options", "至少要有两个选项", "give two options at least")
    return options


def _name(row: Fields, key: str, kinds: Kinds) -> None:
    if key in expression.RESERVED:
        row.fault(
            None, f"“{key}”是式子里的专用词，请换个名称", f"“{key}” has a meaning in expressions; choose another name"
        )
    if key in kinds:
        row.fault(
            None, f"“{key}”已经用作别的单位情况或指标，请改名", f"“{key}” already names a fact or indicator; rename one"
        )


def _indicators(fields: Fields, kinds: Kinds, wastes: Collection[str] | None) -> tuple[Indicator, ...]:
    indicators = []
    facts = dict(kinds)
    for key, row in fields.named("indicators"):
        _name(row, key, kinds)
        kinds[key] = "number"
        period = read_period(row, required=True, day=True)
        inputs = tuple(_input(name, inner, period, wastes) for name, inner in row.named("inputs", required=True))
        formula = read_formula(row, "formula", {i.key: "number" for i in inputs})
        if formula is not None and not expression.faults(formula, {i.key: "number" for i in inputs}, "number"):
            for idle in sorted({i.key for i in inputs} - expression.names(formula)):
                row.fault(
                    "formula",
                    f"数据“{idle}”没有用到，请写进算式或删去",
                    f"the input “{idle}” is not used; use or remove it",
                )
            unit = row.text("unit") or BLANK
            for fault in unit_faults(formula, {i.key: i.unit.zh for i in inputs}, unit.zh):
                row.fault_if_new("formula", fault.zh, fault.en)
        indicators.append(
            Indicator(
                key=key,
                name=row.text("name", required=True) or BLANK,
                unit=row.text("unit", required=True) or BLANK,
                period=period,
                inputs=inputs,
                formula=formula or "0",
                plausible=_plausible(row),
                places=2 if (places := row.whole("places", most=6)) is None else places,
                empty=cast("Literal['none', 'full']", row.one_of("empty", ("none", "full"), "none")),
                source=row.text("source"),
                applies_if=read_condition(row, "applies_if", facts),
                help=row.text("help"),
            )
        )
        refuse_unsaid_years(row, [indicators[-1].name, *(i.name for i in inputs)], period)
        row.done()
    return tuple(indicators)


def _input(key: str, row: Fields, period: Period | None, wastes: Collection[str] | None) -> Input:
    if key in expression.RESERVED:
        row.fault(
            None, f"“{key}”是式子里的专用词，请换个名称", f"“{key}” has a meaning in expressions; choose another name"
        )
    least = row.number("at_least")
    unit = row.text("unit", required=True) or BLANK
    read = Input(
        key=key,
        name=row.text("name", required=True) or BLANK,
        unit=unit,
        otherwise=row.number("otherwise"),
        at_least=Decimal(0) if least is None else least,
        at_most=row.number("at_most"),
        whole=row.truth("whole"),
        year=_year(row, period),
        help=row.text("help"),
        ledger=read_sums(row, period, unit.zh, wastes),
    )
    if (counts_as := read.otherwise) is not None and (
        counts_as < read.at_least
        or (read.at_most is not None and counts_as > read.at_most)
        or (read.whole and counts_as != int(counts_as))
    ):
        row.fault(
            "otherwise",
            f"otherwise 是 {figure(counts_as)}，不在本数据允许的范围内，请改成一致",
            f"otherwise is {figure(counts_as)}, which this input does not allow; make them agree",
        )
    row.done()
    return read


def _year(row: Fields, period: Period | None) -> int | None:
    number = row.number("year", least=EARLIEST, most=0)
    if number is None:
        return None
    year = int(number)
    if number != year or period is None or year not in period:
        row.fault(
            "year",
            "year 应当是 period 里的一年，例如 period: {first: -4, last: -1} 里的 -4",
            "year must be one of the period, such as -4 of {first: -4, last: -1}",
        )
    return year


def _plausible(row: Fields) -> tuple[Decimal, Decimal] | None:
    nodes = row.row("plausible")
    bounds = [row.as_number(node, "plausible") for node in nodes]
    if "plausible" not in row or None in bounds:
        return None
    if len(bounds) != 2 or cast("Decimal", bounds[0]) >= cast("Decimal", bounds[1]):
        row.fault("plausible", "plausible 应当是 [最小, 最大]", "plausible must be [least, most]")
        return None
    return cast("Decimal", bounds[0]), cast("Decimal", bounds[1])
