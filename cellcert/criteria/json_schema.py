"""The shape of a criteria file as JSON Schema, so that an editor offers its keys and says what each means."""

from typing import Any

from cellcert.criteria.fields import MAX_TEXT
from cellcert.criteria.items_reader import CHECKS
from cellcert.criteria.ledger_reader import COLUMNS
from cellcert.criteria.levels_reader import MAX_LEVELS
from cellcert.criteria.period_reader import EARLIEST

Schema = dict[str, Any]

KEY: Schema = {
    "type": "string",
    "pattern": r"^[a-z][a-z0-9_]{0,59}$",
    "description": "小写字母、数字和下划线，字母开头；用过的不要改作他用，往年的答案按它对应",
}
WORD: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT}
PERCENT: Schema = {"type": "string", "pattern": r"^(100(\.0{1,2})?|\d{1,2}(\.\d{1,2})?) ?%$"}
POSITIVE: Schema = {"type": "number", "minimum": 0.01, "maximum": 1_000_000}
POINTS: Schema = {"type": "number", "minimum": 0, "maximum": 1_000_000}
RANGE: Schema = {"type": "array", "items": POINTS, "minItems": 2, "maxItems": 2}
TRUTH: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "number"}


def schema() -> Schema:
    """JSON Schema (2020-12) of a criteria file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_map(
            "评价标准",
            required="category edition title lead sections levels",
            category=_said("类别的 key，与文件名相同", KEY),
            edition=_said("版本，例如 2026.1（要加引号）", WORD),
            title=_said("标题", _to("text")),
            points=_said("满分，用来核对各部分之和", POINTS),
            model=_said("true：示范版，须由办公室确认", TRUTH),
            lead=_said("牵头部门的 key（programme.yaml）", WORD),
            who=_said("谁可以申报，一句一条", _row(_to("text"), least=0)),
            basis=_said("依据", _row(_to("text"), least=0)),
            facts=_said("单位情况，只问一次，用在条件里", _named(_to("fact"))),
            indicators=_said("指标：由数据按算式算出，不能直接填分", _named(_to("indicator"))),
            prerequisites=_said("前置条件：不计分，答是或否", _row(_to("prerequisite"), least=0)),
            sections=_said("各部分", _row(_to("section"))),
            bonus=_said(
                "加分项，加到总分上，以 cap 为限",
                _map("加分", required="cap items", cap=_said("加分上限", POSITIVE), items=_row(_to("bonus_item"))),
            ),
            penalties=_said("扣分项，从总分里扣", _map("扣分项", required="items", items=_row(_to("penalty_item")))),
            total_cap=_said("总分上限", POINTS),
            levels=_said("等级，从高到低", _row(_to("level"), most=MAX_LEVELS)),
        ),
        "$defs": _shared() | _asked() | _scored() | _ways() | _reached(),
    }


def _shared() -> Schema:
    return {
        "text": {
            "title": "文字：中文，或 {zh: …, en: …}",
            "oneOf": [
                {"type": ["string", "number"], "maxLength": MAX_TEXT},
                _map("两种语言", required="zh", zh=WORD, en=WORD),
            ],
        },
        "condition": {**WORD, "description": "条件，例如 hazardous and utilisation < 40；选项写 grade == 'a5'"},
        "check": {
            **_row({"enum": [*CHECKS]}, least=0),
            "description": "怎么核查：records 资料、site 现场、interview 座谈、survey 问卷、sample 抽查",
        },
        "years": _map(
            "年份，从申报年数起：0 申报当年，-1 上一年",
            required="first last",
            first={"type": "integer", "minimum": EARLIEST, "maximum": 0},
            last={"type": "integer", "minimum": EARLIEST, "maximum": 0},
        ),
        "period": {"oneOf": [{"const": "calendar_year"}, _to("years")], "description": "文字里说到近几年时，是哪几年"},
    }


def _asked() -> Schema:
    figures: Schema = {
        "at_least": _said("最小值", NUMBER),
        "at_most": _said("最大值", NUMBER),
        "whole": _said("true：只能是整数", TRUTH),
        "help": _said("填写说明", _to("text")),
    }
    return {
        "fact": _map(
            "单位情况",
            required="ask type",
            ask=_said("问题", _to("text")),
            type=_said("yes_no 是否、choice 选择、number 数", {"enum": ["yes_no", "choice", "number"]}),
            options=_said("选项，只用于 choice", {**_named(_to("text")), "minProperties": 2}),
            unit=_said("单位", _to("text")),
            **figures,
        ),
        "indicator": _map(
            "指标",
            required="name unit period inputs formula",
            name=_said("名称", _to("text")),
            unit=_said('单位，例如 "%"、t、kg/(人·d)', _to("text")),
            period=_said(
                "哪几年的数据：calendar_year 上一自然年、at_application 申报时，或 {first: -4, last: -1}",
                {"oneOf": [{"enum": ["calendar_year", "at_application"]}, _to("years")]},
            ),
            inputs=_said("要填的数据", _named(_to("input"))),
            formula=_said("算式，例如 used / (made + drawn) * 100", WORD),
            plausible=_said("合理范围 [最小, 最大]，之外不计分", {**RANGE, "items": NUMBER}),
            places=_said("保留几位小数，默认 2", {"type": "integer", "minimum": 0, "maximum": 6}),
            empty=_said("0 ÷ 0 时：none 没有值、full 按满分", {"enum": ["none", "full"]}),
            source=_said("数据来自哪里", _to("text")),
            applies_if=_to("condition"),
            help=figures["help"],
        ),
        "input": _map(
            "数据",
            required="name unit",
            name=_said("名称", _to("text")),
            unit=_said("单位", _to("text")),
            year=_said("只取其中一年，-1 是上一年", {"type": "integer", "minimum": EARLIEST, "maximum": 0}),
            otherwise=_said("没有填时按多少算", NUMBER),
            ledger=_said(
                "取自台账的哪个数：废物（组或 wastes.yaml 里的 key）.数量，例如 general.used；多个相加写成一列",
                {"oneOf": [_to("ledger"), {"type": "array", "items": _to("ledger"), "minItems": 1}]},
            ),
            **figures,
        ),
        "ledger": {"type": "string", "pattern": rf"^[a-z][a-z0-9_]{{0,59}}\.({'|'.join(COLUMNS)})$"},
        "prerequisite": _map(
            "前置条件",
            required="key text",
            key=KEY,
            text=_said("要求", _to("text")),
            unless=_said("条件成立时按不符合", _to("condition")),
            section=_said("印在哪一部分（★ 必备项）", KEY),
            **_around("applies_if check evidence basis help period"),
        ),
    }


def _around(names: str) -> Schema:
    """What may stand around anything asked or scored."""
    known: Schema = {
        "applies_if": _said("什么条件下适用", _to("condition")),
        "check": _to("check"),
        "evidence": _said("证明材料", _row(_to("text"), least=0)),
        "basis": _said("依据", _row(_to("text"), least=0)),
        "help": _said("说明", _to("text")),
        "period": _to("period"),
        "veto_if": _said("条件成立时一票否决", _to("condition")),
        "sample": _said(
            "抽查多少",
            _map("抽查", required="size of", size={"type": "integer", "minimum": 1}, of=_to("text")),
        ),
    }
    return {name: known[name] for name in names.split()}


def _scored() -> Schema:
    common: Schema = {
        "key": KEY,
        "text": _said("评价内容", _to("text")),
        **_around("applies_if veto_if sample check evidence basis help period"),
    }
    return {
        "section": _map(
            "部分",
            required="key title points items",
            key=KEY,
            title=_said("标题", _to("text")),
            points=_said("分值，等于各项之和", POSITIVE),
            floor=_said("最低要求，例如 50%", PERCENT),
            items=_row(_to("item")),
            help=_said("说明", _to("text")),
        ),
        "item": _map(
            "计分项",
            required="key text points score",
            points=_said("分值", POSITIVE),
            score=_to("way"),
            required_=_said("true：不能得 0 分（必须完成项）", TRUTH),
            gate=_said("true：本项 0 分时总分为 0", TRUTH),
            not_applicable=_said(
                "不适用时：section 在本部分折算、total 在总分折算、full 按满分", {"enum": ["section", "total", "full"]}
            ),
            **common,
        ),
        "bonus_item": _map(
            "加分项", required="key text points score", points=_said("分值", POSITIVE), score=_to("way"), **common
        ),
        "penalty_item": _map("一项扣分", required="key text score", score=_to("deductions"), **common),
    }


def _ways() -> Schema:
    part = {"enum": ["full", "started", "proportional"]}
    short: Schema = {
        "shortfall": _said("指标的 key", KEY),
        "target": _said("以多少为准", NUMBER),
        "lose": _said("每差一档扣几分", POSITIVE),
        "per": _said("一档是多少", {"type": "number", "exclusiveMinimum": 0}),
        "part": _said("不足一档：full 不扣、started 按一档、proportional 按比例", part),
        "direction": _said("at_least 不低于（默认）、at_most 不高于", {"enum": ["at_least", "at_most"]}),
    }
    named: Schema = {"key": KEY, "text": _said("内容", _to("text"))}
    scored: Schema = {"score": _to("way")}
    most = _said("最多扣几分", POSITIVE)
    limits = ("at_least", "above", "at_most", "below")
    ways: Schema = {
        "choice": _map("选择", required="choice", choice=_row(_to("option"), least=2)),
        "parts": _map("分项相加", required="parts", parts=_row(_to("part")), cap=_said("合计最多几分", POSITIVE)),
        "tiers": _map(
            "按指标分档",
            required="tiers steps",
            tiers=_said("指标的 key", KEY),
            steps=_row(_to("step")),
            otherwise=_said("都不到时得几分", POINTS),
        ),
        "linear": _map(
            "按指标的比例",
            required="linear from to",
            linear=_said("指标的 key", KEY),
            **{"from": _to("mark"), "to": _to("mark")},
        ),
        "shortfall": _map("差多少扣多少", required="shortfall target lose per part", **short),
        "deductions": _map(
            "发现问题扣分", required="deductions", deductions=_row({"oneOf": [_to("fault"), _to("measured")]})
        ),
        "at_least": _map(
            "几条里做到几条",
            required="at_least of",
            at_least={"type": "integer", "minimum": 1},
            of=_row(_to("met")),
            short=_said("不够时：none 不得分、proportional 按比例", {"enum": ["none", "proportional"]}),
        ),
        "any_of": _map("任取其一", required="any_of", any_of=_row(_to("alternative"))),
        "judged": _map(
            "评定", required="judged", judged=_map("评定的每一档", required="step", step=_said("每档几分", POSITIVE))
        ),
    }
    return {
        "way": {
            "title": "怎么计分",
            "oneOf": [{"const": "yes_no", "description": "符合得满分"}, *(_to(name) for name in ways)],
        },
        **ways,
        "option": _map(
            "选项",
            required="key label points",
            key=KEY,
            label=_said("文字", _to("text")),
            points=_said("几分，或 [低, 高]", {"oneOf": [POINTS, RANGE]}),
            step=_said("区间每档几分", POSITIVE),
        ),
        "part": _map(
            "分项",
            required="key text points score",
            points=_said("分值", POSITIVE),
            applies_if=_to("condition"),
            **named,
            **scored,
        ),
        "step": {
            **_map("一档", required="points", points=POINTS, **dict.fromkeys(limits, NUMBER)),
            "oneOf": [{"required": [limit]} for limit in limits],
        },
        "mark": _map("一点", required="value points", value=NUMBER, points=POINTS),
        "fault": _map(
            "一种问题",
            required="key text lose",
            lose=_said("扣几分、[低, 高]，或 all（本项不得分）", {"oneOf": [POSITIVE, RANGE, {"const": "all"}]}),
            step=_said("区间每档几分", POSITIVE),
            each=_said("true：按处数扣", TRUTH),
            most=most,
            applies_if=_to("condition"),
            **named,
        ),
        "measured": _map(
            "由指标算出的问题",
            required="key text shortfall target lose per part",
            most=most,
            applies_if=_to("condition"),
            **named,
            **short,
        ),
        "met": _map("一条", required="key text", **named),
        "alternative": _map("一种选择", required="key text score", **named, **scored),
    }


def _reached() -> Schema:
    keys = _row(KEY, least=1)
    one_or_more = {name: {"oneOf": [_to(name), _row(_to(name))]} for name in ("each", "zeros", "sum")}
    return {
        "level": _map(
            "等级",
            required="key name total",
            key=KEY,
            name=_said("名称", _to("text")),
            total=_said("总分要达到", POINTS),
            floor=_said("每一部分至少得到，例如 50%", PERCENT),
            **one_or_more,
        ),
        "each": _map("这些项（部分）每一个都要得到", required="at_least", items=keys, sections=keys, at_least=PERCENT),
        "zeros": _map(
            "这些项里最多几项得 0 分",
            required="items at_most",
            items=keys,
            at_most={"type": "integer", "minimum": 0},
        ),
        "sum": _map("这些项（部分）合计要得到", required="at_least", items=keys, sections=keys, at_least=POINTS),
    }


def _map(title: str, /, required: str = "", **properties: Schema) -> Schema:
    named = {name.rstrip("_"): given for name, given in properties.items()}
    return {
        "title": title,
        "type": "object",
        "properties": named,
        "required": required.split(),
        "additionalProperties": False,
    }


def _named(entry: Schema) -> Schema:
    return {"type": "object", "propertyNames": KEY, "additionalProperties": entry}


def _row(entry: Schema, least: int = 1, most: int | None = None) -> Schema:
    return {"type": "array", "items": entry, "minItems": least} | ({} if most is None else {"maxItems": most})


def _to(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _said(description: str, given: Schema) -> Schema:
    return {**given, "description": description}
