"""What docs/criteria.md and docs/criteria.zh.md show is what the program does, and both show the same."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from click.testing import CliRunner

from cellcert.cli import main
from cellcert.criteria.reader import read_plain
from cellcert.criteria.scorer import score
from cellcert.criteria.starter import starter
from cellcert.criteria.text import figure
from tests.criteria.lists import answers, read

DOCS = Path(__file__).resolve().parents[2] / "docs"
ENGLISH, CHINESE = "criteria.md", "criteria.zh.md"
PAGES = (ENGLISH, CHINESE)


def part(page: str, marker: str) -> str:
    """What stands below ``<!-- marker -->``, up to the next heading of the same page."""
    return (DOCS / page).read_text(encoding="utf-8").split(f"<!-- {marker} -->\n")[1].split("\n## ")[0]


def snippets(page: str, marker: str, language: str = "yaml") -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", part(page, marker), re.DOTALL)


def rows(text: str) -> list[list[str]]:
    """The cells of every table row but the headings."""
    lines = text.splitlines()
    found = [line for line, before in zip(lines[1:], lines, strict=False) if line.startswith("| ") and "|" in before]
    return [line.strip("| ").split(" | ") for line in found]


def examples(page: str) -> Iterator[tuple[str, str, str, str, str]]:
    """Heading, item, answer, points and sentence of every row of the worked examples."""
    for way in part(page, "worked").split("\n### ")[1:]:
        heading = way.split("\n")[0]
        found = re.search(r"```yaml\n(.*?)```", way, re.DOTALL)
        assert found, heading
        for answer, points, sentence in rows(way):
            yield heading, found[1], answer, points, sentence


def answer_of(written: str) -> tuple[Any, dict[str, Any]]:
    """``rate = 90, `{}``` as the answer and the figures beside it."""
    code = re.search(r"`(.+)`", written)
    answer = read_plain(f"answer: {code[1]}", "answer.yaml")["answer"] if code else None
    beside = dict(re.findall(r"(\w+) = (\w[\w.]*)", written))
    truth = {"true": True, "false": False}
    return answer, {name: truth[value] if value in truth else Decimal(value) for name, value in beside.items()}


@pytest.mark.parametrize(
    ("heading", "item", "written", "points", "sentence"), [row for page in PAGES for row in examples(page)]
)
def test_a_worked_example_gives_what_the_page_says(
    heading: str, item: str, written: str, points: str, sentence: str
) -> None:
    worth = re.search(r"^  points: (\d+)", item, re.MULTILINE)
    assert worth, heading
    rest = f"      - {{key: rest, text: 其余, points: {100 - int(worth[1])}, score: yes_no}}\n"
    checklist = read(
        f"sections:\n  - key: s\n    title: 甲\n    points: 100\n    items:\n{indent(item, ' ' * 6)}{rest}"
    )
    answer, beside = answer_of(written)
    key = checklist.sections[0].items[0].key
    result = score(checklist, answers({"rest": True, key: answer}, **beside)).item(key)

    assert (figure(result.points), result.reason.zh) == (points, sentence)


@pytest.mark.parametrize("page", PAGES)
def test_every_way_to_score_has_its_worked_example(page: str) -> None:
    ways = {"yes_no", "choice", "parts", "tiers", "linear", "shortfall", "deductions", "at_least", "any_of", "judged"}
    items = {item for _, item, *_ in examples(page)}
    shown = {way for way in ways for item in items if re.search(rf"score: {{?{way}\b|^    {way}:", item, re.MULTILINE)}

    assert shown == ways


@pytest.mark.parametrize("page", PAGES)
def test_the_first_checklist_is_written_as_the_page_says(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "answers.yaml").write_text(snippets(page, "lesson")[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    steps = 0
    for console in snippets(page, "lesson", "console"):
        for step in console.removeprefix("$ ").split("\n$ "):
            command, _, said = step.partition("\n")
            program, *words = shlex.split(command)
            if program == "cellcert":
                assert CliRunner().invoke(main, words).output.strip() == said.strip(), command
            else:
                subprocess.run([program, *words], check=True)
            steps += 1
    assert steps == 10


@pytest.mark.parametrize("page", PAGES)
def test_the_whole_sheet_earns_what_the_page_says(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    console = re.search(r"```console\n\$ cellcert (.*?)\n(.*?)```", part(page, "sheet"), re.DOTALL)
    assert console
    for name, text in zip(("market.yaml", "answers.yaml"), snippets(page, "sheet"), strict=True):
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    check = CliRunner().invoke(main, ["criteria", "check", "market.yaml"])

    assert (check.exit_code, CliRunner().invoke(main, shlex.split(console[1])).output) == (0, console[2])


@pytest.mark.parametrize(
    ("answer", "instead", "says"),
    [
        ("sorting: true", "sorting: false", "未开展的为0分：得 0 分，总分为 0"),
        ("happy: 43", "happy: 29", "有否决情形，不能认定等级"),
        ("happy: 43", "happy: 42", "总分 84.11 分"),  # 73 ÷ 90 × 100 = 81.11; + 5 − 2
        ("area: 150", "area: 200", "composter  0  未填写"),
        ("bin: 3", "bin: 1", "达到“优秀”（90 分）"),
    ],
)
def test_the_whole_sheet_turns_as_the_page_says(tmp_path: Path, answer: str, instead: str, says: str) -> None:
    sheet, answered = snippets(ENGLISH, "sheet")
    assert answer in answered
    (tmp_path / "market.yaml").write_text(sheet, encoding="utf-8")
    (tmp_path / "answers.yaml").write_text(answered.replace(answer, instead), encoding="utf-8")
    words = ["criteria", "score", str(tmp_path / "market.yaml"), str(tmp_path / "answers.yaml")]

    assert says in CliRunner().invoke(main, words).output


@pytest.mark.parametrize("marker", ["lesson", "file", "ledger", "ways", "worked", "sheet", "answers"])
def test_both_pages_show_the_same_files_and_output(marker: str) -> None:
    """Remarks aside, which each page has in its own language."""
    shown = [
        [read_plain("shown:\n" + indent(file, "  "), "shown.yaml") for file in snippets(page, marker)] for page in PAGES
    ]

    assert shown[0] == shown[1]
    assert snippets(ENGLISH, marker, "console") == snippets(CHINESE, marker, "console")


def test_both_pages_work_out_the_same_rows() -> None:
    english, chinese = ([row[1:] for row in examples(page)] for page in PAGES)

    assert english == chinese


@pytest.mark.parametrize("marker", ["ways", "ledger"])
def test_both_pages_name_the_same_ways_to_write_it(marker: str) -> None:
    english, chinese = ([re.findall(r"`[^`]+`", " ".join(row)) for row in rows(part(page, marker))] for page in PAGES)

    assert english == chinese
    assert len(english) > 5


def test_both_pages_on_editions_show_the_same_commands() -> None:
    texts = [
        (DOCS / page).read_text(encoding="utf-8") for page in ("criteria-authoring.md", "criteria-authoring.zh.md")
    ]
    english, chinese = (re.findall(r"```(?:yaml|console)\n.*?```", text, re.DOTALL) for text in texts)

    assert english == chinese


@pytest.mark.parametrize(("right", "slip", "says"), rows(part(CHINESE, "slips")))
def test_a_slip_is_told_as_the_page_says(right: str, slip: str, says: str, tmp_path: Path) -> None:
    sound = starter("office", title="无废办公楼")
    assert sound.count(right.strip("`")) == 1
    (tmp_path / "office.yaml").write_text(sound.replace(right.strip("`"), slip.strip("`")), encoding="utf-8")
    told = CliRunner().invoke(main, ["criteria", "check", str(tmp_path / "office.yaml")])

    assert (told.exit_code, says in told.output) == (1, True), told.output


@pytest.mark.parametrize("page", sorted(DOCS.glob("criteria*.md")), ids=lambda page: page.name)
def test_the_links_between_the_pages_lead_somewhere(page: Path) -> None:
    for target, place in re.findall(r"\]\(([\w.-]*)#?([^)]*)\)", page.read_text(encoding="utf-8")):
        other = DOCS / target if target else page
        headings = re.findall(r"^#+ (.+)$", other.read_text(encoding="utf-8"), re.MULTILINE)
        known = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings]
        assert not place or known.count(place) == 1, (target, place)
