"""What is gathered on the way through one rule, and the words by which rules are known."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from cellcert.criteria.office.wording import Statement, shown
from cellcert.criteria.text import Text, figure

STEPS = tuple(Decimal(step) for step in ("1", "0.5", "0.25", "0.1", "0.05", "0.01"))


OTHERWISE = re.compile(
    r"^(?:否则|其余|其他|其它|反之|以外|除此之外|不符合?|不达标|不满足|不合格|未?达不?到|未达标|缺一|没有|无|未|不|低于|少于|均无|均未|否$)"
)


HARMLESS = re.compile(
    r"(?:查看|查阅|查验|检查|现场|实地|根据|依据|按照|以.{1,20}为准|提供|出具|说明|备注|注:|见附|参照|问卷|随机|抽查|抽取|抽样|座谈|访谈|询问|核对|核查)"
)


GRADED = re.compile(
    r"(?:^(?:优秀?|良好?|好|较好|一般|较差|差|中等?|合格|不合格|齐全|较齐全|完善|较完善|健全|较健全|符合|基本符合|部分符合|不符合|全部|部分|完全|基本|大部分|没有|无)$|(?:^|[^升等年])(?:国家级|省级|部级|市级|县级|区级|[一二三四五]级|[一二三四五]星)|^(?:完全|基本|部分|大部分|较|不够?|未))"
)


CONDITION = re.compile(
    r"^(?:对于?|凡|如|若)?((?:设?有|设置|建有|配有|涉及|产生|实行|采用|配备|使用|存在)[^,]{1,20})(?:的|时|者)(?:(?:单位|企业|小区|场所|园区|机关|商场|景区|社区|工厂)的?)?,(.+)$"
)


SURVEYED = re.compile("知晓|满意|准确|参与|正确|支持")


@dataclass(frozen=True, slots=True)
class Measure:
    """An indicator the rule speaks of, still without its formula."""

    key: str
    name: Text
    unit: str

    @property
    def surveyed(self) -> bool:
        return bool(SURVEYED.search(self.name.zh))


@dataclass(frozen=True, slots=True)
class Asked:
    """A fact proposed for a condition of the rule."""

    key: str
    ask: Text


@dataclass(slots=True)
class Reading:
    """What has been gathered on the way through one rule."""

    points: Decimal
    key: str
    about: str
    doubts: list[Text] = field(default_factory=list)
    measures: list[Measure] = field(default_factory=list)
    facts: list[Asked] = field(default_factory=list)
    stuck: bool = False  # a contradiction no other reading may pass over

    def doubt(self, zh: str, en: str) -> None:
        if (text := Text(zh, en)) not in self.doubts:
            self.doubts.append(text)

    def fact(self, ask: str) -> str:
        known = next((fact for fact in self.facts if fact.ask.zh == ask), None)
        if known is not None:
            return known.key
        fact = Asked(f"{self.key}_if{len(self.facts) + 1}", Text(ask))
        self.facts.append(fact)
        self.doubt(
            f"拟了一条情况“{ask}”，请改成合适的问法，或与别的情况合并",
            f"a fact was proposed: “{ask}”; word it or merge it with another",
        )
        return fact.key

    def measure(self, subject: str, unit: str) -> Measure:
        alike = [m for m in self.measures if m.unit == unit]
        if not subject and not self.about and len(alike) == 1:
            return alike[0]
        name = _indicator_name(subject) or _indicator_name(self.about) or shown(subject or self.about)[:60] or "指标"
        known = next(
            (m for m in self.measures if m.unit == unit and (m.name.zh.endswith(name) or name.endswith(m.name.zh))),
            None,
        )
        if known is not None:
            return known
        rates = sorted(set(re.findall(r"[\u4e00-\u9fff]{1,8}?(?:率|满意度|占比|比例)", subject or self.about)))
        if len(rates) > 1:
            self.doubt(
                f"写到了 {len(rates)} 个指标（{'、'.join(rates)}），请分开",
                f"{len(rates)} indicators in one rule; separate them",
            )
        measure = Measure(f"{self.key}_rate{len(self.measures) + 1 if self.measures else ''}", Text(name), unit)
        self.measures.append(measure)
        return measure


def listed_in(reading: Reading, found: Sequence[Statement]) -> list[str]:
    """What the rule or the row lists: (1)…；(2)… or, after a colon, a、b、c."""
    lines = [s.said for s in found if s.kind == "none" and not HARMLESS.search(s.said)]
    if len(lines) > 1:
        return [line.rstrip(":") for line in lines if not line.endswith(":")]
    for text in (*lines, reading.about):
        numbered = [part.strip(",;。、 ") for part in re.split(r"\(\d{1,2}\)|(?<!\d)\d{1,2}[.、](?!\d)", text)[1:]]
        if len(numbered) > 1:
            return [part for part in numbered if part]
        tail = text.rsplit(":", 1)
        if len(tail) == 2 and len(named := [part for part in re.split("[、;,]", tail[1]) if part]) > 1:
            return named
    return []


def worth_of(statement: Statement, points: Decimal) -> Decimal:
    """The points a statement gives."""
    return points if statement.kind == "full" else points / 2 if statement.kind == "half" else statement.low


def under_condition(reading: Reading, about: str) -> tuple[str, str | None]:
    """“有食堂的，……”: what is asked, and the fact on which it depends."""
    found = CONDITION.match(about)
    if found is None:
        return about, None
    return found[2], reading.fact(f"是否{shown(found[1])}")


def contradicts(reading: Reading, gives: Decimal, each: Sequence[Decimal] = ()) -> None:
    """Both figures are told; neither is changed."""
    shown_each = f"（{' + '.join(figure(f) for f in each)}）" if len(each) > 1 else ""
    reading.doubt(
        f"分值写 {figure(reading.points)} 分，评分标准最多得 {figure(gives)} 分{shown_each}，两处不一致",
        f"worth {figure(reading.points)} points, but the rule gives {figure(gives)} at most; a contradiction",
    )


def step_for(low: Decimal, high: Decimal) -> Decimal:
    """The widest common step that fits."""
    return next((step for step in STEPS if not (high - low) % step and high - low > step), Decimal("0.01"))


def _indicator_name(text: str) -> str:
    """生活垃圾分类准确率, in 生活垃圾分类准确率达到90%."""
    if re.search("(?:下降|提高|减少|增长|降低|上升|增加|提升)$", text):
        return f"{shown(text)[-40:]}幅度"
    found = re.findall(
        r"([\u4e00-\u9fff“”\"()、]{0,24}?(?:率|比例|占比|比重|强度|满意度|覆盖面|产生量|用量|面积))", text
    )
    name = str(found[-1]) if found else ""
    name = re.sub("^(?:若|如|其中|且|和|及|的|当|在|对|、|每|得|达到|年度?)+", "", name)
    return name[:60]
