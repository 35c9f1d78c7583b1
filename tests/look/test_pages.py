"""What every page must keep, whoever wrote it."""

import re

import pytest
from flask import Flask

from cellcert.paths import PACKAGE, shipped
from tests.look.gallery import SAMPLES
from tests.look.tags import Tag, Tags

PAGES = [*SAMPLES, "accessibility"]


def tags(site: Flask, path: str) -> list[Tag]:
    answer = site.test_client().get(path)
    assert answer.status_code == 200
    return Tags(answer.text).found


@pytest.mark.parametrize("page", PAGES)
def test_no_page_carries_a_style_or_a_script_of_its_own(site: Flask, page: str) -> None:
    for tag, attrs in tags(site, f"/{page}"):
        assert tag != "style"
        assert tag != "script" or attrs.get("src")
        assert not {name for name in attrs if name == "style" or name.startswith("on")}, attrs


def test_no_template_for_the_screen_writes_a_style_or_an_event_into_the_page() -> None:
    forbidden = re.compile(r"<style|\sstyle=|\son[a-z]+=[\"']|javascript:|https?://")
    for path in shipped("templates").rglob("*.html"):
        assert "print" in path.parts or not forbidden.search(path.read_text("utf-8")), path


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_one_heading_and_ids_that_are_its_own(site: Flask, page: str) -> None:
    found = tags(site, f"/{page}")
    ids = [attrs["id"] for _, attrs in found if attrs.get("id")]

    assert [tag for tag, _ in found].count("h1") == 1
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("page", PAGES)
def test_every_answer_has_a_label_and_every_reference_a_target(site: Flask, page: str) -> None:
    found = tags(site, f"/{page}")
    ids = {attrs["id"] for _, attrs in found if attrs.get("id")}
    labelled = {attrs["for"] for tag, attrs in found if tag == "label"}

    for tag, attrs in found:
        if tag in {"input", "select", "textarea"} and attrs.get("type") != "hidden":
            assert attrs["id"] in labelled
        for name in ("aria-describedby", "aria-labelledby"):
            assert set((attrs.get(name) or "").split()) <= ids
        if tag == "a" and (attrs.get("href") or "").startswith("#") and attrs["href"] != "#":
            assert (attrs["href"] or "")[1:] in ids


def test_a_mistake_is_said_at_the_top_and_at_its_field(site: Flask) -> None:
    found = tags(site, "/form")
    name = next(attrs for tag, attrs in found if attrs.get("name") == "name")

    assert ("a", {"href": "#name"}) in found
    assert (name["aria-invalid"], name["aria-describedby"]) == ("true", "name-hint name-error")


def test_a_measured_figure_is_typed_as_text_so_that_it_is_never_lost(site: Flask) -> None:
    used = next(attrs for _, attrs in tags(site, "/form") if attrs.get("name") == "used")

    assert (used["type"], used["inputmode"], used["value"]) == ("text", "decimal", "7240.50")


def test_forms_carry_the_token_the_key_and_the_version_by_themselves(site: Flask) -> None:
    hidden = [attrs["name"] for _, attrs in tags(site, "/confirm") if attrs.get("type") == "hidden"]

    assert hidden.count("csrf_token") == 2  # the page's form, and signing out
    assert hidden.count("idempotency_key") == hidden.count("version") == 1


def test_a_guest_may_sign_in_and_a_member_signs_out_by_a_form(site: Flask) -> None:
    guest, member = tags(site, "/queue?guest"), tags(site, "/queue")

    assert any(tag == "form" and (attrs["method"], attrs["action"]) == ("post", "/sign-out") for tag, attrs in member)
    assert any(attrs.get("href") == "/sign-in" for _, attrs in guest)
    assert not any(tag == "form" for tag, _ in guest)


def test_switching_language_or_print_comes_back_to_the_same_page(site: Flask) -> None:
    places = [attrs.get("href") for _, attrs in tags(site, "/queue?guest")]

    assert "/language/en?next=/queue?guest" in places
    assert "/large-print/1?next=/queue?guest" in places


def test_the_page_says_its_language_and_its_size(site: Flask) -> None:
    assert tags(site, "/queue")[0] == ("html", {"lang": "zh-CN"})
    assert tags(site, "/queue?en&large")[0] == ("html", {"lang": "en", "class": "large-print"})


def test_what_people_typed_is_shown_as_text(site: Flask) -> None:
    with site.test_request_context():
        shown = site.jinja_env.from_string(
            "{% from 'macros/page.html' import page_header, definition %}"
            "{{ page_header(name) }}{{ definition([(name, name)]) }}"
        ).render(name="</h1><script>")

    assert "<script" not in shown


# the tokens of the style sheet, measured


def tokens(block: str) -> dict[str, str]:
    css = (PACKAGE / "static" / "cellcert.css").read_text("utf-8")
    found = re.search(rf"^{re.escape(block)} {{(.*?)^}}", css, re.S | re.M)
    assert found is not None
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", found[1]))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


PAIRS = [
    ("ink", "paper"), ("muted", "paper"), ("muted", "soft"), ("muted", "green-soft"), ("green", "paper"),
    ("green", "green-soft"), ("green-deep", "green-soft"), ("red", "paper"), ("red", "red-soft"),
    ("amber", "amber-soft"), ("ink", "focus"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "ground"), PAIRS)
def test_words_stand_out_from_their_ground(words: str, ground: str) -> None:
    usual = tokens(":root")
    large = usual | tokens("html.large-print")

    assert contrast(usual[words], usual[ground]) >= 4.5
    assert contrast(large[words], large[ground]) >= 7
