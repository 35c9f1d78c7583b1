"""An office checklist as a table: which column is what, and what each line is."""

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from cellcert.criteria.office.grid import Grid
from cellcert.criteria.office.wording import NUM, plain

Role = Literal["number", "section", "sub", "text", "points", "rule", "evidence", "check", "basis", "remark", "blank"]
Shape = Literal["item", "bonus", "penalty", "prerequisite"]

HEADS: tuple[tuple[Role, str], ...] = (
    (
        "blank",
        "(?:自评|自查|评审|专家|考核|复核|实际|现场|市级|县级|区级|初评|最终|评估|评价|最后)?(?:得分|评分|打分|扣分|扣分值)(?:情况|说明|原因|理由|依据)?|实得分|存在(?:的)?问题|责任(?:单位|部门|人)|牵头单位|完成(?:情况|时限)|是否符合|自评(?:情况|结果|分)|评审(?:意见|结果|情况)|得分(?:情况)?|结果|检查情况|整改情况|签字",
    ),
    ("number", "序号|编号|号|no\\.?|项次"),
    (
        "rule",
        "评分(?:标准|细则|办法|方法|规则|说明|要求|准则)|计分(?:办法|标准|方法|规则|细则|说明)|(?:评价|考核|考评|评定|评估|验收|得分|扣分|赋分|给分|打分)(?:标准|细则|办法|规则)(?:及分值)?|评分标准及(?:分值|办法)|标准(?:及分值)?|(?:考核|评价|评估)评分标准",
    ),
    ("points", "分值|满分|标准分值?|权重|分数|配分|基准分|总分值?|分值?\\(?分\\)?|满分值|应得分"),
    (
        "evidence",
        "(?:证明|佐证|支撑|备查|印证|查验|查阅|需提供|提供|申报|证实)(?:的)?(?:性)?(?:材料|资料|文件)(?:清单|目录|要求)?|评价依据|评分依据|材料清单|资料清单|评估依据|考核依据",
    ),
    (
        "check",
        "(?:核查|验证|考核|评价|检查|查验|验收|评估|核验|考评|认定)(?:方式|方法|形式|途径|手段)|资料来源|数据来源",
    ),
    ("basis", "依据|政策依据|标准依据|来源|文件依据"),
    ("remark", "备注|说明|注|指标解释|指标说明|解释|备注说明"),
    ("sub", "二级指标|二级项目|子项目?|分项|指标分类|小项|评价要素|要素|子类|二级"),
    (
        "text",
        "(?:评估|评价|考核|考评|检查|创建|建设|验收|评审|指标|测评|工作|任务|具体|认定|评定)(?:内容|要求|要点|指标|标准)(?:及要求|与要求|和要求)?|内容|指标|具体(?:指标|内容|要求)|三级指标|四级指标|基本要求|要求|指标名称|评价内容及要求|内容及要求|内容与要求|主要内容|评价点|观测点|评分项|三级",
    ),
    (
        "section",
        "(?:一级|考核|评价|评估|考评|检查|创建|指标|评审|测评|认定)(?:指标|项目|类别|类型|大类|方面|模块|板块)|项目|类别|大类|模块|板块|方面|分类|部分|维度|领域|一级分类|一级",
    ),
)
TOTAL = re.compile(
    r"^(?:本(?:部分|项|节|类))?(小计|合计|总计|总分|得分合计|共计|总\s*分)(?:[(:].*)?$|^(小计|合计|总计|总分|共计):?\(?(?:满分)?"
    + NUM
    + r"分?\)?$"
)
SIGNED = re.compile(
    r"签字|签名|盖章|签章|年\s*月\s*日|填表人|审核人|联系电话|^被?(?:考核|评价|检查|申报)(?:单位|人|日期)[^,]{0,10}:"
)
NOTE = re.compile(r"^[*※]?(?:备?注(?:\d+)?[:1-9、.]|备注|说明[:1-9]?|填表说明|评分说明|注意)|^[(]?注[)]?:")
TITLED = re.compile(
    r"^(?:[一二三四五六七八九十]{1,3}[、.:]|第[一二三四五六七八九十\d]{1,3}(?:部分|章|类|项)|[A-Z][.、]|\([一二三四五六七八九十]{1,2}\))"
)
WORTH = re.compile(rf"[(\[](?:共|满分|总分|计|合计|分值|权重|最高)?:?({NUM})分?(?:满分)?[)\]]")
KINDS: tuple[tuple[Shape, str], ...] = (
    ("bonus", "附加分|加分|奖励分|奖励项|鼓励项|附加项"),
    ("penalty", "扣分项|减分|倒扣|惩罚|负面清单|扣减项|罚分"),
    ("prerequisite", "否决|前置条件|必备条件|准入条件|申报条件|一般要求|基本条件|硬性(?:指标|条件)|先决条件|控制项"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the sheet that is assessed, with the rows that continue it."""

    row: int
    text: str
    points: str
    rule: str
    evidence: str = ""
    check: str = ""
    basis: str = ""
    remark: str = ""
    computed: bool = False  # its points come from a formula of the workbook


@dataclass(slots=True)
class Part:
    """A section of the table: its lines, and what it says it is worth."""

    row: int
    title: str
    shape: Shape
    lines: list[Line] = field(default_factory=list)
    stated: list[tuple[int, Decimal]] = field(default_factory=list)


@dataclass(slots=True)
class OfficeTable:
    title: str = ""
    parts: list[Part] = field(default_factory=list)
    stated: list[tuple[int, Decimal]] = field(default_factory=list)  # totals of the whole sheet
    notes: list[tuple[int, str]] = field(default_factory=list)  # what stands above and below the table
    formulas: list[int] = field(default_factory=list)  # rows with a computed cell that is used


@dataclass(frozen=True, slots=True)
class _Head:
    first: int
    last: int
    roles: dict[int, Role]

    def at(self, role: Role) -> list[int]:
        return [column for column, known in self.roles.items() if known == role]


def recognised(grid: Grid) -> OfficeTable | None:
    """The table in a sheet, or None where no row names its columns."""
    head = _head(grid)
    if head is None:
        return None
    table = OfficeTable()
    for at in range(head.first):
        line = _joined(grid.rows[at])
        if line and not table.title and len(line) <= 80 and not re.match(r"附件\d*|附表|表\s*\d", line):
            table.title = line
        elif line:
            table.notes.append((at + 1, line))
    _read_rows(grid, head, table)
    return table if any(part.lines for part in table.parts) else None


def _head(grid: Grid) -> _Head | None:
    """The row, or two, that name the columns."""
    best: _Head | None = None
    for at, row in enumerate(grid.rows[:40]):
        roles = _roles(row)
        known = set(roles.values())
        if not (
            known & {"points", "rule"} and known & {"text", "section", "sub", "rule"} and len(known - {"blank"}) >= 2
        ):
            continue
        last = at
        if at + 1 < len(grid.rows):
            below = _roles(grid.rows[at + 1])
            fresh = {column: role for column, role in below.items() if (at + 1, column) not in grid.tall}
            if (
                len(fresh) >= 1
                and not any(re.search(r"\d", cell) for cell in grid.rows[at + 1])
                and _only_heads(grid, at + 1)
            ):
                last = at + 1
                roles = roles | fresh
        head = _Head(at, last, _settled(roles))
        if best is None or len(head.roles) > len(best.roles):
            best = head
        if best is not None and at > best.last + 3:
            break
    return best


def _only_heads(grid: Grid, at: int) -> bool:
    return all(not cell or _role(cell) is not None for cell in grid.rows[at])


def _roles(row: tuple[str, ...]) -> dict[int, Role]:
    return {column: role for column, cell in enumerate(row) if cell and (role := _role(cell)) is not None}


def _role(cell: str) -> Role | None:
    name = re.sub(rf"\((?:分|%|{NUM}分?|满分{NUM}分?)\)$", "", plain(cell[:60]).replace("\n", "").lower())
    return next((role for role, pattern in HEADS if re.fullmatch(pattern, name)), None) if 0 < len(name) <= 16 else None


def _settled(roles: dict[int, Role]) -> dict[int, Role]:
    """Exactly one column of text: else the nearest thing to it."""
    settled: dict[int, Role] = {}
    for column, role in sorted(roles.items()):
        taken = set(settled.values())
        if role == "text" and "text" in taken:
            earlier = next(c for c, r in settled.items() if r == "text")
            settled[earlier] = "sub" if "section" in taken or "sub" in taken else "section"
        if role == "section" and "section" in taken:
            role = "sub"  # noqa: PLW2901 - 项目 beside 一级指标 is the finer one
        if role in ("points", "rule") and role in taken:
            role = "blank" if role == "points" else "remark"  # noqa: PLW2901
        settled[column] = role
    if "text" not in settled.values():
        for role in ("sub", "section"):
            if column_ := [c for c, r in settled.items() if r == role]:
                settled[column_[-1]] = "text"
                break
        else:
            rule = next(c for c, r in settled.items() if r == "rule") if "rule" in settled.values() else None
            if rule is not None:
                settled[rule] = "text"
    return settled


def _joined(row: tuple[str, ...]) -> str:
    return " ".join(dict.fromkeys(cell.replace("\n", " ") for cell in row if cell))


def _read_rows(grid: Grid, head: _Head, table: OfficeTable) -> None:
    part: Part | None = None
    closed = False
    section_column = next(iter(head.at("section")), None)
    for at in range(head.last + 1, len(grid.rows)):
        row = grid.rows[at]
        own = {c: cell for c, cell in enumerate(row) if cell and (at, c) not in grid.tall}
        if not own or _is_head(row):
            continue
        first = next(iter(own.values()))
        lead = plain(first[:200]).replace("\n", "")
        points = own.get(next(iter(head.at("points")), -1), "")
        signed = SIGNED.search(lead) is not None and not re.search(r"\d", points)
        if NOTE.match(lead) or signed or (closed and len(own) == 1):
            table.notes.append((at + 1, _joined(row)))
            continue
        if TOTAL.match(lead):
            closed = _total(grid, head, table, part, at, lead) or closed
            continue
        if (title := _section_title(head, own, lead)) is not None:
            part = _open(table, at + 1, title)
            worth = _figure(own.get(next(iter(head.at("points")), -1), ""))
            if worth is not None:
                part.stated.append((at + 1, worth))
            continue
        named = row[section_column].strip() if section_column is not None else ""
        if named and (part is None or named != part.title) and not _same(part, named):
            part = _open(table, at + 1, named)
        if part is None:
            part = _open(table, at + 1, "")
        _line(grid, head, table, part, at)
        closed = False


def _is_head(row: tuple[str, ...]) -> bool:
    roles = set(_roles(row).values()) - {"blank"}
    return len(roles) >= 3 and {"points", "rule"} <= roles


def _total(grid: Grid, head: _Head, table: OfficeTable, part: Part | None, at: int, lead: str) -> bool:
    """A line of 小计 or 合计; True where it ends the table."""
    column = next(iter(head.at("points")), -1)
    row = grid.rows[at]
    worth = _figure(row[column]) if 0 <= column < len(row) else None
    if worth is None:
        found = re.search(rf"({NUM})分?\)?$", lead)
        worth = Decimal(found[1]) if found else next((f for cell in row if (f := _figure(cell)) is not None), None)
    if (at, column) in grid.formulas:
        table.formulas.append(at + 1)
    if worth is None:
        table.notes.append((at + 1, _joined(row)))
    elif "小计" in lead or lead.startswith("本"):
        (part.stated if part is not None else table.stated).append((at + 1, worth))
    else:
        table.stated.append((at + 1, worth))
    return "小计" not in lead and not lead.startswith("本")


def _section_title(head: _Head, own: dict[int, str], lead: str) -> str | None:
    """A row that only names a section, with or without its points."""
    points, rule = head.at("points"), head.at("rule")
    others = [c for c in own if c not in points]
    if len(others) > 1 and len({own[c] for c in others}) == 1:
        others = others[:1]
    numbered = (
        len(others) == 2
        and others[0] in head.at("number")
        and re.fullmatch("[一二三四五六七八九十]{1,3}", own[others[0]])
    )
    if not (len(others) == 1 or numbered) or len(lead) > 60:
        return None
    title = own[others[-1]]
    kind = _shape(title) != "item"
    if others[-1] in rule or (
        not TITLED.match(lead)
        and not WORTH.search(plain(title))
        and not kind
        and not numbered
        and others[-1] in head.at("text")
    ):
        return None
    if any(own.get(c) and _figure(own[c]) is None for c in points):
        return None
    if not TITLED.match(lead) and re.search(r"[。；;]", title):
        return None
    return title


def _open(table: OfficeTable, row: int, named: str) -> Part:
    """A new section; “一、组织管理（20分）” says its points as well."""
    title = re.sub(r"\s+", "", named)
    part = Part(row, named, _shape(title))
    for found in WORTH.finditer(plain(title)):
        part.stated.append((row, Decimal(found[1])))
    table.parts.append(part)
    return part


def _same(part: Part | None, named: str) -> bool:
    def bare(title: str) -> str:
        return WORTH.sub("", TITLED.sub("", plain(title).replace("\n", "")))

    return part is not None and bare(part.title) == bare(named)


def _shape(title: str) -> Shape:
    return next((kind for kind, pattern in KINDS if re.search(pattern, title)), "item")


def _line(grid: Grid, head: _Head, table: OfficeTable, part: Part, at: int) -> None:
    row = grid.rows[at]

    def cell(role: Role, merged: bool = True) -> str:
        texts = [row[c] for c in head.at(role) if c < len(row) and row[c] and (merged or (at, c) not in grid.tall)]
        return "\n".join(dict.fromkeys(texts))

    points_at = next(iter(head.at("points")), -1)
    shared = points_at >= 0 and (at, points_at) in grid.tall and bool(row[points_at]) and bool(part.lines)
    text, rule, points = cell("text", merged=False), cell("rule", merged=False), cell("points", merged=False)
    if shared or (part.lines and not points and not text and rule):
        last = part.lines[-1]
        part.lines[-1] = replace(
            last,
            text="\n".join(filter(None, (last.text, text))),
            rule="\n".join(filter(None, (last.rule, rule))),
            evidence="\n".join(filter(None, (last.evidence, cell("evidence", merged=False)))),
            check="\n".join(filter(None, (last.check, cell("check", merged=False)))),
            remark="\n".join(filter(None, (last.remark, cell("remark", merged=False)))),
        )
        return
    sub, text, rule = cell("sub"), cell("text"), cell("rule")
    if sub and text and sub != text:
        text = f"{sub}：{text}"
    computed = any((at, c) in grid.formulas for c in (points_at, *head.at("rule"), *head.at("text")))
    if computed:
        table.formulas.append(at + 1)
    line = Line(
        at + 1,
        text or sub or rule,
        points,
        rule,
        cell("evidence"),
        cell("check"),
        cell("basis"),
        cell("remark"),
        computed,
    )
    if line.text or line.points:
        part.lines.append(line)


def _figure(cell: str) -> Decimal | None:
    found = re.fullmatch(rf"[+\-−]?({NUM})分?", plain(cell))
    return Decimal(found[1]) if found else None
