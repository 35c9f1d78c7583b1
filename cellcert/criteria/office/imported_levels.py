"""The notes around an office table as the levels of a criteria file: 85分以上为合格, 每部分不低于60%."""

import re
from decimal import Decimal

from cellcert.criteria.export.yaml_text import Tree
from cellcert.criteria.office.imported_items import Gathered, decide, on_one_line
from cellcert.criteria.office.office_table import OfficeTable
from cellcert.criteria.office.wording import NUM, TELLING, plain, shown
from cellcert.criteria.text import figure

LEVEL = re.compile(
    rf"(?<![\d.~])({NUM})(?:~({NUM}))?分(\(不?含\))?(?:及|或)?(?:以上)?(\(不?含\))?,?(?:[且并][^,;。]{{0,30}}?)?(?:的|者)?,?"
    r"(?:可|方可|即)?(?:评|认|判|确)?(?:为|定为|定)?[“\"]?([\u4e00-\u9fff]{2,12}?)(?:级|等次|等级)?[”\"]?(?:$|[,;。)、])"
)
FLOOR = re.compile(
    r"(?:各|每)(?:个|一)?(?:部分|板块|类|大类|方面|模块)(?:的)?(?:得分|分数)?(?:均|都)?(?:须|应|需)?(?:不低于|不少于|达到|≥)"
    rf"(?:该|本|其|各)?(?:部分|类|板块)?(?:的)?(?:总分|满分|分值)?(?:的)?({NUM})%"
)


def levels_of(file: Gathered, table: OfficeTable, total: Decimal, reach: Decimal) -> list[Tree]:
    """The levels, best first; without a pass line one at 80 % is proposed, to be decided."""
    found: dict[Decimal, str] = {}
    floor: dict[str, Tree] = {}
    for row, note in table.notes:
        text = plain(note)
        named = [m for m in LEVEL.finditer(text) if _is_level(text, m)]
        at_once = [(Decimal(m[1]), m[5]) for m in named]
        for limit, name in at_once:
            found.setdefault(limit, name)
        if (match := FLOOR.search(text)) is not None and Decimal(match[1]) <= 100:
            floor = {"floor": f"{figure(Decimal(match[1]))}%"}
        said = {Decimal(figure_) for figure_ in re.findall(rf"({NUM})分", text)}
        left = said - {limit for limit, _ in at_once} - {Decimal(m[2]) for m in named if m[2]} - {total, reach}
        if (at_once or match) and not left:
            file.tell(row, f"理解为等级：{shown(text)[:200]}", "taken as levels")
        elif re.fullmatch(r"\(?(?:附件|附表|附录|表)[\d一二三四五六七八九十\-:.]*\)?", text.replace("\n", "")):
            continue
        elif TELLING.search(text) and not re.fullmatch(rf".{{0,40}}满分(?:为|是)?{figure(total)}分.{{0,10}}", text):
            file.doubts.append(
                file.doubt(
                    row,
                    f"表外的文字没有用上：“{on_one_line(note)[:300]}”",
                    f"text around the table is not used: “{on_one_line(note)[:300]}”",
                )
            )
        else:
            file.tell(row, f"没有读：{on_one_line(note)[:200]}", "not read")
    fit = {limit: name for limit, name in found.items() if 0 < limit <= reach and limit == round(limit, 2)}
    levels: list[Tree] = [
        {"key": f"l{at}", "name": fit[limit], "total": limit, **floor}
        for at, limit in enumerate(sorted(fit, reverse=True), 1)
    ]
    if levels:
        return levels
    why = "、".join(figure(limit) for limit in found)
    question = f"及格线写 {why} 分，满分只有 {figure(total)} 分" if found else "及格线没有写，暂写满分的 80%"
    doubt = file.doubt(0, question, "the pass line is not said, or beyond reach; 80% of the points for now")
    pass_line = (total * 4 / 5).quantize(Decimal("0.01")) or Decimal("0.01")
    return [
        {
            "key": "l1",
            "name": "合格",
            "total": pass_line,
            **floor,
            "decide": decide([doubt]),
        }
    ]


def _is_level(text: str, found: "re.Match[str]") -> bool:
    name = found[5]
    start = text[max(0, found.start() - 12) : found.start()]
    named = bool(re.search("优秀|良好|合格|达标|优质|示范|通过|认定|命名|等级|一级|二级|三级|无废", name))
    return (
        named
        and not re.search("扣|不得|不予|每", start + name)
        and "不合格" not in name
        and "不达标" not in name
        and "以下" not in found[0]
        and "不含" not in found[0]
    )
