"""Accounts from the command line."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from cellcert.people.commands import user
from tests.people.arrivals import PASSWORD, events, try_sign_in


@pytest.fixture
def runner(sqlite_url: str, tmp_path: Path) -> CliRunner:
    return CliRunner(env={"CELLCERT_DATABASE_URL": sqlite_url, "CELLCERT_DATA_FOLDER": str(tmp_path)})


def test_the_first_administrator_comes_from_the_command_line(runner: CliRunner, app: Flask) -> None:
    added = runner.invoke(user, ["add", "Root1", "--name", "示例", "--role", "admin"])
    initial = added.output.split("initial password: ")[1].strip()
    client = app.test_client()

    assert added.exit_code == 0
    assert try_sign_in(client, "root1", initial).status_code == 303
    assert client.get("/accounts").headers["Location"] == "/password"
    assert "role-granted" in events(app)


def test_a_password_may_come_from_a_file_and_is_judged(runner: CliRunner, app: Flask, tmp_path: Path) -> None:
    given = tmp_path / "password"
    given.write_text("password1234\n")
    ask = ["add", "lee", "--name", "示例", "--role", "district", "--division", "jiefang", "--password-file", str(given)]
    assert runner.invoke(user, ask).exit_code == 1
    given.write_text(PASSWORD + "\n")

    assert runner.invoke(user, ask).output == "lee: district\n"
    assert try_sign_in(app.test_client(), "lee").status_code == 303


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "a b", "--name", "x", "--role", "admin"], "登录名"),
        (["add", "lee", "--name", "x", "--role", "district"], "请同时选择"),
        (["add", "lee", "--name", "x", "--role", "district", "--division", "atlantis"], "choose from"),
        (["add", "lee", "--name", "x", "--role", "applicant", "--unit", "123"], "No unit"),
        (["disable", "nobody"], "No account"),
    ],
)
def test_a_mistake_is_named_and_changes_nothing(runner: CliRunner, app: Flask, arguments: list[str], said: str) -> None:
    result = runner.invoke(user, arguments)

    assert result.exit_code != 0
    assert said in result.output
    assert "Traceback" not in result.output
    assert events(app) == []


def test_accounts_are_listed_and_disabled(runner: CliRunner, app: Flask) -> None:
    for login in ("one", "two"):
        runner.invoke(user, ["add", login, "--name", "示例", "--role", "admin"])
    assert runner.invoke(user, ["disable", "one"]).exit_code == 0
    last = runner.invoke(user, ["disable", "two"])

    assert last.exit_code == 1
    assert "至少要有一位管理员" in last.output
    assert runner.invoke(user, ["list"]).output.splitlines() == [
        "one\t示例\tadmin\tnever\tdisabled",
        "two\t示例\tadmin\tnever\tactive",
    ]


def test_a_city_without_tables_says_what_to_do(tmp_path: Path) -> None:
    bare = CliRunner(env={"CELLCERT_DATA_FOLDER": str(tmp_path / "bare")})
    result = bare.invoke(user, ["add", "lee", "--name", "示例", "--role", "admin"])

    assert result.exit_code == 1
    assert "migrate" in result.output
