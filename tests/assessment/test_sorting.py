"""A prepared file finds its question by its name."""

import pytest

from cellcert.assessment.sorting import keys_for
from cellcert.criteria.text import Text

NUMBERS = {"leader": "1.1", "plan": "1.2", "rules": "1.12"}
PAPERS = {
    "plan": (Text("实施方案（正式印发）"),),
    "leader": (Text("分工文件"), Text("会议纪要")),
    "rules": (Text("会议纪要"),),
}


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("1.1 分工.pdf", ["leader"]),
        ("1.1 1.2 合订本.pdf", ["leader", "plan"]),
        ("1.1、1.12_合订本.pdf", ["leader", "rules"]),
        ("１．２方案.pdf", ["plan"]),
        ("本单位实施方案 2026.pdf", ["plan"]),
        ("会议纪要.pdf", []),  # two questions ask for it
        ("9.9 别的.pdf", []),
        ("2026.1.1 照片.jpg", []),
        ("IMG_1.1.jpg", []),
    ],
)
def test_a_file_goes_where_its_name_says(name: str, keys: list[str]) -> None:
    assert keys_for(name, NUMBERS, PAPERS) == keys
