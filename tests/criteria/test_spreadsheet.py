"""A workbook keeps every figure; what a person changes in it is taken over or reported, and hostile ones are refused."""
# ruff: noqa: E501 - snippets of YAML read better unbroken

import tracemalloc
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.cell import MergedCell

from cellcert.criteria.export.spreadsheet import workbook
from cellcert.criteria.export.spreadsheet_file import Unreadable, parts_of
from cellcert.criteria.export.spreadsheet_reader import Exact, read_exact
from cellcert.criteria.reader import CriteriaFaults, read_checklist, read_checklist_file
from cellcert.criteria.schema import Checklist
from cellcert.paths import criteria_folder
from tests.criteria.lists import read
from tests.criteria.strategies import random_checklist
from tests.criteria.test_writer import CATEGORIES, EVERYTHING, LEVELS
from tests.load import quickest

HEADS = "序号 项目 评估内容 分值 评分标准 证明材料 核查方式 依据 自评得分 评审得分 存在问题 键 规则".split()


def factory() -> Checklist:
    return read_checklist_file(criteria_folder() / "factory.yaml")


def back(data: bytes) -> Exact:
    exact = read_exact(parts_of(data))
    assert exact is not None
    return exact


def checklist_of(exact: Exact) -> Checklist:
    return read_checklist(exact.text, "back")


def changed(data: bytes, change: Callable[[Any], None]) -> Exact:
    """The workbook after a person has been at it."""
    book = openpyxl.load_workbook(BytesIO(data))
    change(book)
    file = BytesIO()
    book.save(file)
    return back(file.getvalue())


def row_of(book: Any, key: str, sheet: str = "评价表") -> int:
    found = [cell.row for row in book[sheet].iter_rows() for cell in row if cell.value == key]
    return int(found[0])


def undecided(exact: Exact) -> list[str]:
    return [str(note.what) for note in exact.notes if note.decide]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("category", CATEGORIES)
def test_each_file_comes_back_from_its_workbook(category: str, lang: str) -> None:
    checklist = read_checklist_file(criteria_folder() / f"{category}.yaml")

    exact = back(workbook(checklist, lang))

    assert checklist_of(exact) == checklist
    assert exact.notes == ()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_way_and_key_comes_back(lang: str) -> None:
    checklist = read(EVERYTHING, LEVELS)

    exact = back(workbook(checklist, lang))

    assert checklist_of(exact) == checklist
    assert exact.notes == ()


@pytest.mark.parametrize("seed", range(30))
def test_random_checklists_come_back(seed: int) -> None:
    checklist = read_checklist(random_checklist(Random(seed)), "random")

    exact = back(workbook(checklist, "en" if seed % 2 else "zh"))

    assert checklist_of(exact) == checklist
    assert exact.notes == ()


def test_a_rule_longer_than_a_cell_goes_on_beside_it() -> None:
    faults = ", ".join(f"{{key: f{n}, text: {'长' * 3000}{n}, lose: 1}}" for n in range(25))
    checklist = read(
        f"sections: [{{key: s, title: 甲, points: 100, items: [{{key: i, text: 某, points: 100, score: {{deductions: [{faults}]}}}}]}}]\n"
    )

    assert checklist_of(back(workbook(checklist))) == checklist


def test_words_that_look_like_formulas_and_odd_signs_stay_text() -> None:
    odd = [
        "=1+1",
        "+86 1",
        "-3",
        "@SUM(A1)",
        "https://example.org",
        "甲\\u0007乙",
        "_x0041_",
        "第一行\\n第二行",
        " 12.50",
    ]
    items = "".join(
        f'      - {{key: i{n}, text: "{text}", points: 10, score: yes_no, evidence: ["{text}", 照片]}}\n'
        for n, text in enumerate(odd)
    )
    checklist = read(
        f"sections:\n  - key: s\n    title: 甲\n    points: 100\n    items:\n{items}      - {{key: rest, text: 余, points: 10, score: yes_no}}\n"
    )
    data = workbook(checklist)
    book = openpyxl.load_workbook(BytesIO(data))

    assert checklist_of(back(data)) == checklist
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.hyperlink]


def test_the_sheet_is_laid_out_as_offices_know_it() -> None:
    checklist = factory()
    book = openpyxl.load_workbook(BytesIO(workbook(checklist)))
    sheet = book["评价表"]
    column = [[row[at] for at in (1, 2, 3)] for row in sheet.iter_rows(min_row=4, values_only=True)]

    assert book.sheetnames == ["评价表", "基本信息", "单位情况", "指标"]
    assert [cell.value for cell in sheet[3]] == HEADS
    assert sheet["A1"].value == "无废工厂　评价表"
    assert "示范版" in sheet["A2"].value
    assert column[0][0] == "前置条件"
    assert [row[2] for row in column if row[1] == "小计"] == [s.points for s in checklist.sections] + [
        checklist.bonus.cap if checklist.bonus else 0
    ]
    assert column[-1] == [None, "合计", 100]
    assert len(sheet.merged_cells.ranges) >= len(checklist.sections)
    assert sheet.print_title_rows == "$3:$3"
    assert sheet.page_setup.paperSize == 9


def test_a_starred_prerequisite_stands_in_its_section() -> None:
    sheet = openpyxl.load_workbook(BytesIO(workbook(read(EVERYTHING, LEVELS))))["评价表"]

    assert [sheet.cell(4, at).value for at in (2, 3, 4)] == ["第一部分", "材料真实", "★"]


def test_a_changed_text_is_taken_over_and_said() -> None:
    def change(book: Any) -> None:
        row = row_of(book, "计分项 leader")
        book["评价表"].cell(row, 3).value = "有厂长负责的创建机构"
        book["评价表"].cell(row, 6).value = "任命文件\n照片"
        book["评价表"].cell(row, 7).value = "现场、座谈"
        book["评价表"].cell(row_of(book, "前置条件 lawful"), 8).value = None
        book["基本信息"].cell(row_of(book, "信息 edition", "基本信息"), 2).value = "2027.1"

    exact = changed(workbook(factory()), change)
    checklist = checklist_of(exact)

    assert checklist.item("leader").text.zh == "有厂长负责的创建机构"
    assert [e.zh for e in checklist.item("leader").evidence] == ["任命文件", "照片"]
    assert checklist.item("leader").check == ("site", "interview")
    assert checklist.prerequisites[0].basis == ()
    assert checklist.edition == "2027.1"
    assert undecided(exact) == []
    assert "“评估内容”改了，按新的：有厂长负责的创建机构" in [str(note.what) for note in exact.notes]


def test_the_other_language_stays_and_is_pointed_out() -> None:
    def change(book: Any) -> None:
        row = row_of(book, "前置条件 honest")
        book["评价表"].cell(row, 3).value = "材料必须真实"

    exact = changed(workbook(read(EVERYTHING, LEVELS)), change)
    text = checklist_of(exact).prerequisites[0].text

    assert (text.zh, text.en) == ("材料必须真实", "True papers: all of them")
    assert any("没有跟着改" in str(note.what) for note in exact.notes)


@pytest.mark.parametrize(
    ("key", "column", "value", "said"),
    [
        ("计分项 leader", 4, 5, "“分值”写的是“5”，灰色“规则”列是“3”，请改成一致"),
        ("计分项 market", 5, "符合得 2 分", "“评分标准”写的是“符合得 2 分”"),
        ("部分 source", 4, 20, "小计写 20 分，各行分值相加是 18 分，请改成一致"),
        ("合计 total", 4, 120, "“分值”写的是“120”"),
        ("合计 bonus", 4, 12, "“分值”写的是“12”"),
        ("前置条件 lawful", 4, 3, "“分值”写的是“3”"),
        ("计分项 leader", 7, "远程", "“核查方式”写的是“远程”"),
        ("计分项 leader", 3, None, "“评估内容”写的是“”"),
    ],
)
def test_a_contradiction_is_reported_and_the_check_refuses_until_it_is_decided(
    key: str, column: int, value: object, said: str
) -> None:
    def change(book: Any) -> None:
        book["评价表"].cell(row_of(book, key), column).value = value

    exact = changed(workbook(factory()), change)

    assert any(said in sentence for sentence in undecided(exact))
    assert exact.text.count("decide:") >= 1
    with pytest.raises(CriteriaFaults) as faults:
        checklist_of(exact)
    lines = exact.text.splitlines()
    refused = {lines[fault.line - 1].strip().split(":")[0] for fault in faults.value.faults}
    assert refused <= {"decide", "points" if key == "合计 total" else "decide"}


def test_a_changed_indicator_is_reported_too() -> None:
    def change(book: Any) -> None:
        book["指标"].cell(row_of(book, "指标 utilisation", "指标"), 4).value = "综合利用量 ÷ 产生量"

    assert any("“算式”写的是" in sentence for sentence in undecided(changed(workbook(factory()), change)))


def test_an_added_row_keeps_its_figures_and_waits_for_a_rule() -> None:
    def change(book: Any) -> None:
        sheet = book["评价表"]
        row = row_of(book, "部分 source")
        sheet.insert_rows(row)
        for column, value in ((3, "新增一项"), (4, 2), (5, "每少一个扣0.5分")):
            sheet.cell(row, column).value = value

    exact = changed(workbook(factory()), change)

    assert "text: 新增一项" in exact.text
    assert any("每少一个扣0.5分" in sentence for sentence in undecided(exact))
    assert any("各行分值相加是 20 分" in sentence for sentence in undecided(exact))


def test_a_row_taken_out_is_seen_by_its_sum() -> None:
    def change(book: Any) -> None:
        book["评价表"].delete_rows(row_of(book, "计分项 design"))

    assert any("各行分值相加是 16 分" in sentence for sentence in undecided(changed(workbook(factory()), change)))


def test_a_spoilt_rule_is_reported_at_its_row() -> None:
    def change(book: Any) -> None:
        book["评价表"].cell(row_of(book, "计分项 leader"), 13).value = "score: [yes"

    exact = changed(workbook(factory()), change)

    assert any("灰色“规则”列读不懂" in sentence for sentence in undecided(exact))
    assert any("没有核对" in sentence for sentence in undecided(exact))


def test_points_and_reasons_filled_in_by_hand_do_not_matter() -> None:
    def change(book: Any) -> None:
        row = row_of(book, "计分项 leader")
        book["评价表"].cell(row, 9).value = 2.5
        book["评价表"].cell(row, 10).value = "=I5"
        book["评价表"].cell(row, 11).value = "缺任命文件"

    exact = changed(workbook(factory()), change)

    assert checklist_of(exact) == factory()
    assert exact.notes == ()


def test_an_ordinary_workbook_is_not_ours() -> None:
    book = openpyxl.Workbook()
    book.active.append(["序号", "项目", "评估内容", "分值", "评分标准"])
    file = BytesIO()
    book.save(file)

    assert read_exact(parts_of(file.getvalue())) is None


def parts(**files: bytes | str) -> bytes:
    """A workbook of ours with parts added or replaced (``__`` is a slash)."""
    file = BytesIO()
    new = {name.replace("__", "/"): content for name, content in files.items()}
    with zipfile.ZipFile(BytesIO(workbook(factory()))) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name in old.namelist():
            if name not in new:
                made.writestr(name, old.read(name))
        for name, content in new.items():
            made.writestr(name, content)
    return file.getvalue()


def packed_as(method: int) -> bytes:
    """A few bytes that become 200 MB and say they are 1,000, packed in a way no office program uses."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", method) as made, made.open("xl/worksheets/sheet1.xml", "w") as part:
        for _ in range(200):
            part.write(b" " * 1_000_000)
    return file.getvalue().replace((200_000_000).to_bytes(4, "little"), (1_000).to_bytes(4, "little"))


def with_formula() -> bytes:
    book = openpyxl.load_workbook(BytesIO(workbook(factory())))
    book["评价表"].cell(row_of(book, "计分项 leader"), 4).value = "=1+2"
    file = BytesIO()
    book.save(file)
    return file.getvalue()


SHEET = "xl__worksheets__sheet1.xml"
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "不是 .xlsx"),
    "noise": (lambda: b"PK\x03\x04" + bytes(range(256)) * 50, "不是 .xlsx"),
    "old": (lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600, "旧版 .xls"),
    "large": (lambda: b"PK" + b"\0" * 11_000_000, "超过 10 MB"),
    "bomb": (lambda: parts(**{SHEET: b"<a>" + b" " * 300_000_000}), "解开后太大"),
    "rows": (
        lambda: parts(**{SHEET: "<worksheet><sheetData>" + "<row><c><v>1</v></c></row>" * 1_048_576}),
        "解开后太大",
    ),
    "bzip2": (lambda: packed_as(zipfile.ZIP_BZIP2), "压缩方式"),
    "lzma": (lambda: packed_as(zipfile.ZIP_LZMA), "压缩方式"),
    "entities": (lambda: parts(**{SHEET: '<!DOCTYPE a [<!ENTITY b "bbb">]><worksheet>&b;</worksheet>'}), "XML 声明"),
    "utf16": (lambda: parts(**{SHEET: '<!DOCTYPE a [<!ENTITY b "bbb">]><a/>'.encode("utf-16")}), "XML 声明"),
    "broken": (lambda: parts(**{SHEET: "<worksheet><sheetData><row>"}), "打不开"),
    "no book": (lambda: parts(xl__workbook__xml="x")[:-40], "不是 .xlsx"),
    "parts": (lambda: parts(**{f"xl__media__{n}.png": b"x" for n in range(2_100)}), "解开后太大"),
    "formula": (with_formula, "有公式"),
    "strings": (lambda: parts(**{"xl__sharedStrings.xml": "<sst>" + "<si><t>a</t></si>" * 200_000 + "</sst>"}), "太大"),
    "attributes": (lambda: parts(**{SHEET: "<a " + " ".join(f'a{n}="1"' for n in range(200_000)) + "/>"}), "太大"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_workbook_is_refused_with_a_sentence(case: str) -> None:
    make, said = HOSTILE[case]
    data = make()

    def refused() -> None:
        with pytest.raises(Unreadable):
            read_exact(parts_of(data))

    assert quickest(refused, 1) < 1

    tracemalloc.start()
    with pytest.raises(Unreadable) as refusal:
        read_exact(parts_of(data))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert said in refusal.value.sentence.zh
    assert refusal.value.sentence.en
    assert peak < 100_000_000


@pytest.mark.parametrize(
    "name",
    [
        "xl__vbaProject.bin",
        "xl__macrosheets__sheet1.xml",
        "xl__externalLinks__externalLink1.xml",
        "xl__connections.xml",
        "xl__embeddings__oleObject1.bin",
    ],
)
def test_macros_links_and_embedded_files_are_not_opened_and_do_not_hinder(name: str) -> None:
    data = parts(**{name: "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"})

    assert name.replace("__", "/") not in parts_of(data)
    assert checklist_of(back(data)) == factory()


def test_thousands_of_formats_are_not_waited_for() -> None:
    styles = "<styleSheet><cellXfs>" + "<xf/>" * 100_000 + "</cellXfs></styleSheet>"
    data = parts(**{"xl__styles.xml": styles})

    assert checklist_of(back(data)) == factory()
    assert quickest(lambda: back(data), 3) < 3


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_done_to_a_workbook_it_is_read_reported_or_refused(seed: int) -> None:
    rng = Random(seed)
    junk = [
        None,
        0,
        "★",
        "=1",
        "计分项 leader",
        "部分 source",
        "合计 total",
        "a: [1",
        "value: 3",
        "key: {a: b}",
        "points: [1]",
    ]
    book = openpyxl.load_workbook(BytesIO(workbook(factory())))
    for _ in range(rng.choice([1, 3, 20])):
        sheet = rng.choice(book.worksheets)
        row = rng.randint(1, sheet.max_row)
        if rng.random() < 0.2:
            sheet.delete_rows(row)
        elif not isinstance(cell := sheet.cell(row, rng.randint(2, 13)), MergedCell):
            cell.value = rng.choice(junk)
    file = BytesIO()
    book.save(file)
    try:
        exact = read_exact(parts_of(file.getvalue()))
    except Unreadable:
        return
    if exact is not None and not any(note.decide for note in exact.notes):
        assert checklist_of(exact).points == 100


def test_a_workbook_of_many_far_rows_is_read_no_further_than_a_checklist_goes() -> None:
    book = openpyxl.Workbook()
    book.active.title = "评价表"
    book.active["A1048576"] = 1
    file = BytesIO()
    book.save(file)

    assert read_exact(parts_of(file.getvalue())) is None
    assert quickest(lambda: read_exact(parts_of(file.getvalue())), 2) < 2


def test_a_list_of_four_hundred_items_is_written_and_read_in_good_time(tmp_path: Path) -> None:
    items = "".join(
        f"      - {{key: i{n}, text: 第{n}项, points: 0.25, score: yes_no, evidence: [照片]}}\n" for n in range(400)
    )
    checklist = read(f"sections:\n  - key: s\n    title: 甲\n    points: 100\n    items:\n{items}")
    read_back: list[Checklist] = []

    assert quickest(lambda: read_back.append(checklist_of(back(workbook(checklist)))), 8) < 8
    assert read_back[0] == checklist
