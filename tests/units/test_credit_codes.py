"""Credit codes: true ones pass, mistyped and early ones are doubtful, nonsense is none."""

import pytest

from cellcert.units.rules import (
    CodeState,
    code_state,
    compact,
    email_fault,
    line_fault,
    name_fault,
    name_key,
    phone_fault,
    text_fault,
)


@pytest.mark.parametrize(
    "code",
    [
        "91110000600037341L", "91310110666007217T", "91310115591693856A",
        # fictitious: region 000000 cannot exist
        "91000000MA0DEM013N", "91000000MA0DEM021H", "11000000MB0DEM0333", "12000000MB0DEM041T", "93000000MA0DEM056X",
        "54000000MF0DEM062X",
    ],
)  # fmt: skip
def test_a_true_code_passes(code: str) -> None:
    assert code_state(code) is CodeState.VALID


@pytest.mark.parametrize("code", ["91350100M0001TGQXM", "91350211M0000XUF46", "91350203M0001FUE2P"])
def test_an_early_code_with_a_wrong_check_digit_is_doubtful(code: str) -> None:
    assert code_state(code) is CodeState.DOUBTFUL


@pytest.mark.parametrize("code", ["91110000600037341X", "A1110000600037341L"])
def test_a_mistyped_code_is_doubtful_too(code: str) -> None:
    assert code_state(code) is CodeState.DOUBTFUL


@pytest.mark.parametrize(
    "code",
    [
        "",
        "12345",
        "91110000600037341",
        "91110000600037341LL",
        "9111000060003734IL",
        "O1110000600037341L",
        "统一社会信用代码",
        "9" * 400,
    ],
)
def test_nonsense_is_no_code(code: str) -> None:
    assert code_state(code) is None


@pytest.mark.parametrize("typed", ["９１０００００0MA0DEM013N", "91000000ma0dem013n", " 9100 0000-MA0DEM-013N\u3000"])
def test_one_code_is_stored_in_one_way(typed: str) -> None:
    assert compact(typed) == "91000000MA0DEM013N"


def test_every_single_slip_of_a_true_code_is_noticed() -> None:
    true = "91000000MA0DEM013N"
    for place in range(18):
        for sign in "0123456789ABCDEFGHJKLMNPQRTUWXY":
            if sign != true[place]:
                assert code_state(true[:place] + sign + true[place + 1 :]) is not CodeState.VALID


def test_names_that_look_alike_are_one_name() -> None:
    assert name_key("示例（一）厂") == name_key("示例(一) 厂") == name_key("示例（一）·厂")
    assert name_key("示例一厂") != name_key("示例二厂")


@pytest.mark.parametrize(
    ("phone", "good"),
    [("13800000000", True), ("0391-1234567", True), ("+86 138 0000 0000", True), ("12", False), ("110", False)],
)
def test_a_phone_number_can_be_called(phone: str, good: bool) -> None:
    assert (phone_fault(phone) is None) is good


def test_a_name_brings_no_lines_and_no_links_into_a_mail() -> None:
    assert not any(map(name_fault, ("示例厂", "Shili Paper Co., Ltd.", "J. Wang", "示例·网络（北京）公司", "No.3 厂")))
    links = (
        "https://a.example/x",
        "打开www.a.example",
        "领奖evil.com吧",
        "ｅｖｉｌ．ｃｏｍ",
        "王\n请打开",
        "王\u2028请",
    )
    assert all(map(name_fault, links))
    assert line_fault("示例路1号\r\n2号")
    assert line_fault("示例路1号\u202e") == text_fault("\u202e")


def test_signs_nobody_can_see_are_refused() -> None:
    assert text_fault("示例厂") is None
    assert text_fault("两行\n简介") is None
    assert all(text_fault(f"示例{sign}厂") for sign in "\x00\u202e\u200b\x1b\ue000")


@pytest.mark.parametrize(
    ("email", "good"),
    [
        ("name@example.com", True),
        ("a.b+c@x.example.org", True),
        ("no at", False),
        ("a@b", False),
        ("a@b.c\r\nBcc: x@y.z", False),
    ],
)
def test_an_email_address_is_one_line(email: str, good: bool) -> None:
    assert (email_fault(email) is None) is good
