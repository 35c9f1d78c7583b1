"""How the city words its award letters (认定文件), and when certificates are made: the programme's ``award_letter``."""

import re
from dataclasses import dataclass
from typing import Literal, cast

from cellcert.criteria.fields import Fields

PLACES = ("batch", "name", "count", "years")  # what a sentence may name
NUMBER_PLACES = ("year", "ordinal")
When = Literal["at_award", "with_letter"]


@dataclass(frozen=True, slots=True)
class AwardLetterLook:
    """The words of a letter; ``certificates``: each made when its award is confirmed, or all when the letter is out.

    Sentences may name ``{batch}``, ``{name}`` (of the programme), ``{count}`` of units and ``{years}`` of validity;
    ``number`` (文号) is the pattern of ``{year}`` and ``{ordinal}`` it begins from, empty: the office types it.
    """

    number: str = ""
    title: str = "关于认定{batch}“{name}”的通知"
    recipient: str = "各有关单位"
    paragraphs: tuple[str, ...] = (
        "{batch}申报单位经自评、初审、专家评审、审定并公示，现认定下列 {count} 个单位为“{name}”，有效期 {years} 年。",
    )
    closing: tuple[str, ...] = ("证书可凭编号在认定名录中查验。请各认定单位保持并提升建设水平，接受动态管理。",)
    copies: str = ""  # 抄送
    certificates: When = "at_award"


USUAL_LETTER = AwardLetterLook()


def read_award_letter(row: Fields | None) -> AwardLetterLook:
    """The letter as the city wants it; what is left out is as usual."""
    usual = USUAL_LETTER
    if row is None:
        return usual
    read = AwardLetterLook(
        number=_checked(row, "number", (row.word("number", empty=True),), NUMBER_PLACES)[0],
        title=_checked(row, "title", (row.word("title") or usual.title,), PLACES)[0],
        recipient=row.word("recipient") or usual.recipient,
        paragraphs=_checked(row, "paragraphs", tuple(one.zh for one in row.texts("paragraphs")), PLACES)
        or usual.paragraphs,
        closing=_checked(row, "closing", tuple(one.zh for one in row.texts("closing")), PLACES) or usual.closing,
        copies=row.word("copies", empty=True),
        certificates=cast("When", row.one_of("certificates", ("at_award", "with_letter"), "at_award")),
    )
    if read.number and "{ordinal}" not in read.number:
        row.fault("number", "number 必须有 {ordinal}（序号）", "number must have {ordinal}")
    row.done()
    return read


def filled(sentence: str, **values: object) -> str:
    """A sentence with its places filled; nothing else of it means anything."""
    for name, value in values.items():
        sentence = sentence.replace(f"{{{name}}}", str(value))
    return sentence


def _checked(row: Fields, key: str, sentences: tuple[str, ...], places: tuple[str, ...]) -> tuple[str, ...]:
    known = "、".join(f"{{{place}}}" for place in places)
    for sentence in sentences:
        if re.search(r"[{}]", filled(sentence, **dict.fromkeys(places, ""))):
            row.fault(key, f"{key} 只能用 {known}", f"{key} may use {known.replace('、', ', ')}")
            break
    return sentences
