"""``cellcert walk``: the main job unattended, and what it leaves."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import zxingcpp
from openpyxl import load_workbook
from PIL import Image
from pypdf import PdfReader

from cellcert.checks import CHECKS

CATEGORIES = ("无废机关", "无废园区", "无废工厂", "无废社区", "无废景区", "无废商场")


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CELLCERT_")}
    command = [sys.executable, "-m", "cellcert", *arguments]
    return subprocess.run(command, env=plain | settings, capture_output=True, text=True, check=False)


def qr_of(pdf: Path) -> str:
    picture = pdf.with_suffix("")
    subprocess.run(["pdftoppm", "-r", "150", "-png", "-singlefile", str(pdf), str(picture)], check=True)
    with Image.open(f"{picture}.png") as image:
        (code,) = zxingcpp.read_barcodes(image)
    return str(code.text)


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_the_walk_leaves_six_certificates_a_letter_and_the_tally(
    request: pytest.FixtureRequest, tmp_path: Path, database: str
) -> None:
    out, settings = tmp_path / "walk", {"CELLCERT_DATA_FOLDER": str(tmp_path / "data")}
    if database == "postgresql":
        settings["CELLCERT_DATABASE_URL"] = request.getfixturevalue("postgresql_url")
    started = time.monotonic()

    walked = run("walk", "--out", str(out), **settings)

    assert walked.returncode == 0, walked.stdout + walked.stderr
    assert time.monotonic() - started < 60
    certificates = sorted(out.glob("JZWF-*.pdf"))
    assert len(certificates) == 6
    told = [line for line in walked.stdout.splitlines() if ".pdf  " in line]
    names = {Path(line.split("  ")[0]).name: line.split("  ")[1] for line in told}
    found = set()
    for path in certificates:
        (page,) = PdfReader(path).pages
        text = page.extract_text().replace("\n", "")
        assert names[path.name] in text
        found.update(category for category in CATEGORIES if category in text)
        assert qr_of(path).startswith(f"http://127.0.0.1:8000/verify/{path.stem}?t=")
    assert found == set(CATEGORIES)
    letter = "".join(page.extract_text() for page in PdfReader(out / "award-letter.pdf").pages).replace("\n", "")
    assert all(name in letter for name in names.values())
    assert len(PdfReader(out / "tally.pdf").pages) == 1
    workbook = load_workbook(out / "tally.xlsx")
    assert any(
        names[path.name] == cell.value for path in certificates for row in workbook.worksheets[-1] for cell in row
    )

    where = {} if database == "postgresql" else {"CELLCERT_DATA_FOLDER": str(out / "city")}
    checked = run("check", **(settings | where))

    assert checked.returncode == 0, checked.stdout
    assert [line for line in checked.stdout.splitlines() if line.startswith("ok ")] == [
        f"ok   {name.replace('_', ' ')}" for name in CHECKS
    ]
    assert "6 applications" in checked.stdout


def test_the_walk_leaves_a_city_with_people_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'city.db'}"
    settings = {"CELLCERT_DATA_FOLDER": str(tmp_path), "CELLCERT_DATABASE_URL": url}
    assert run("demo", "--units", "1", "--quiet", **settings).returncode == 0

    walked = run("walk", "--out", str(tmp_path / "walk"), **settings)

    assert walked.returncode == 1
    assert "needs an empty database" in walked.stderr


def test_a_check_of_nothing_yet_finds_no_fault(tmp_path: Path) -> None:
    checked = run("check", CELLCERT_DATA_FOLDER=str(tmp_path / "new"))

    assert checked.returncode == 0
    assert "0 applications" in checked.stdout


@pytest.mark.slow
def test_the_same_seed_gives_the_same_city(tmp_path: Path) -> None:
    cities = []
    for name in ("one", "two"):
        folder = {"CELLCERT_DATA_FOLDER": str(tmp_path / name)}
        told = run("demo", "--units", "6", "--seed", "5", **folder)
        assert told.returncode == 0, told.stderr
        counted = run("tally", "--json", **folder)
        cities.append((told.stdout, counted.stdout))

    assert cities[0] == cities[1]
