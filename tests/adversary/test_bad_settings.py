"""A bad setting is named in one sentence before anything begins; nobody is shown a traceback."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cellcert.cli import main
from cellcert.paths import criteria_folder


def checked(monkeypatch: pytest.MonkeyPatch, folder: Path, **settings: str) -> str:
    for name, value in {"DATA_FOLDER": str(folder / "data"), **settings}.items():
        monkeypatch.setenv(f"CELLCERT_{name}", value)
    answer = CliRunner().invoke(main, ["check"])
    assert answer.exit_code == 1
    assert isinstance(answer.exception, SystemExit), "a traceback"
    return answer.output


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("DATABASE_URL", "not an address"),
        ("DATABASE_URL", "mysql://localhost/city"),
        ("DATABASE_URL", "sqlite:////nowhere/at/all/city.db"),
        ("DATABASE_URL", "postgresql://127.0.0.1:1/city"),
        ("MAIL_URL", "gopher://localhost"),
        ("SIGNING_P12", "/nowhere/key.p12"),
        ("CRITERIA", "/nowhere"),
        ("DATA_FOLDER", "/proc/nowhere"),
        ("THREADS", "many"),
        ("NO_SUCH_SETTING", "1"),
    ],
)
def test_a_bad_setting_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, setting: str, value: str) -> None:
    assert f"CELLCERT_{setting}: " in checked(monkeypatch, tmp_path, **{setting: value})


def test_a_broken_criteria_folder_is_named_with_file_and_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "criteria"
    broken.mkdir()
    text = (criteria_folder() / "programme.yaml").read_text(encoding="utf-8")
    (broken / "programme.yaml").write_text("a: [1\n" + text, encoding="utf-8")
    output = checked(monkeypatch, tmp_path, CRITERIA=str(broken))
    assert "CELLCERT_CRITERIA: " in output
    assert "programme.yaml:" in output


def test_a_data_folder_that_is_a_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert "CELLCERT_DATA_FOLDER: " in checked(monkeypatch, tmp_path, DATA_FOLDER=str(tmp_path / "file"))


def test_a_file_that_is_no_database_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "cellcert.db").write_text("these are words, not rows, and there are quite enough of them")
    assert "CELLCERT_DATABASE_URL: " in checked(monkeypatch, tmp_path)


def test_a_port_that_is_no_number_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eight thousand")
    answer = CliRunner().invoke(main, ["serve"])
    assert answer.exit_code == 2
    assert "--port" in answer.output
