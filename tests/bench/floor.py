"""``floor``: the self-assessment's page and an item's autosave beside bare Flask, on PostgreSQL with two workers."""

import json
from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from cellcert import clock
from cellcert.database import db
from cellcert.demo.city import PASSWORD
from tests.bench.browser import Browser
from tests.bench.figures import goal, line, machine, middle, once, say
from tests.bench.world import Draft, Place, drafts, opened, place, served, write_batch
from tests.builders import hidden
from tests.criteria import big

WARM, ROUNDS = 30, 300
PAGE_FACTOR, PAGE_MS = 6, 25
SAVE_FACTOR, SAVE_MS = 4, 12
ITEM, OTHER = "item_9", "item_19"  # judged: a number is typed; the floor writes beside it, not over it


def main() -> None:
    say("beside bare Flask (PostgreSQL, 2 workers of 8 threads each, one client on one connection, warm, in turn):")
    say("  the floor reads the same rows in 4 statements and prints them in a plain loop, without session, CSRF,")
    say("  rights, score or layout; its barest save is one UPDATE and a commit, its other writes the rows ours writes")
    for count in (40, 345):
        with place("postgresql") as at:
            draft = _draft(at, count)
            queries = _queries(at, draft, lambda client, draft=draft: client.get(section(draft)))
            environment = {"CELLCERT_WORKER_INSIDE": "true"}
            with (
                served(at, "tests.bench.serve", "cellcert", **environment) as ours,
                served(at, "tests.bench.serve", "bare") as bare,
            ):
                ours.sign_in(draft.login)
                _page(ours, bare, draft, count, queries)
                _save(at, ours, bare, draft, count)
    machine()


def section(draft: Draft) -> str:
    return f"/applications/{draft.application}/assessment/section_0"


def _draft(at: Place, count: int) -> Draft:
    """One more unit with a full draft of a checklist of ``count`` items, all on one page."""
    now = clock.now()
    write_batch(at, (now - timedelta(days=60)).date(), (now + timedelta(days=30)).date())
    category = {40: "factory", 345: "park"}[count]
    source = big.checklist(count, section=count).replace("category: factory", f"category: {category}")
    (at.criteria / f"{category}.yaml").write_text(source, encoding="utf-8")
    with opened(at):
        return next(drafts(category, big.answers(count), 1, now))


def _queries(at: Place, draft: Draft, ask: Callable[[FlaskClient], TestResponse]) -> int:
    """How many statements a request sends, asked in this process."""
    sent: list[str] = []
    with opened(at) as app:
        engine = db.engine
    client = app.test_client()
    assert client.post("/sign-in", data={"login": draft.login, "password": PASSWORD}).status_code == 303
    client.get(section(draft))
    event.listen(engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    answer = ask(client)
    assert answer.status_code == 200, answer.text[:500]
    engine.dispose()
    return len(sent)


def in_turn(floor: Callable[[], object], ours: Callable[[], object]) -> tuple[list[float], list[float]]:
    """Floor, ours, floor, ours…: what slows the machine down slows both."""
    for _ in range(WARM):
        floor()
        ours()
    pairs = [(once(floor), once(ours)) for _ in range(ROUNDS)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _page(ours: Browser, bare: Browser, draft: Draft, count: int, queries: int) -> None:
    plain, page = bare.get(f"/{draft.login}/{draft.application}"), ours.get(section(draft))
    assert plain.status == page.status == 200
    floor, times = in_turn(lambda: bare.get(f"/{draft.login}/{draft.application}"), lambda: ours.get(section(draft)))
    line(f"bare page of {count} items", floor, f"4 queries, {len(plain.body) // 1000} kB")
    line(f"self-assessment page of {count} items", times, f"{queries} queries, {len(page.body) // 1000} kB")
    say(f"  {middle(times) / middle(floor):.1f} × the floor")
    if count == 40:
        goal("page ÷ floor", middle(times) / middle(floor), PAGE_FACTOR, " ×")
        goal("page p50", middle(times), PAGE_MS, " ms")


def _save(at: Place, ours: Browser, bare: Browser, draft: Draft, count: int) -> None:
    page = ours.get(section(draft)).text
    place = f"/applications/{draft.application}/assessment/places/item/{ITEM}"
    turn = iter(range(10_000))

    def floor() -> None:
        answer = bare.post(f"/{draft.application}/item/{OTHER}", {"value": str(next(turn) % 10), "note": "说明"})
        assert answer.status == 200

    def same_rows() -> None:
        fields = {"value": str(next(turn) % 10), "note": "说明"}
        assert bare.post(f"/{draft.login}/{draft.application}/item/{OTHER}", fields).status == 200

    kept = hidden(page)
    fields = {"csrf_token": kept["csrf_token"], "seen": kept[f"seen.item.{ITEM}"], f"notes.item.{ITEM}": "说明"}

    def autosave() -> None:
        answer = ours.post(place, fields | {f"items.{ITEM}": str(next(turn) % 10)})
        assert answer.status == 200, answer.text[:500]
        fields["seen"] = json.loads(answer.body)["seen"]

    sent = _queries(at, draft, lambda client: client.post(place, data=fields | {f"items.{ITEM}": "5"}))
    fields["seen"] = hidden(ours.get(section(draft)).text)[f"seen.item.{ITEM}"]
    plain, times = in_turn(floor, autosave)
    line(f"bare save beside {count} items", plain, "1 statement and the commit")
    line(f"autosave of one of {count} items", times, f"{sent} queries")
    same, again = in_turn(same_rows, autosave)
    line("bare save of the same rows", same, "8 statements and the commit")
    say(f"  {middle(times) / middle(plain):.1f} × one UPDATE, {middle(again) / middle(same):.1f} × the same rows")
    if count == 40:
        goal("autosave ÷ bare save of the same rows", middle(again) / middle(same), SAVE_FACTOR, " ×")
        goal("autosave p50", middle(times), SAVE_MS, " ms")
