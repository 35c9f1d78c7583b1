"""The commands, as a person runs them."""
# ruff: noqa: E501 - snippets of YAML and rows of examples read better unbroken

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from cellcert.criteria.commands import criteria
from tests.criteria.lists import HEAD, LEVEL

LIST = (
    HEAD
    + "sections: [{key: s, title: 甲, points: 80, items: [{key: i, text: 某, points: 80, score: {judged: {step: 0.01}}}]}]\n"
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "factory.yaml").write_text(LIST + LEVEL, encoding="utf-8")
    (tmp_path / "answers.yaml").write_text("items: {i: 79.99}\n", encoding="utf-8")
    return str(tmp_path / "factory.yaml"), str(tmp_path / "answers.yaml")


def test_check_names_every_shipped_file() -> None:
    result = CliRunner().invoke(criteria, ["check"])

    assert result.exit_code == 0, result.output
    assert "factory.yaml: " in result.output
    assert "programme.yaml: " in result.output


def test_check_prints_each_fault_at_its_line_and_fails(files: tuple[str, str]) -> None:
    path = Path(files[0])
    path.write_text(path.read_text(encoding="utf-8").replace("lead:", "leed:"), encoding="utf-8")
    result = CliRunner().invoke(criteria, ["check", files[0], "--lang", "en"])

    assert result.exit_code == 1
    assert f"{files[0]}:4: unknown key “leed”: did you mean “lead”?" in result.output


@pytest.mark.parametrize("missing", ["nowhere.yaml", "."])
def test_check_of_what_is_not_there_is_a_sentence(tmp_path: Path, missing: str) -> None:
    result = CliRunner().invoke(criteria, ["check", str(tmp_path / missing)])

    assert result.exit_code == 1
    assert "文件打不开" in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_score_prints_json(files: tuple[str, str]) -> None:
    result = CliRunner().invoke(criteria, ["score", *files, "--json"])
    sheet = json.loads(result.output, parse_float=Decimal)

    assert result.exit_code == 0
    assert (sheet["total"], sheet["possible"], sheet["level"]) == (Decimal("79.99"), 80, None)


def test_score_prints_sentences(files: tuple[str, str]) -> None:
    result = CliRunner().invoke(criteria, ["score", *files])

    assert "评定，得 79.99 分（满分 80 分）" in result.output
    assert "总分 79.99 不到 80" in result.output


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ("items: {i: 81}\n", "应当填 0–80 分"),
        ("items: {i: 1, i: 2}\n", "写了两次"),
        ("- 1\n", "名称: 内容"),
        ("items: {j: 1}", "没有“j”"),
    ],
)
def test_wrong_answers_are_named_and_fail(files: tuple[str, str], answers: str, says: str) -> None:
    Path(files[1]).write_text(answers, encoding="utf-8")
    result = CliRunner().invoke(criteria, ["score", *files])

    assert result.exit_code == 1
    assert says in result.output


def test_scoring_waits_for_no_web_and_no_database(files: tuple[str, str]) -> None:
    code = (
        "import sys; sys.argv = ['cellcert', 'criteria', 'score', *sys.argv[1:]]\n"
        "from cellcert.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "assert not {'flask', 'sqlalchemy', 'pydantic', 'weasyprint'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *files], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
