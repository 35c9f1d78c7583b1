"""The floor of the review: the rows of its lists and of a score sheet by plain SQL, and a plain save of a sheet."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
from flask import Flask, request
from flask.typing import ResponseReturnValue
from psycopg.types.json import Jsonb

CASES = """
SELECT a.id, a.reference, u.name, a.category, a.division, a.state, a.state_since, a.submitted_at, a.due_at
FROM application a JOIN unit u ON u.id = a.unit_id ORDER BY a.state_since DESC, a.id DESC LIMIT 50
"""
COUNT = "SELECT count(*) AS found FROM application a JOIN unit u ON u.id = a.unit_id"
STATES = "SELECT state, count(*) AS found, min(state_since) AS oldest FROM application GROUP BY state"
UNREAD = "SELECT count(*) AS found FROM message WHERE post_id = %s AND read_at IS NULL"
MINE = """
SELECT a.id, a.reference, u.name, a.category, a.state, s.assigned_at, s.due_at, s.declared_at, h.handed_in_at, h.version
FROM assignment s JOIN application a ON a.id = s.application_id JOIN unit u ON u.id = a.unit_id
LEFT JOIN score_sheet h ON h.application_id = a.id AND h.round = s.round AND h.person_id = s.person_id
WHERE s.person_id = %s AND s.left_at IS NULL ORDER BY s.due_at LIMIT 50
"""
CASE = """
SELECT a.*, u.name AS unit_name, e.category AS list, e.edition, e.sha256 FROM application a
JOIN unit u ON u.id = a.unit_id JOIN edition e ON e.id = a.edition_id WHERE a.id = %s
"""
SEATS = "SELECT * FROM assignment WHERE application_id = %s"
SHEET = "SELECT * FROM score_sheet WHERE application_id = %s AND person_id = %s"
REVISION = "SELECT * FROM revision WHERE application_id = %s ORDER BY number DESC LIMIT 1"
RESULT = "SELECT * FROM round_result WHERE application_id = %s ORDER BY round DESC LIMIT 1"
SAVE = """
UPDATE score_sheet SET answers = %s, comments = %s, opinion = %s, version = version + 1, saved_at = %s
WHERE application_id = %s AND person_id = %s
"""
ONCE_SEEN = "SELECT * FROM idempotency_key WHERE actor = %s AND action = 'score' AND key = %s"
ONCE = """
INSERT INTO idempotency_key (actor, action, key, payload_hash, at, location, message, person_id)
VALUES (%s, 'score', %s, %s, %s, '', '', %s)
"""
HEAD = "SELECT * FROM audit_head WHERE id = 1 FOR UPDATE"
EVENT = """
INSERT INTO audit_event (seq, at, kind, object, person_id, actor, role, data, previous, hash)
VALUES (%s, %s, %s, %s, %s, 'floor', 'expert', %s, %s, %s)
"""
MOVE = "UPDATE audit_head SET seq = %s, hash = %s WHERE id = 1"
TABLE = """\
{% autoescape true %}
<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><title>{{ title }}</title></head>
<body>
<h1>{{ title }} {{ person.name }} {{ unread.found }}</h1>
{% for row in states %}<p>{{ row.state }} {{ row.found }} {{ row.oldest }}</p>{% endfor %}
<table>
{% for row in rows %}<tr>{% for value in row.values() %}<td>{{ value }}</td>{% endfor %}</tr>{% endfor %}
</table>
</body>
</html>
{% endautoescape %}
"""
PAGE = """\
{% autoescape true %}
<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><title>{{ case.unit_name }}</title></head>
<body>
<h1>{{ case.unit_name }} {{ case.list }} {{ case.edition }}</h1>
<p>{{ person.name }} {{ unread.found }} {{ case.state }} {{ result }} {{ sheet.saved_at }} {{ sheet.opinion }}</p>
{% for seat in seats %}<p>{{ seat.person_id }} {{ seat.due_at }}</p>{% endfor %}
<table>
{% for key, value in revision.answers["items"].items() %}
<tr><th>{{ key }}</th><td>{{ value }}</td><td>{{ sheet.answers[key] }}</td><td>{{ sheet.comments[key] }}</td></tr>
{% endfor %}
</table>
<ul>
{% for file in revision.evidence %}
<li>{{ file.item }} {{ file.name }} {{ file.caption }} {{ file.size }}</li>
{% endfor %}
</ul>
</body>
</html>
{% endautoescape %}
"""


def tell(ask: Callable[..., Any], at: datetime, kind: str, about: str, who: object, told: dict[str, Any]) -> None:
    """One event at the end of the chain."""
    head = ask(HEAD).fetchone()
    seq = head["seq"] + 1
    chained = hashlib.sha256((head["hash"] + json.dumps(told)).encode()).hexdigest()
    ask(EVENT, [seq, at, kind, about, who, Jsonb(told), head["hash"], chained])
    ask(MOVE, [seq, chained])


def add(app: Flask, connection: Callable[[], psycopg.Connection[dict[str, Any]]], who_asks: str) -> None:
    """The review's pages of the bare application; ``who_asks`` is the statement that finds a person."""
    table, sheet = app.jinja_env.from_string(TABLE), app.jinja_env.from_string(PAGE)

    def one(sql: str, *values: object) -> Any:
        return connection().execute(sql, values).fetchone()

    def every(sql: str, *values: object) -> Any:
        return connection().execute(sql, values).fetchall()

    def unread(person: Any) -> Any:
        return one(UNREAD, person["post_id"])

    @app.get("/cases/<login>")
    def cases(login: str) -> ResponseReturnValue:
        with connection().transaction():
            person = one(who_asks, login)
            return table.render(
                title=one(COUNT)["found"], person=person, unread=unread(person), states=every(STATES), rows=every(CASES)
            )

    @app.get("/mine/<login>")
    def mine(login: str) -> ResponseReturnValue:
        with connection().transaction():
            person = one(who_asks, login)
            rows = every(MINE, person["person_id"])
            return table.render(title="mine", person=person, unread=unread(person), states=[], rows=rows)

    @app.get("/sheet/<login>/<int:application>")
    def show_sheet(login: str, application: int) -> ResponseReturnValue:
        with connection().transaction():
            person = one(who_asks, login)
            return sheet.render(
                person=person, unread=unread(person), case=one(CASE, application), seats=every(SEATS, application),
                sheet=one(SHEET, application, person["person_id"]), revision=one(REVISION, application),
                result=one(RESULT, application),
            )  # fmt: skip

    @app.post("/sheet/<login>/<int:application>")
    def save_sheet(login: str, application: int) -> ResponseReturnValue:
        """The same rows read and the same rows written as the application's save."""
        with connection().transaction():
            at, person = datetime.now(UTC).replace(tzinfo=None), one(who_asks, login)
            who = person["person_id"]
            one(ONCE_SEEN, login, request.form["key"])
            connection().execute(ONCE, [login, request.form["key"], "0" * 64, at, who])
            one(CASE + " FOR UPDATE OF a", application)
            every(SEATS, application)
            one(SHEET, application, who)
            one(REVISION, application)
            one(RESULT, application)
            given = {name.removeprefix("items."): value for name, value in request.form.items() if name[:6] == "items."}
            words = {name[8:]: value for name, value in request.form.items() if name.startswith("comment.")}
            connection().execute(SAVE, [Jsonb(given), Jsonb(words), request.form["opinion"], at, application, who])
            told = {"items": sorted(given)}
            tell(connection().execute, at, "score", f"application:{application}", who, told)
        return "", 303
