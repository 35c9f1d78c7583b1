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
