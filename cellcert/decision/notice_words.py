"""What a public notice says, in both languages: put into words once, when it is published."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from cellcert.criteria.programme import Authority
from cellcert.paper import chinese_date

Letter = dict[str, Any]


def letters(facts: Mapping[str, object], first: date, last: date, days: int, calendar: str) -> dict[str, Letter]:
    """The letter by language: a title, the opening, the numbered points."""
    said = {key: _both(facts, key) for key in ("category_name", "division_name", "authority")}
    unit, reference = facts["unit"], facts["reference"]
    zh, en = ({key: text[language] for key, text in said.items()} for language in ("zh", "en"))
    level, level_en = facts["level_name"], facts["level_name_en"]
    return {
        "zh": {
            "title": f"关于拟认定{zh['category_name']}的公示",
            "opening": f"{unit}申报{zh['category_name']}，经单位自评、初审、专家评审和审定，拟予以认定，"
            "现予公示，接受社会监督。",
            "points": [
                f"一、公示单位：{unit}，由{zh['division_name']}管理，申报编号 {reference}。",
                f"二、拟认定类别和等次：{zh['category_name']}，{level}。",
                f"三、公示时间：{chinese_date(first)}至{chinese_date(last)}，共 {days} 个工作日，"
                f"自发布次日起算（放假安排版本 {calendar}）。",
                "四、对公示内容有异议的，请在公示期内实名提出，写明事实、理由和联系方式；单位提出的，写明全称。"
                "提出人的身份信息予以保密。异议核实并答复前，不予认定。",
                f"五、异议可在线提出，也可寄送或当面提交{_contact(facts, '（{}）', '，')}。",
            ],
            "issuer": zh["authority"],
        },
        "en": {
            "title": f"Public notice of a recognition as {en['category_name']}",
            "opening": f"{unit} has applied for {en['category_name']}. After its self-assessment, the first check, "
            "the expert review and the decision it is to be recognised. This is now put before the public.",
            "points": [
                f"1. Unit: {unit}, managed by {en['division_name']}, application {reference}.",
                f"2. Category and level: {en['category_name']}, {level_en}.",
                f"3. Notice period: {first.isoformat()} to {last.isoformat()}, {days} working days counted from the "
                f"day after publication, to the end of the last day (holidays as of {calendar}).",
                "4. Whoever objects is asked to do so within this period under their real name, with facts and "
                "reasons and a way to reach them; an organisation gives its full name. Who objected is kept secret.",
                f"5. Objections may be raised online, by post or in person{_contact(facts, ' ({})', ', ')}. "
                "They are looked into and answered; nothing is recognised before that.",
            ],
            "issuer": en["authority"],
        },
    }


def contact_of(authority: Authority) -> list[str]:
    """How the authority is reached, as far as the programme says."""
    return [part for part in (authority.phone, authority.email, authority.address) if part]


def _both(facts: Mapping[str, object], key: str) -> dict[str, str]:
    said = facts[key]
    return {str(name): str(text) for name, text in said.items()} if isinstance(said, Mapping) else {}


def _contact(facts: Mapping[str, object], form: str, comma: str) -> str:
    said = facts.get("contact")
    return form.format(comma.join(map(str, said))) if isinstance(said, list) and said else ""
