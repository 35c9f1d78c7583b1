"""The Chinese of a scoring rule, cut into statements that each give, take or limit points."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

NUM = r"\d{1,6}(?:\.\d{1,6})?"
COUNTED = "处个项次起人户例类点份家台桶天月期条种名只张块幅件批座组场篇套间辆车楼层"
DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
NUMERAL = "[零一二两三四五六七八九十百]+"
SCOPE = "(?:本|此|该|全|这)(?:小|大|分|单|子)?(?:项|条|款|题|指标|部分)(?:分值|分数|得分)?(?:均|都|全部|直接|一律)?"
FORCE = re.compile(f"{SCOPE}$")
ORDINAL = re.compile(
    r"^(?:[(\[]?(?:\d{1,2}|[a-zA-Z]|[一二三四五六七八九十]{1,2})[)\]]|\d{1,2}[.、:](?!\d)|[A-Za-z][.、](?![A-Za-z])|[一二三四五六七八九十]{1,2}、|[-·•●◆■*]+)\s*"
)
TELLING = re.compile("\\d|分(?!类)|扣|否决|除外|不计|不列|酌情|视情|比例|折算|以上|以下|豁免|例外|除.{1,20}外")
FULL = {",": "，", ";": "；", ":": "：", "(": "（", ")": "）", "?": "？", "!": "！"}

Kind = Literal[
    "award",
    "full",
    "half",
    "deduct",
    "zero",
    "gate",
    "veto",
    "cap",
    "most",
    "floor",
    "part",
    "ratio",
    "spared",
    "absent",
    "open",
    "none",
]


@dataclass(frozen=True, slots=True)
class Statement:
    """What one piece of a rule says: of what, and what it gives or takes."""

    kind: Kind
    about: str
    low: Decimal = Decimal(0)
    high: Decimal | None = None
    said: str = ""

    @property
    def best(self) -> Decimal:
        return self.low if self.high is None else self.high


def number(numeral: str) -> Decimal | None:
    """12, 2.5, 三, 二十, 一百."""
    if re.fullmatch(NUM, numeral, re.ASCII):
        return Decimal(numeral)
    total, digit = 0, 0
    for sign in numeral:
        if sign == "十":
            total, digit = total + (digit or 1) * 10, 0
        elif sign == "百":
            total, digit = total + (digit or 1) * 100, 0
        elif sign in DIGITS:
            digit = DIGITS[sign]
        else:
            return None
    return Decimal(total + digit) if numeral else None


def plain(rule: str) -> str:
    """One way of writing: half-width signs, no blanks, ``1~3分`` for every kind of dash, digits for 扣两分."""
    rule = re.sub("[\u2460-\u249b\u24f5-\u24fe\u2776-\u2793]", "\n", rule)  # ① ⑴ ⒈
    rule = unicodedata.normalize("NFKC", rule.replace("㎡", "平方米").replace("㎥", "立方米"))
    rule = re.sub(r"[^\S\n]+", "", "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in rule))
    rule = re.sub(r"(\d{1,3}),(?=\d{3}(?!\d))", r"\1", rule)
    rule = re.sub(">=|≧|⩾", "≥", rule)
    rule = re.sub("<=|≦|⩽", "≤", rule)
    rule = re.sub(rf"百分之({NUMERAL}|{NUM})", lambda m: f"{number(m[1])}%", rule)
    rule = re.sub(rf"(?<=[得扣计加给记减满])({NUMERAL})(?=分(?![之类别]))", lambda m: str(number(m[1])), rule)
    rule = re.sub(rf"({NUM})分?[-—–‐‑−~至到]{{1,2}}({NUM})(?=分)", r"\1~\2", rule)
    rule = re.sub(rf"({NUM}[%‰]?(?:\(不?含\))?)[-—–‐‑−~至到]{{1,2}}({NUM}[%‰])", r"\1~\2", rule)
    rule = re.sub(rf"(?<=[处次个项的者,:)\u4e00-\u9fff])[-−–—]({NUM})分", r"扣\1分", rule)
    return re.sub(rf"\+({NUM})分", r"得\1分", rule)


def shown(text: str) -> str:
    """A piece of a rule as it is printed again."""
    return "".join(FULL.get(sign, sign) for sign in text).replace("~", "–").strip("，；：、。 ")


LEAD = "(?:可|均|共|各|只|仅|才|则|直接|一次性)?"
HOW = "(?:可?酌情|酌定|适当|视情况?|按程度|视情节|分别)?"
PATTERNS: tuple[tuple[Kind, str], ...] = (
    (
        "veto",
        "(?:实行|予以|直接)?一票否决|否决项?$|(?:取消|不具备|没有|失去)[^,]{0,12}资格|不予(?:认定|命名|通过|评定|推荐|授牌|评审)|不得(?:参评|申报|命名|参加)",
    ),
    ("ratio", "(?:不足的?|未达到的?|达不到的?|其余)?按(?:照)?(?:实际|完成|达标)?(?:的)?比例(?:得|计|给|记)分?$"),
    (
        "part",
        rf"(?:不足|不满|不到)(?:{NUM}|{NUMERAL})?个?[^,]{{0,6}}?(?:的|部分)*,?(?:按|以)(?:照)?(?:{NUM}|{NUMERAL})?个?[^,]{{0,6}}?(?:计算?|扣分?|算|扣除|比例[^,]*)$|(?:不足|不满|不到)[^,]{{1,8}}?(?:不扣分?|不计(?:算|分)?|忽略|舍去)$",
    ),
    (
        "absent",
        "(?:不作为|不列入|不纳入|不计入)(?:扣分|评分|考核|评价|计分)(?:项|范围|内容)?|按(?:照)?比例(?:折算|换算)|不(?:参与|列入)(?:评分|评价|考核)|合理缺项",
    ),
    (
        "floor",
        rf"(?:直至|直到)?扣[完至](?:{SCOPE})?(?:分值|分数|分|0分|零分)?(?:分)?为止|直至?扣完|不(?:计|得|出现|扣)?(?:为)?负分|不倒扣|最低(?:为|得|计)?0分",
    ),
    (
        "most",
        rf"(?:最高|最多|累计|合计|共|上限)(?:最多|最高)?(?:可)?(?:不超过)?扣(?:分|除)?(?:不超过|上限)?(?:为)?({NUM})分(?:为止)?|扣分?(?:累计|合计)?(?:最高|最多|不超过|上限为?|至多)({NUM})分|扣[满完]({NUM})分为止",
    ),
    (
        "cap",
        rf"(?:最高|最多|上限|累计|合计|总计|共计?|总分|满分|封顶|至多)(?:最高|最多)?(?:分值)?(?:不(?:得)?超过|可)?(?:得|加|为|计|是|:)?(?:不超过)?({NUM})分(?:为止|封顶)?|(?:不超过|加满|得满)({NUM})分(?:为止|封顶)?$|({NUM})分封顶",
    ),
    (
        "gate",
        "(?:总分|整体|全部|该场所|该单位|该点位|整个[^,]{1,6})(?:得分)?(?:直接|按|判|记|计|为|得)*(?:0分|零分|不得分)",
    ),
    (
        "zero",
        rf"(?:{SCOPE})?(?:不得分|不予得分|不给分|不计分|不加分|不予?[计记]分|无分)(?:$|[^,]$)|(?:{SCOPE})?(?:得|计|记|为|按|扣至|扣为)?(?<!\d)(?<!\.)(?<!~)0分$|(?:扣完|全扣|扣光|扣除?全部(?:分值?|分数)?|扣除?(?:{SCOPE})全部分值?)$",
    ),
    ("deduct", rf"{LEAD}{HOW}(?:扣除|扣减|扣分?|减)(?:去)?:?({NUM})(?:~({NUM}))?分?$"),
    ("spared", "(?:可)?不(?:予)?扣分$"),
    (
        "full",
        "(?:可|则|才)?(?:得|计|记|给|为)(?:满分|全分|全部分(?:值|数)?)|满分$|(?<!酌情)(?<!情况)(?<![不应实总])得分$",
    ),
    ("half", "(?:得|计|记|给)(?:一半分?|半分|50%的?分(?:值|数)?|一半的?分(?:值|数))"),
    ("award", rf"{LEAD}{HOW}(?:(?:得|计|加|给|记|赋|奖励|为|评)分?:?)?({NUM})(?:~({NUM}))?分(?:左右)?$"),
    (
        "open",
        "(?:酌情|视情况?|视情节|综合|适当)(?:考虑)?(?:给|得|打|评|计|扣|加|减)分|酌情(?:给|打|赋|评)分?|由(?:专家|评审)[^,]{0,10}(?:评定|打分|评分)",
    ),
)
VERDICTS = tuple((kind, re.compile(pattern)) for kind, pattern in PATTERNS)


def statements(rule: str) -> list[Statement]:
    """The rule piece by piece; a piece without a verdict belongs to the next verdict of its sentence."""
    found: list[Statement] = []
    text = re.sub(r"(?<=[\d得满半]分)、", ",", plain(rule))
    if "(1)" in text and "(2)" in text:
        text = re.sub(r"\((\d{1,2})\)", r"\n(\1)", text)
    text = re.sub(r"(?<=\d分)(\)?)(?=\d{1,2}[.、](?!\d))", r"\1\n", text)
    text = re.sub(r"(?<=\d分\))(?=[^\W\d_])", ",", text)
    for sentence in re.split(r"[\n;。!]+", text):
        found.extend(_of_sentence(ORDINAL.sub("", sentence)))
    return found


def _of_sentence(sentence: str) -> list[Statement]:
    # “好得5分较好得3分”: a verdict ends its piece even where the comma is missing.
    sentence = re.sub(r"(?<=\d分)(?=[^\W\d_A-Za-z])(?!类|别|为|级|之|布|值|的|以|及|封顶|左右|者)", ",", sentence)
    sentence = re.sub(r"(?<=不得分|得满分|扣分项)(?=[^\W\d_])", ",", sentence)
    sentence = re.sub(r"(不足[^,]{1,10}),(?=按|以|不扣|不计)", r"\1", sentence)
    found: list[Statement] = []
    waiting: list[str] = []
    for piece in (part.strip("、: ") for part in _pieces(sentence)):
        if not piece:
            continue
        statement = _stated(piece, waiting)
        if statement is None:
            waiting.append(piece)
        else:
            found.append(statement)
            waiting = []
    if waiting:
        found.append(Statement("none", ",".join(waiting), said=",".join(waiting)))
    return found


def _pieces(sentence: str) -> list[str]:
    """At the commas, but not inside brackets."""
    pieces, depth, current = [], 0, ""
    for sign in sentence:
        depth += (sign == "(") - (sign == ")" and depth > 0)
        if sign == "," and depth == 0:
            pieces.append(current)
            current = ""
        else:
            current += sign
    return [*pieces, current]


def _stated(piece: str, waiting: list[str]) -> Statement | None:
    # “符合(5分)” says its points in brackets.
    piece = re.sub(rf"\(({NUM}(?:~{NUM})?分)\)$", r"\1", piece)
    piece = re.sub(r"(?<=分)(?:的|者|为宜)$", "", piece)
    if re.search(rf"[≥≤<>]{NUM}分$|(?:达到?|低于|超过|高于|少于|不足){NUM}分$", piece):
        return None  # a limit in points, not a verdict
    for kind, pattern in VERDICTS:
        found = pattern.search(piece)
        if found is None:
            continue
        figures = [Decimal(figure) for figure in found.groups() if figure is not None]
        low, high = (figures[0] if figures else Decimal(0)), (figures[1] if len(figures) > 1 else None)
        about = ",".join([*waiting, piece[: found.start()], *([piece[found.end() :]] if piece[found.end() :] else [])])
        return Statement(
            kind, FORCE.sub("", about.strip(",、:的者 ")).strip(",、:的者 "), low, high, ",".join([*waiting, piece])
        )
    return None
