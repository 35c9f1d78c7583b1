"""The floor: bare Flask that reads the same rows by plain SQL through the same driver, and prints them in a plain loop.

It has no session, no sign-in, no CSRF token, no permissions, no scoring, no languages and no layout; whose rows they
are stands in the address. The barest save is one UPDATE and a commit; the other leaves the same rows behind as ours
does: the answer, the draft's own row and the chained event, with nothing checked.
"""

import threading
from datetime import UTC, datetime

import psycopg
from flask import Flask, request
from flask.typing import ResponseReturnValue
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from tests.bench import bare_review

PERSON = """
SELECT s.*, p.name, p.login, p.active, o.role, o.unit_id FROM sign_in s
JOIN person p ON p.id = s.person_id JOIN post o ON o.id = s.post_id
WHERE p.login = %s ORDER BY s.id DESC LIMIT 1
"""
CASE = """
SELECT a.*, u.name AS unit_name, u.head, e.category AS list, e.edition, e.sha256 FROM application a
JOIN unit u ON u.id = a.unit_id JOIN edition e ON e.id = a.edition_id WHERE a.id = %s
"""
ANSWERS = "SELECT * FROM answer WHERE application_id = %s ORDER BY kind, key"
FILES = "SELECT * FROM evidence WHERE application_id = %s AND removed_at IS NULL ORDER BY item, position, id"
SAVE = "UPDATE answer SET value = %s, note = %s, saved_at = now() WHERE application_id = %s AND kind = %s AND key = %s"
TOUCH = "UPDATE application SET edited_at = %s WHERE id = %s"
PAGE = """\
{% autoescape true %}
<!doctype html>
<html lang="zh-CN">
<head><meta charset="utf-8"><title>{{ case.unit_name }}</title></head>
<body>
<h1>{{ case.unit_name }} {{ case.list }} {{ case.edition }}</h1>
<p>{{ person.name }} {{ person.role }} {{ case.state }} {{ case.batch }} {{ case.edited_at }}</p>
<table>
{% for row in answers %}
<tr><th>{{ row.kind }}</th><td>{{ row.key }}</td><td>{{ row.value }}</td><td>{{ row.note }}</td>
<td>{{ row.saved_by }}</td><td>{{ row.saved_at }}</td></tr>
{% endfor %}
</table>
<ul>
{% for file in files %}
<li>{{ file.item }} {{ file.name }} {{ file.caption }} {{ file.size }} {{ file.media_type }} {{ file.uploaded_at }}</li>
{% endfor %}
</ul>
</body>
</html>
{% endautoescape %}
"""


def build(database: str) -> Flask:
    """The bare application before a PostgreSQL database; each thread keeps its connection."""
    app, mine = Flask("bare"), threading.local()
    template = app.jinja_env.from_string(PAGE)
    address = database.replace("postgresql+psycopg://", "postgresql://")

    def connection() -> psycopg.Connection[dict[str, object]]:
        if not hasattr(mine, "connection"):
            mine.connection = psycopg.connect(address, row_factory=dict_row)
        return mine.connection  # type: ignore[no-any-return]

    @app.get("/<login>/<int:application>")
    def page(login: str, application: int) -> ResponseReturnValue:
        with connection().transaction():
            ask = connection().execute
            return template.render(
                person=ask(PERSON, [login]).fetchone(),
                case=ask(CASE, [application]).fetchone(),
                answers=ask(ANSWERS, [application]).fetchall(),
                files=ask(FILES, [application]).fetchall(),
            )

    @app.post("/<int:application>/<kind>/<key>")
    def save(application: int, kind: str, key: str) -> ResponseReturnValue:
        with connection().transaction():
            changed = connection().execute(
                SAVE, [Jsonb(request.form["value"]), request.form["note"], application, kind, key]
            )
        return {"saved": changed.rowcount}

    @app.post("/<login>/<int:application>/<kind>/<key>")
    def save_same(login: str, application: int, kind: str, key: str) -> ResponseReturnValue:
        """The person, the draft and its answers read, and the rows written that an autosave writes."""
        with connection().transaction():
            ask, at = connection().execute, datetime.now(UTC).replace(tzinfo=None)
            person = ask(PERSON, [login]).fetchone() or {}
            ask(CASE + " FOR UPDATE OF a", [application])
            ask(ANSWERS, [application]).fetchall()
            changed = ask(SAVE, [Jsonb(request.form["value"]), request.form["note"], application, kind, key])
            ask(TOUCH, [at, application])
            bare_review.tell(ask, at, "answer", f"application:{application}", person["person_id"], {"places": [key]})
        return {"saved": changed.rowcount}

    bare_review.add(app, connection, PERSON)
    return app
