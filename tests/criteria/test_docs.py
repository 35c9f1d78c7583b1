"""What docs/criteria.md shows is what the program does."""

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
from cellcert.criteria.text import figure
from tests.criteria.lists import answers, read

PAGE = (Path(__file__).resolve().parents[2] / "docs/criteria.md").read_text(encoding="utf-8")


def examples() -> Iterator[tuple[str, str, str, str, str]]:
    """Heading, item, answer, points and sentence of every row of the worked examples."""
    worked = PAGE.split("## Each way, worked\n")[1].split("\n## ")[0]
    for part in worked.split("\n### ")[1:]:
        heading = part.split("\n")[0]
        found = re.search(r"```yaml\n(.*?)```", part, re.DOTALL)
        assert found, heading
        for line in re.findall(r"^\| (.+) \| (\S+) \| (.+) \|$", part, re.MULTILINE):
            if line[0] != "answer":
                yield heading, found[1], *line


def answer_of(written: str) -> tuple[Any, dict[str, Any]]:
    """``rate = 90, `{}``` as the answer and the figures beside it."""
    code = re.search(r"`(.+)`", written)
    answer = read_plain(f"answer: {code[1]}", "answer.yaml")["answer"] if code else None
    beside = dict(re.findall(r"(\w+) = (\w[\w.]*)", written))
    truth = {"true": True, "false": False}
    return answer, {name: truth[value] if value in truth else Decimal(value) for name, value in beside.items()}


@pytest.mark.parametrize(("heading", "item", "written", "points", "sentence"), [*examples()])
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


def test_every_way_to_score_has_its_worked_example() -> None:
    ways = {"yes_no", "choice", "parts", "tiers", "linear", "shortfall", "deductions", "at_least", "any_of", "judged"}
    items = {item for _, item, *_ in examples()}
    shown = {way for way in ways for item in items if re.search(rf"score: {{?{way}\b|^    {way}:", item, re.MULTILINE)}

    assert shown == ways


def test_the_first_checklist_is_written_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = PAGE.split("## Your first checklist in ten minutes\n")[1].split("\n## ")[0]
    answers_file = re.search(r"```yaml\n(.*?)```", lesson, re.DOTALL)
    assert answers_file
    (tmp_path / "answers.yaml").write_text(answers_file[1], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    steps = 0
    for console in re.findall(r"```console\n(.*?)```", lesson, re.DOTALL):
        for step in console.removeprefix("$ ").split("\n$ "):
            command, _, said = step.partition("\n")
            program, *words = shlex.split(command)
            if program == "cellcert":
                assert CliRunner().invoke(main, words).output.strip() == said.strip(), command
            else:
                subprocess.run([program, *words], check=True)
            steps += 1
    assert steps == 10


def test_the_whole_sheet_earns_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worked = PAGE.split("## A whole sheet, worked\n")[1].split("\n## ")[0]
    files = re.findall(r"```yaml\n(.*?)```", worked, re.DOTALL)
    console = re.search(r"```console\n\$ cellcert (.*?)\n(.*?)```", worked, re.DOTALL)
    assert console
    for name, text in zip(("market.yaml", "answers.yaml"), files, strict=True):
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
    worked = PAGE.split("## A whole sheet, worked\n")[1]
    sheet, answered = re.findall(r"```yaml\n(.*?)```", worked, re.DOTALL)[:2]
    assert answer in answered
    (tmp_path / "market.yaml").write_text(sheet, encoding="utf-8")
    (tmp_path / "answers.yaml").write_text(answered.replace(answer, instead), encoding="utf-8")
    words = ["criteria", "score", str(tmp_path / "market.yaml"), str(tmp_path / "answers.yaml")]

    assert says in CliRunner().invoke(main, words).output
