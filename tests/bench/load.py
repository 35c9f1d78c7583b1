"""``load``: 600 uploads of 3 MB, then 200 units that submit in the last 10 seconds, half of them twice.

``python -m tests.bench.load sqlite 20`` tries it on one database with fewer units.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread

from sqlalchemy import func, select

from cellcert import clock
from cellcert.assessment.models import Revision
from cellcert.audit.models import IdempotencyKey
from cellcert.checks import City, check_all
from cellcert.criteria.library import Library
from cellcert.database import db, reading
from cellcert.demo.answers import example
from cellcert.evidence.models import Evidence
from cellcert.web import house
from tests.bench import files
from tests.bench.browser import Answered, Browser
from tests.bench.figures import goal, line, machine, nearly_all, say
from tests.bench.serve import CLOCK, follow, set_ahead
from tests.bench.world import Draft, Place, drafts, opened, place, served, write_batch
from tests.builders import hidden

UNITS, EACH, LATE = 200, 3, 10
RUSH = 10.0  # seconds before the deadline
AT_ONCE = 8  # uploads on their way at one moment
CATEGORY = "agency"
P95_MS, LONGEST_MS, UPLOADS_S = 3000, 10_000, 120


def main(databases: Sequence[str] = ("sqlite", "postgresql"), count: int = UNITS) -> None:
    for database in databases:
        say(f"the deadline on {database} (2 workers of 8 threads; the {count} units' browsers share the machine):")
        with place(database) as at:
            _drill(at, count)
        machine()


def _drill(at: Place, count: int) -> None:
    ahead, today = at.folder / "ahead", clock.now().date()
    set_ahead(ahead, 0)
    write_batch(at, today - timedelta(days=60), today + timedelta(days=20))
    real = clock.now
    follow(ahead)
    try:
        programme = Library(at.criteria).programme
        closes = clock.end_of(programme.batches[0].closes, programme.time_zone)
        deadline = closes + timedelta(minutes=programme.grace_minutes)
        _set(ahead, real, deadline - timedelta(minutes=25))
        with opened(at):
            answers = example(house().library.folder, CATEGORY)
            units = list(drafts(CATEGORY, answers, count + LATE, clock.now()))
            checklist = house().library.checklist(CATEGORY)
            wanted = [item.key for item in checklist.items() if item.evidence]
            items = list(dict.fromkeys([item.key for item in checklist.items() if item.required] + wanted))
        with served(at, "tests.bench.serve", "cellcert", **{CLOCK: str(ahead)}) as first:
            browsers = _signed_in(first.port, units)
            _upload(units, browsers, items)
            filled = [_form(browser, unit) for browser, unit in zip(browsers, units, strict=True)]
            _set(ahead, real, deadline - timedelta(seconds=RUSH))
            _rush(units, browsers, filled, count)
        _settle(at, count)
    finally:
        clock.now = real


def _set(ahead: Path, real: Callable[[], datetime], wanted: datetime) -> None:
    set_ahead(ahead, (wanted - real()).total_seconds())


def _signed_in(port: int, units: Sequence[Draft]) -> list[Browser]:
    browsers = [Browser(port) for _ in units]
    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(lambda pair: pair[0].sign_in(f"{pair[1].login}-head"), zip(browsers, units, strict=True)):
            pass
    return browsers


def _upload(units: Sequence[Draft], browsers: Sequence[Browser], items: Sequence[str]) -> None:
    """Every unit's files, as the page's script sends them."""
    tokens = {unit.login: "" for unit in units}

    def one(task: tuple[int, int]) -> tuple[float, int]:
        number, file = task
        unit, browser = units[number], Browser(browsers[number].port, browsers[number].cookies)
        path = f"/applications/{unit.application}/evidence/{items[file % len(items)]}"
        if not tokens[unit.login]:
            tokens[unit.login] = hidden(browser.get(path).text)["csrf_token"]
        fields = {"csrf_token": tokens[unit.login]}
        serial = number * EACH + file
        kind, data = ("jpg", files.photograph(serial)) if serial % 2 else ("pdf", files.scan(serial))
        begun = time.perf_counter()
        media_type = {"jpg": "image/jpeg", "pdf": "application/pdf"}[kind]
        answer = browser.upload(path, fields, f"材料{serial}.{kind}", media_type, data)
        while answer.status in {429, 503}:  # the script waits and tries again
            again.append(answer.status)
            time.sleep(2)
            answer = browser.upload(path, fields, f"材料{serial}.{kind}", media_type, data)
        browser.close()
        if answer.status != 200:
            wrong.append(f"{answer.status} {answer.text[:300]}")
        return (time.perf_counter() - begun) * 1000, len(data)

    wrong: list[str] = []
    again: list[int] = []
    tasks = [(number, file) for file in range(EACH) for number in range(len(units))]
    start = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(one, tasks))
    seconds = time.perf_counter() - start
    size = sum(size for _, size in done) / len(done) / 1e6
    note = f"{len(done)} files of {size:.1f} MB, {AT_ONCE} at once, in {seconds:.0f} s; {len(again)} told to wait"
    line("upload (sent, checked, stored)", [ms for ms, _ in done], note)
    goal("uploads in all", seconds, UPLOADS_S, " s")
    goal("uploads refused or failed", len(wrong), 0)
    for sentence in wrong[:3]:
        say(f"    {sentence}")


def _form(browser: Browser, unit: Draft) -> dict[str, str]:
    """The page that submits, opened before the rush and filled in by the unit's head."""
    page = browser.get(f"/applications/{unit.application}/submit").text
    assert 'name="agreed"' in page, page[page.find("<main") :][:3000]
    browser.close()
    return hidden(page) | {"agreed": "y"}


def _rush(units: Sequence[Draft], browsers: Sequence[Browser], filled: Sequence[dict[str, str]], count: int) -> None:
    """Each unit at its moment; every second one presses twice, at once or a little later; the last ones are late."""
    rng = random.Random(3)
    presses = [(rng.uniform(0, RUSH - 1), number) for number in range(count)]
    presses += [(moment + rng.choice([0.0, 0.3, 1.0]), number) for moment, number in presses[: count // 2]]
    presses += [(RUSH + 1, number) for number in range(count, count + LATE)]
    took: list[tuple[int, float, Answered]] = []
    start = time.perf_counter()

    def press(moment: float, number: int) -> None:
        time.sleep(max(0.0, start + moment - time.perf_counter()))
        mine = Browser(browsers[number].port, dict(browsers[number].cookies))
        begun = time.perf_counter()
        answer = mine.post(f"/applications/{units[number].application}/submit", filled[number])
        took.append((number, (time.perf_counter() - begun) * 1000, answer))
        mine.close()

    threads = [Thread(target=press, args=each) for each in presses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = [ms for number, ms, _ in took if number < count]
    statuses = Counter(answer.status for number, _, answer in took if number < count)
    late = Counter(answer.status for number, _, answer in took if number >= count)
    told = ", ".join(f"{many} × {status}" for status, many in sorted(statuses.items()))
    line("submit in the last 10 s", times, f"longest {max(times):.0f} ms; {told}; late: {dict(late)}")
    goal("submit p95", nearly_all(times), P95_MS, " ms")
    goal("submit, the longest", max(times), LONGEST_MS, " ms")
    goal("answers of 5xx", sum(many for status, many in (statuses + late).items() if status >= 500), 0)
    goal("submitted but told otherwise", sum(many for status, many in statuses.items() if status != 303), 0)
    goal("late ones let in", late[303], 0)


def _settle(at: Place, count: int) -> None:
    """What the database holds afterwards, and ``cellcert check``."""
    with opened(at) as app, reading():
        session = db.session()
        revisions = session.scalar(select(func.count()).select_from(Revision)) or 0
        submitters = session.scalar(select(func.count(Revision.application_id.distinct()))) or 0
        kept = session.scalar(select(func.count()).select_from(Evidence)) or 0
        keys = session.scalar(select(func.count()).select_from(IdempotencyKey)) or 0
        today = clock.day_of(clock.now(), house().library.programme.time_zone)
        found = check_all(City(session, house().library, app.extensions["cellcert"].store, today))
    say(f"  {revisions} revisions of {submitters} units, {kept} files, {keys} forms remembered")
    goal("revisions missing or twice", abs(revisions - count) + abs(submitters - count), 0)
    goal("files missing or twice", abs(kept - (count + LATE) * EACH), 0)
    faults = [f"{name}: {fault}" for name, said in found.items() for fault in said]
    goal("faults found by `cellcert check`", len(faults), 0)
    for fault in faults[:5]:
        say(f"    {fault}")


if __name__ == "__main__":
    main([sys.argv[1]], int(sys.argv[2]))
