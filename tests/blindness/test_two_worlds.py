"""Who must not know a secret gets the same bytes whichever way it is (T-09): page, list, search, file, mail, error."""

import os
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from cellcert import clock
from tests.blindness.worlds import SECRETS, Worlds, differing, fix_chance
from tests.builders import application_in, every_state

# the small comparison: pages that show most, for those who would like to know most
CURIOUS = (
    "/applications", "/desk", "/inbox", "/notices", "/score", "/objections", "/check", "/result", "/withdraw", "/trail",
    "/audit",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "curious"),
    [("what another gave", ("exp", "off", "aud")), ("who objected", ("own",)), ("that it is decided", ("own",))],
)
def test_those_who_would_like_to_know_cannot_tell_the_worlds_apart(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, curious: tuple[str, ...]
) -> None:
    secret = SECRETS[name]
    case = application_in(app, secret.state)
    with time_machine.travel(clock.now(), tick=False):
        fix_chance(monkeypatch)
        worlds = Worlds(app, tmp_path, case, secret)
        for role in curious:
            read = [worlds.read(world, role, _is_telling) for world in ("one", "other")]
            assert differing(*read) == [], role
        known = [worlds.read(world, secret.known_to, _is_telling) for world in ("one", "other")]
        assert differing(*known) != []


def _is_telling(address: str) -> bool:
    path = address.partition("?")[0]
    return path.endswith(CURIOUS) and not path.endswith(".pdf")


def _is_page(address: str) -> bool:
    return ".pdf" not in address and ".xlsx" not in address


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", SECRETS)
def test_nobody_who_must_not_know_can_tell_the_worlds_apart(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    secret = SECRETS[name]
    case = every_state(app)[secret.state]
    with time_machine.travel(clock.now(), tick=False):
        fix_chance(monkeypatch)
        worlds = Worlds(app, tmp_path, case, secret)
        wrong, asked = [], 0
        for role in secret.hidden_from.split():
            one, other = (worlds.read(world, role, bool) for world in ("one", "other"))
            asked += len(one)
            wrong += [f"{role} {found}" for found in differing(one, other)]
        known = [worlds.read(world, secret.known_to, _is_page) for world in ("one", "other")]
        if kept := os.environ.get("CELLCERT_DRILL_REPORT"):
            with Path(kept).open("a", encoding="utf-8") as file:
                seen = len(differing(*known))
                file.write(
                    f"{name}: {asked} answers in each world, {len(wrong)} differ; {secret.known_to} sees {seen}\n"
                )
                file.writelines(f"    {line}\n" for line in wrong)
        assert wrong == []
        assert differing(*known) != [], "nobody sees the difference: the comparison could not fail"
        assert _mails_alike(worlds)


def _mails_alike(worlds: Worlds) -> bool:
    """Mails differ for the experts whose seat is the secret alone."""
    one, other = worlds.mails("one"), worlds.mails("other")
    apart = {to for to in {*one, *other} if one.get(to) != other.get(to)}
    return all(to.startswith("expert") for to in apart)
