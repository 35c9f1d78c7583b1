"""A page laid out once serves the next process too: the same bytes, at once, and never a damaged one."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cellcert import press
from cellcert.press import Attached, kept
from tests.press.examples import FIELDS, TEMPLATE

INSIDE = Attached("credential.json", "认定信息", b"{}", datetime(2026, 11, 3, tzinfo=UTC))
AGAIN = """
import sys
from pathlib import Path
from dataclasses import replace
from cellcert import press
from tests.press.examples import FIELDS, TEMPLATE
from tests.press.test_kept_pages import INSIDE
page = press.compile(TEMPLATE, Path(sys.argv[1])).print(replace(FIELDS, attached=INSIDE))
assert "weasyprint" not in sys.modules
sys.stdout.buffer.write(page)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data") / "press"


@pytest.fixture(scope="module")
def first(folder: Path) -> bytes:
    """Printed by the process that laid the page out."""
    return press.compile(TEMPLATE, folder).print(replace(FIELDS, attached=INSIDE))


def test_the_next_process_prints_the_same_bytes_and_does_not_load_weasyprint(folder: Path, first: bytes) -> None:
    done = subprocess.run([sys.executable, "-c", AGAIN, str(folder)], capture_output=True, check=False)

    assert done.stdout == first, done.stderr.decode()


def test_a_damaged_page_is_laid_out_again(folder: Path, first: bytes, caplog: pytest.LogCaptureFixture) -> None:
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    for damaged in (whole[:-1], whole.replace(b"endobj", b"endobk", 1), b""):
        file.write_bytes(damaged)
        assert kept.load(folder, file.name) is None

    assert press.compile(TEMPLATE, folder).print(replace(FIELDS, attached=INSIDE)) == first
    assert file.read_bytes() == whole
    assert "laid out again" in caplog.text


def test_a_page_is_kept_by_all_that_shapes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [
        kept.name_of(TEMPLATE, 1, None),
        kept.name_of(TEMPLATE, 2, None),
        kept.name_of(TEMPLATE, 1, INSIDE),
        kept.name_of(replace(TEMPLATE, seal_png=b"png"), 1, None),
    ]
    monkeypatch.setattr(kept, "_surroundings", lambda: "another WeasyPrint")

    assert len({*names, kept.name_of(TEMPLATE, 1, None)}) == 5


def test_old_pages_go_and_a_folder_that_cannot_be_written_stops_nobody(
    folder: Path, first: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST", 2)
    (file,) = (one for one in folder.iterdir() if len(one.name) == 40)
    sheet = kept.load(folder, file.name)
    assert sheet is not None
    for name in ("one", "two", "three"):
        kept.save(tmp_path / "press", name, sheet)
    (tmp_path / "file").touch()

    assert len(list((tmp_path / "press").iterdir())) == 2
    assert press.compile(TEMPLATE, tmp_path / "file").print(replace(FIELDS, attached=INSIDE)) == first
