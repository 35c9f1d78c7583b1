"""What docs/criteria.md and docs/criteria.zh.md say of programme.yaml is what its reader knows: no key more or less."""

from pathlib import Path

import pytest

from cellcert.criteria.programme import read_programme
from cellcert.criteria.reader import read_plain
from tests.criteria.known_keys import Asked, asked_for
from tests.criteria.test_docs import CHINESE, ENGLISH, PAGES, part, rows

PROGRAMME = Path("criteria/programme.yaml")
MUST = {ENGLISH: "required; ", CHINESE: "必填；"}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return asked_for(PROGRAMME, monkeypatch)


def settings(page: str) -> dict[str, list[str]]:
    """Meaning, value and example of each key in the tables of the page."""
    cells = [row for row in rows(part(page, "programme")) if row[0].startswith("`")]
    found = {path.strip("`"): others for path, *others in cells}
    assert len(found) == len(cells), "a key has two rows"
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_key_of_the_programme_has_its_row(page: str, asked: Asked) -> None:
    maps = {path.rpartition(".")[0] for path in asked.keys}  # described by the keys in them
    known = set(asked.keys) - maps
    missing, strange = sorted(known - set(settings(page))), sorted(set(settings(page)) - known)

    where = f"docs/{page}, below <!-- programme -->"
    wanted = [
        f"| `{path}` | meaning | {MUST[page] if asked.keys[path] else ''}value, default | `{path.split('.')[-1]}: …` |"
        for path in missing
    ]
    assert not missing, "\n".join([f"{where}: write these rows", *wanted])
    assert not strange, f"{where}: the reader knows no {strange}; take the rows out"


@pytest.mark.parametrize("page", PAGES)
def test_a_row_says_whether_its_key_must_be_there_and_what_it_may_say(page: str, asked: Asked) -> None:
    programme = read_programme(PROGRAMME)
    named = {
        one.key
        for those in (programme.departments, programme.categories, programme.batches, programme.divisions)
        for one in those
    }
    for path, (_meaning, value, _example) in settings(page).items():
        begins = value.startswith(MUST[page])
        assert begins is asked.keys[path], f"docs/{page}, {path}: required is {asked.keys[path]}, the row says {value}"
        for option in set(asked.options.get(path, ())) - named:
            assert f"`{option}`" in value, f"docs/{page}, {path}: name `{option}`, which it may say"


@pytest.mark.parametrize("page", PAGES)
def test_an_example_is_of_its_key_and_can_be_read(page: str) -> None:
    for path, (*_, example) in settings(page).items():
        assert list(read_plain(example.strip("`"), path)) == [path.split(".")[-1]], f"docs/{page}, {path}: {example}"


def test_both_pages_have_the_same_settings_and_examples() -> None:
    english, chinese = ([(path, row[-1]) for path, row in settings(page).items()] for page in PAGES)

    assert english == chinese


def test_a_key_left_out_of_the_file_is_found_all_the_same(asked: Asked) -> None:
    assert "decision.places.count" in asked.keys
    assert "places:" not in PROGRAMME.read_text(encoding="utf-8").replace("# places:", "")
