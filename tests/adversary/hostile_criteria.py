"""Files nobody should have to read, and what it costs to refuse each: one line of JSON per file.

Each is read in a process of its own, so that its memory can be told from the others'.
"""
# ruff: noqa: E501 - rows of examples read better unbroken

import json
import os
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cellcert.criteria.calendar import read_year
from cellcert.criteria.marked import CriteriaFaults
from cellcert.criteria.plan import read_plan
from cellcert.criteria.programme import read_programme
from cellcert.criteria.reader import read_checklist, read_checklist_file, read_plain, read_source
from cellcert.criteria.scorer import AnswerFaults, score
from tests.criteria.lists import HEAD, LEVEL

MILLION = 1_000_000
ITEMS = "sections:\n  - key: s\n    title: 甲\n    points: 10\n    items:\n"
ITEM = "      - {key: it, text: 某, points: 10, score: yes_no}\n"
SOUND = HEAD + ITEMS + ITEM + LEVEL.replace("80", "8")
LAUGHS = "a0: &a0 [lol]\n" + "".join(f"a{n + 1}: &a{n + 1} [{'*a' + str(n) + ' , '} *a{n}]\n" for n in range(60))


def way(source: str) -> str:
    return HEAD + ITEMS + f"      - {{key: it, text: 某, points: 10, score: {source}}}\n" + LEVEL


def indicators(count: int, formula: str, unit: str = '"%"') -> str:
    rows = "".join(
        f"  i{n}: {{name: 率, unit: {unit}, period: calendar_year, formula: '{formula}', "
        f"inputs: {{a: {{name: 甲, unit: t}}}}}}\n"
        for n in range(count)
    )
    return HEAD + rows + ITEMS + ITEM + LEVEL


def facts(count: int) -> str:
    return "".join(f"  fact_number_{n}: {{ask: 问, type: yes_no}}\n" for n in range(count))


def with_facts(count: int, condition: str) -> str:
    head = HEAD.replace("indicators:\n", facts(count) + "indicators:\n")
    items = "".join(
        f"      - {{key: k{n}, text: 某, points: 1, score: yes_no, veto_if: {condition}}}\n" for n in range(90)
    )
    return head + ITEMS + items + LEVEL


def many(count: int, row: str) -> str:
    return "".join(row.replace("N", str(n)) for n in range(count))


def checklists() -> Iterator[tuple[str, str | bytes]]:
    """Criteria files."""
    # fmt: off
    yield "a billion laughs", LAUGHS
    yield "anchors by the thousand", "[" + "&a x," * 150_000 + "]"
    yield "a merge key", "a: &a {b: 1}\n<<: *a\n"
    yield "a Python tag", "!!python/object/apply:os.system [true]\n"
    yield "tags by the thousand", "[" + "!!set x," * 120_000 + "]"
    yield "one key again and again", "key: 1\n" * 150_000
    yield "not a number, many times", "[" + ".nan," * 150_000 + "]"
    yield "brackets without end", "[" * MILLION
    yield "maps without end", "{a: " * 400_000
    yield "dashes without end", "- " * 900_000
    yield "question marks without end", "? " * 900_000
    yield "steps downwards", "".join(" " * n + "a:\n" for n in range(1_800))
    yield "10 MB of letters", "x" * 10 * MILLION
    yield "10 MB of comments", SOUND + "# nothing\n" * MILLION
    yield "10 MB of nothing", bytes(10 * MILLION)
    yield "10 MB of Chinese", "字" * (10 * MILLION // 3)
    yield "10 MB of items", SOUND + ITEM * 200_000
    yield "a power bomb", indicators(1, "9**9**9**9**a")
    yield "formulas as long as allowed", indicators(3_000, f"min({','.join(['a'] * 148)})")
    yield "a formula of a megabyte", indicators(1, "a+" * 800_000 + "a")
    yield "brackets in a formula", indicators(100, "(" * 140 + "a" + ")" * 140)
    yield "signs in a formula", indicators(100, "-" * 290 + "a")
    yield "names nobody knows", indicators(2_000, "+".join(["(b+c)"] * 40))
    yield "a number of a megabyte", SOUND.replace("points: 10", "points: " + "1" * 900_000)
    yield "a percentage of a megabyte", SOUND + f"x: 1\nfloor: {'1' * 900_000}%\n"
    yield "a share of a megabyte", SOUND.replace("total: 8", f"total: 8, floor: {'9' * 900_000}%")
    yield "a key of a megabyte", SOUND.replace("key: it", "key: " + "a" * 900_000 + "!")
    yield "years over and over", SOUND.replace("某", "近十" * 300_000)
    yield "a unit of brackets", indicators(3_000, "a", "(" * 30 + "t" + ")" * 30)
    yield "a unit of thousands", indicators(3_000, "a", "万" * 60)
    yield "a unit of a megabyte", indicators(1, "a", "t·" * 300_000)
    yield "a name of a megabyte", SOUND + "a" * 900_000 + ": 1\n"
    yield "names of a megabyte", SOUND + "? " + "sections" * 100_000 + "\n: 1\n"
    yield "almost sections, many times", SOUND + many(60_000, "sectionN: 1\n")
    yield "almost every key, none of them", many(60_000, "sectionN: 1\n")
    yield "ten thousand facts and a slip", with_facts(10_000, "fact_numbr_77")
    yield "a hundred thousand small lists", "[" + "[]," * 600_000 + "]"
    yield "a million small figures", "who: [" + "1," * 990_000 + "]\n"
    yield "a million small names", many(150_000, "aN: \n")
    yield "one wrong item after another", HEAD + ITEMS + "      - {kee: it, tex: 1, ponts: x}\n" * 50_000
    yield "one wrong line", SOUND.replace("score: yes_no", f"score: yes_no, evidence: [{'[],' * 100_000}]")
    yield "a long line of wrong words", SOUND.replace("score: yes_no", f"score: yes_no, check: [{'sight,' * 100_000}]")
    yield "twenty thousand conditions of one name", way(f"{{at_least: 1, of: [{'{key: a, text: 甲},' * 40_000}]}}")
    yield "twenty thousand options of one name", way(f"{{choice: [{'{key: a, label: 甲, points: 1},' * 30_000}]}}")
    yield "sections by the thousand", HEAD + "sections:\n" + many(20_000, "  - {key: s, title: 甲, points: 1, items: [{key: iN, text: 某, points: 1, score: yes_no}]}\n") + LEVEL
    yield "levels by the thousand", SOUND.replace(LEVEL.replace("80", "8"), "levels:\n" + many(20_000, "  - {key: aN, name: 甲, total: 8, zeros: {items: [it], at_most: 0}}\n"))
    yield "prerequisites of no section", SOUND + "prerequisites:\n" + many(15_000, "  - {key: pN, text: 某, section: gone}\n")
    yield "not UTF-8", b"\xff\xfe" + SOUND.encode("utf-16-le")
    yield "half of a sign", SOUND.encode() + b"\xe5"
    yield "half a pair", SOUND.encode() + "# \ud800".encode("utf-8", "surrogatepass")
    yield "half a pair, written out", SOUND + 'x: "\\ud800"\n'
    yield "a megabyte in one text", SOUND.replace("某", "字" * 600_000)
    yield "a megabyte for a way", way("a" * MILLION)
    yield "a megabyte for a choice of words", SOUND.replace("type: yes_no", "type: " + "yes_no" * 160_000)
    yield "old line ends", SOUND.replace("yes_no}\n", "no_yes}\n").replace("\n", "\r")
    yield "an end within", SOUND.replace("某", "\x00")
    yield "bells", SOUND.replace("某", "\x07")
    yield "nothing", ""
    yield "nothing but a remark", "# later\n"
    # fmt: on


def answer_sheets() -> Iterator[tuple[str, str | bytes]]:
    """Answer sheets."""
    # fmt: off
    yield "strangers", "items: {" + many(100_000, "xN: true, ") + "}\n"
    yield "strange groups", many(100_000, "gN: {}\n")
    yield "a figure of a megabyte", f"items: {{it: {'9' * 900_000}}}\n"
    yield "an exponent", "items: {it: 1e999999999}\n"
    yield "a list of lists", "items: {it: [" + "[a]," * 100_000 + "]}\n"
    yield "a deep answer", "items: {it: " + "{a: " * 200_000 + "\n"
    yield "a float in disguise", "indicators: {rate: {used: .inf, made: 1}}\n"
    yield "an alias", "items: &a {it: *a}\n"
    yield "10 MB of answers", "items:\n" + many(600_000, "  aN: true\n")
    # fmt: on


def other_files() -> Iterator[tuple[str, str | bytes]]:
    """Programme, plan and calendar."""
    # fmt: off
    yield "10 MB", "x: y\n" * 2 * MILLION
    yield "many values", "holidays: [" + "1," * 40_000 + "]\n"
    yield "an anchor", "targets: &a [*a]\n"
    yield "brackets", "[" * MILLION
    yield "the same again", "targets:\n" + many(5_000, "  - {key: a, name: 甲, unit: 个, target: 1}\n")
    yield "wrong days", "year: 2026\nholidays: [" + "2026-13-45," * 20_000 + "]\n"
    yield "not UTF-8", b"\xff\xfe\x00"
    # fmt: on


def score_file(path: Path) -> None:
    score(read_checklist(SOUND, "factory.yaml"), read_plain(read_source(path), path.name))


GATES: list[tuple[str, Callable[[Path], object], Callable[[], Iterator[tuple[str, str | bytes]]]]] = [
    ("checklist", read_checklist_file, checklists),
    ("answers", score_file, answer_sheets),
    ("programme", read_programme, other_files),
    ("plan", read_plan, other_files),
    ("calendar", read_year, other_files),
]


def cost(gate: Callable[[Path], object], path: Path) -> dict[str, object]:
    """Reads one file; says its first fault, the seconds of processor time and the megabytes it took."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    said: list[str] = []
    try:
        gate(path)
    except CriteriaFaults as faults:
        said = [str(fault) for fault in faults.faults]
    except AnswerFaults as faults_:
        said = [str(fault) for fault in faults_.faults]
    after = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "faults": len(said),
        "first": said[0][:500] if said else "",
        "seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 3),
        "megabytes": round((after.ru_maxrss - before.ru_maxrss) / (1 if sys.platform == "darwin" else 1024), 1),
    }


def cost_alone(gate: Callable[[Path], object], path: Path) -> dict[str, Any]:
    """The same in a process of its own."""
    out, into = os.pipe()
    if (child := os.fork()) == 0:
        os.write(into, json.dumps(cost(gate, path)).encode())
        os._exit(0)
    os.close(into)
    with os.fdopen(out) as said:
        found: dict[str, Any] = json.loads(
            said.read() or '{"faults": 0, "first": "died", "seconds": 0, "megabytes": 0}'
        )
    os.waitpid(child, 0)
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "factory.yaml")
        for kind, gate, files in GATES:
            for name, source in files():
                path.write_bytes(source if isinstance(source, bytes) else source.encode("utf-8"))
                # On a busy machine the same work takes longer now and then: the best of three counts.
                found = cost_alone(gate, path)
                for _ in range(2):
                    if found["seconds"] >= 1:
                        found = min(found, cost_alone(gate, path), key=lambda one: one["seconds"])
                print(json.dumps({"gate": kind, "file": name} | found), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
