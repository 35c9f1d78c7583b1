"""The rows of an office table as items, bonus items, penalties and prerequisites of a criteria file."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from cellcert.criteria import ways
from cellcert.criteria.export.spreadsheet_reader import Note
from cellcert.criteria.export.writer import way_map
from cellcert.criteria.export.yaml_text import Tree
from cellcert.criteria.office.grid import MAX_CELL, clean
from cellcert.criteria.office.office_table import Line, Part
from cellcert.criteria.office.prose import promised, understood
from cellcert.criteria.office.rule_reading import Asked, Measure
from cellcert.criteria.office.wording import COUNTED, NUM, ORDINAL, plain, shown
from cellcert.criteria.period_reader import DIGITS, YEARS
from cellcert.criteria.text import Text, figure

Map = dict[str, Tree]


MAX_POINTS = Decimal(1_000_000)


STAR = re.compile("[★☆*＊▲]")


VETOED = re.compile("(?:实行|直接)?一票否决|否决项?|[★☆*▲/（）() \\n]")
CHECKS = (
    ("records", "资料|查阅|记录|台账|文件|档案|材料|书面"),
    ("site", "现场|勘[查察验]|实地|踏勘|查看(?!记录|资料|台账|文件|档案)"),
    ("interview", "座谈|访谈|询问|交谈|访问"),
    ("survey", "问卷|调查|测评"),
    ("sample", "抽查|抽样|随机|抽取|抽检"),
)


SAMPLE = re.compile(
    rf"(?:随机)?(?:抽查|抽取|抽样|抽检|抽)(?:不少于|至少)?(\d{{1,4}})(?:人次|[{COUNTED}栋本])?(?:的)?(?!以上|以下|左右)([\u4e00-\u9fff]{{1,10}})?"
)


@dataclass(slots=True)
class Gathered:
    """What is gathered for the file on the way through the table."""

    facts: dict[str, Tree] = field(default_factory=dict)
    indicators: dict[str, Tree] = field(default_factory=dict)
    prerequisites: list[Map] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    doubts: list[Text] = field(default_factory=list)  # about the whole file
    rows: dict[str, int] = field(default_factory=dict)  # of every key

    def tell(self, row: int, zh: str, en: str) -> None:
        """Say what was understood; nobody has to decide anything."""
        self.notes.append(Note(row, Text(zh, en)))

    def doubt(self, row: int, zh: str, en: str) -> Text:
        text = Text(zh, en)
        self.notes.append(Note(row, text, True))
        return text


def is_prerequisite(part: Part, line: Line) -> bool:
    """No points, and a star, a veto or a section of prerequisites."""
    if _figures(line.points):
        return False
    starred = bool(STAR.search(line.points)) or bool(re.search("否决|必备|/|^[-—–]+$|√", line.points))
    return starred or part.shape == "prerequisite" or understood(line.rule, None, line.text).prerequisite


def prerequisite(file: Gathered, line: Line, key: str) -> Map:
    """One entry of ``prerequisites``."""
    file.rows[key] = line.row
    rule = line.rule if VETOED.sub("", line.rule) and line.rule != line.text else ""
    text = on_one_line(STAR.sub("", "：".join(filter(None, (line.text, rule)))))
    found: Map = {"key": key, "text": text or "（没有写内容）"}
    doubts = [] if text else [file.doubt(line.row, "没有写内容", "it says nothing")]
    if re.search(rf"{NUM}分", plain(rule)):
        doubts.append(
            file.doubt(
                line.row,
                f"没有分值，评分标准却写了得分或扣分：“{on_one_line(rule)[:120]}”，请决定是前置条件还是计分项",
                f"no points, yet the rule speaks of some: “{on_one_line(rule)[:120]}”; a prerequisite or an item?",
            )
        )
    file.notes.append(Note(line.row, Text(f"理解为前置条件：{found['text']}", "taken as a prerequisite"), False))
    found |= _proof(line)
    found |= _help(line, False)
    _years(file, line, found, [str(found["text"])], doubts)
    return found | ({"decide": decide(doubts)} if doubts else {})


def item_of(file: Gathered, line: Line, key: str, bonus: bool = False) -> Map:
    """One entry of ``items``; what is open stands in its ``decide``."""
    file.rows[key] = line.row
    points, doubts = _points(file, line)
    text = on_one_line(STAR.sub("", line.text)) or "（没有写内容）"
    if not line.text:
        doubts.append(file.doubt(line.row, "没有写评估内容", "it does not say what is assessed"))
    read = understood(line.rule, points, line.text, key)
    way = read.way or ways.YesNo(points)
    if read.way is None:
        doubts.append(
            file.doubt(line.row, "有分值，又像前置条件，请决定", "it has points, yet looks like a prerequisite")
        )
    file.notes.append(Note(line.row, read.said, False))
    doubts += [file.doubt(line.row, d.zh, d.en) for d in read.doubts]
    _ask(file, read.measures, read.facts)
    found: Map = {"key": key, "text": text, "points": points, "score": way_map(way)}
    if bonus:
        if read.gate or read.required or read.not_applicable:
            doubts.append(
                file.doubt(
                    line.row,
                    "加分项不能写必达、清零或不适用的折算",
                    "a bonus item cannot be required, a gate or re-scaled",
                )
            )
    else:
        found |= {k: v for k, v in (("required", read.required or _is_required(line)), ("gate", read.gate)) if v}
    found |= {k: v for k, v in (("veto_if", read.veto_if), ("applies_if", read.applies_if)) if v}
    if read.not_applicable == "full" and not bonus:
        found["not_applicable"] = "full"
    if STAR.search(line.points):
        doubts.append(
            file.doubt(
                line.row,
                f"分值写“{shown(line.points)}”：是前置条件还是必达项，请决定",
                f"its points say “{shown(line.points)}”: a prerequisite or required?",
            )
        )
    found |= _sample(line) | _proof(line) | _help(line, bool(line.rule))
    _years(file, line, found, [text, *(one.zh for one in ways.texts(way))], doubts)
    return found | ({"decide": decide(doubts)} if doubts else {})


def _is_required(line: Line) -> bool:
    return bool(re.search("必须完成项|必达项|必备项", line.text + line.remark))


def penalty(file: Gathered, line: Line, key: str) -> Map:
    """A penalty only takes; its figure stands in the points or in the rule."""
    file.rows[key] = line.row
    figures = _figures(line.points)
    points = max((abs(f) for f in figures), default=None)
    read = understood(line.rule, points or promised(line.rule) or Decimal(1), line.text, key)
    doubts: list[Text] = []
    text = on_one_line(line.text) or "（没有写内容）"
    way = read.way
    faults = way.faults if isinstance(way, ways.Deductions) else ()
    if faults and all(fault.lose is not None for fault in faults):
        _ask(file, (), read.facts)
        kept = [d for d in read.doubts if not d.zh.startswith("分值写")]
        doubts += [file.doubt(line.row, d.zh, d.en) for d in kept]
        file.notes.append(Note(line.row, read.said, False))
    else:
        usable = points is not None and 0 < points <= MAX_POINTS and points == round(points, 2)
        lose = points if points is not None and usable else Decimal(1)
        each = bool(re.search("每", line.rule))
        faults = (ways.Deduction("f1", Text(text), lose, each),)
        doubts.append(
            file.doubt(
                line.row,
                f"扣分项没有读懂“{on_one_line(line.rule)[:120]}”，分值写“{shown(line.points)}”，"
                f"暂写扣 {figure(lose)} 分",
                f"the penalty was not understood; −{figure(lose)} for now",
            )
        )
    losses = {f.lose.highest if isinstance(f.lose, ways.Range) else f.lose for f in faults} | {f.most for f in faults}
    if (
        figures
        and points not in losses
        and points is not None
        and sum(f.lose for f in faults if isinstance(f.lose, Decimal)) != points
    ):
        doubts.append(
            file.doubt(
                line.row,
                f"分值写“{shown(line.points)}”，评分标准扣的不是这个数",
                f"its points say “{shown(line.points)}”, the rule takes another figure",
            )
        )
    if len(faults) == 1 and faults[0].text.zh == "不符合要求":
        faults = (replace(faults[0], text=Text(text)),)
    found: Map = {"key": key, "text": text, "score": way_map(ways.Deductions(Decimal(0), faults))}
    found |= _sample(line) | _proof(line) | _help(line, bool(line.rule))
    _years(file, line, found, [text, *(fault.text.zh for fault in faults)], doubts)
    return found | ({"decide": decide(doubts)} if doubts else {})


def _ask(file: Gathered, measures: Iterable[Measure], facts: Iterable[Asked]) -> None:
    for fact in facts:
        file.facts[fact.key] = {"ask": fact.ask.zh, "type": "yes_no"}
    for measure in measures:
        unit = measure.unit or "比值"
        row = next((row for key, row in file.rows.items() if measure.key.startswith(f"{key}_")), 0)
        doubt = file.doubt(
            row,
            f"指标“{measure.name}”：由哪些数据算出、统计哪一段时间{'' if measure.unit else '、单位是什么'}，"
            "原表没有写；暂按直接填报",
            f"the indicator “{measure.name}”: from which figures and over which time is not said; typed in for now",
        )
        file.indicators[measure.key] = {
            "name": measure.name.zh,
            "unit": unit,
            "period": _period(measure),
            "inputs": {"value": {"name": measure.name.zh, "unit": unit}},
            "formula": "value",
            "decide": decide([doubt]),
        }


def _period(measure: Measure) -> Tree:
    found = YEARS.search(measure.name.zh)
    count = (DIGITS.get(found[1] or found[2]) or int(found[1] or found[2])) if found else 0
    if 1 <= count <= 20:
        return {"first": -count, "last": -1}
    return "at_application" if measure.surveyed else "calendar_year"


def _points(file: Gathered, line: Line) -> tuple[Decimal, list[Text]]:
    """The points of a row; what is no plain figure is a doubt, with the figure as it stands."""
    figures = _figures(line.points)
    written = shown(plain(line.points).replace("\n", " ")) if line.points else ""
    if len(figures) == 1 and 0 < figures[0] <= MAX_POINTS and figures[0] == round(figures[0], 2):
        doubts = []
        if line.computed:
            doubts.append(
                file.doubt(
                    line.row,
                    f"分值或文字由公式得出（{figure(figures[0])} 分），请核对",
                    f"points or text come from a formula ({figure(figures[0])}); check",
                )
            )
        return figures[0], doubts
    offered = promised(line.rule)
    fits = [
        f for f in (*sorted((abs(f) for f in figures), reverse=True), offered) if f is not None and 0 < f <= MAX_POINTS
    ]
    points = max(round(fits[0], 2), Decimal("0.01")) if fits else Decimal(1)
    said = f"分值写“{written}”" if written else "分值是空的"
    return points, [
        file.doubt(
            line.row,
            f"{said}，不能直接用，暂写 {figure(points)} 分",
            f"its points are “{written}”; {figure(points)} for now",
        )
    ]


def _figures(points: str) -> list[Decimal]:
    return [
        Decimal(m[1] + m[2])
        for m in re.finditer(rf"(?:^|(?<=[^\d.]))([-−]?)({NUM})", plain(points).replace("−", "-").replace("扣", ""))
    ]


def _proof(line: Line) -> Map:
    """证明材料, 依据 and 核查方式 of a row."""
    found: Map = {}
    if evidence := _split(line.evidence):
        found["evidence"] = evidence
    checks = [key for key, pattern in CHECKS if re.search(pattern, line.check)]
    if checks:
        found["check"] = list(checks)
    if basis := _split(line.basis):
        found["basis"] = basis
    return found


def _split(text: str) -> list[Tree]:
    """At 、；， and line ends, but not inside brackets or quotes."""
    parts, depth, current = [], 0, ""
    for sign in text:
        depth += (sign in "（(《“「【") - (sign in "）)》”」】" and depth > 0)
        if depth == 0 and sign in "、；;，,\n":
            parts.append(current)
            current = ""
        else:
            current += sign
    words = [ORDINAL.sub("", part.strip()).strip("。 ") for part in [*parts, current]]
    return list(dict.fromkeys(word for word in words if word))


def _help(line: Line, with_rule: bool) -> Map:
    """The words of the sheet stay beside what was made of them."""
    checked = any(re.search(pattern, line.check) for _, pattern in CHECKS)
    said = [
        f"评分标准原文：{on_one_line(line.rule)}" if with_rule else "",
        f"核查方式：{on_one_line(line.check)}" if line.check and (not checked or re.search(r"\d", line.check)) else "",
        f"备注：{on_one_line(line.remark)}" if line.remark else "",
    ]
    words = "；".join(part for part in said if part)
    return {"help": words} if words else {}


def _sample(line: Line) -> Map:
    found = SAMPLE.search(plain(f"{line.check}\n{line.rule}\n{line.remark}"))
    if found is None or not found[2] or int(found[1]) < 1:
        return {}
    return {"sample": {"size": int(found[1]), "of": found[2]}}


def _years(file: Gathered, line: Line, found: Map, texts: Iterable[str], doubts: list[Text]) -> None:
    """近三年 needs its first and last year; which they are nobody has said."""
    for text in texts:
        if (match := YEARS.search(text)) is None:
            continue
        said = match[1] or match[2]
        count = DIGITS.get(said) or int(said)
        if not 1 <= count <= 20:
            return
        found["period"] = {"first": -count, "last": 0}
        doubts.append(
            file.doubt(
                line.row,
                f"“{match[0]}”从哪年到哪年没有写，暂写申报前 {count} 年到申报当年",
                f"“{match[0]}”: which years? the {count} before and that of application for now",
            )
        )
        return


def decide(doubts: Sequence[Text]) -> str:
    """Several questions as one text."""
    words = list(dict.fromkeys(doubt.zh.replace("\n", " ") for doubt in doubts))
    text = words[0] if len(words) == 1 else "".join(f"（{at}）{word}" for at, word in enumerate(words, 1))
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"


def on_one_line(text: str) -> str:
    """Several lines of a cell as one."""
    lines = clean(text).split("\n")
    return "".join(
        line + ("" if at == len(lines) - 1 or line.endswith(("；", "。", "，", "、", "：", ";", ":")) else "；")
        for at, line in enumerate(lines)
    )
