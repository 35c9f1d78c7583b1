"""Fill the pages in as a browser would: an answer sheet becomes form fields."""

from collections.abc import Iterator, Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from cellcert.criteria import ways
from cellcert.criteria.schema import Checklist

Fields = MultiDict[str, str]


def fields(checklist: Checklist, answers: Mapping[str, Any], section: str | None = None) -> Fields:
    """The posted fields of an answer sheet; of one section's items when it is named."""
    found: list[tuple[str, str]] = []
    if section is None:
        found += [(f"facts.{key}", yes_or(value)) for key, value in answers.get("facts", {}).items()]
        found += [
            (f"indicators.{key}.{name}", str(value))
            for key, inputs in answers.get("indicators", {}).items()
            for name, value in inputs.items()
        ]
        found += [(f"prerequisites.{key}", yes_or(value)) for key, value in answers.get("prerequisites", {}).items()]
    for item in checklist.items() if section is None else checklist.section(section).items:
        found += of_way(item.way, f"items.{item.key}", answers.get("items", {}).get(item.key))
    return MultiDict(found)


def of_way(way: ways.Way, name: str, answer: Any) -> Iterator[tuple[str, str]]:
    """One control's fields."""
    if answer is None:
        return
    match way:
        case ways.Choice():
            if isinstance(answer, Mapping):
                yield name, answer["choice"]
                yield f"{name}.points", str(answer["points"])
            else:
                yield name, answer
        case ways.Parts(parts=inner) | ways.AnyOf(ways=inner):
            for one in inner:
                yield from of_way(one.way, f"{name}.{one.key}", answer.get(one.key))
        case ways.Deductions():
            yield f"{name}.checked", "yes"
            yield from ((f"{name}.{key}", yes_or(value)) for key, value in answer.items())
        case ways.AtLeast():
            yield f"{name}.checked", "yes"
            yield from ((name, key) for key in answer)
        case _:
            yield name, yes_or(answer)


def yes_or(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
