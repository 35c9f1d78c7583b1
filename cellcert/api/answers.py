"""How every answer of the API leaves: JSON or CSV, an ETag, open to pages of other sites; and refusals as RFC 9457."""

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from flask import Response, request

from cellcert.certificate.open_data import FORMULA
from cellcert.errors import N_, Unusable

JSON, CSV, ATOM = "application/json", "text/csv; charset=utf-8", "application/atom+xml; charset=utf-8"
LARGEST_PAGE, USUAL_PAGE = 1000, 100


def as_json(value: object, *, links: Mapping[str, str] | None = None) -> Response:
    """A JSON answer; ``links`` go into the header."""
    return answered(json.dumps(value, ensure_ascii=False), JSON, links)


def as_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], links: Mapping[str, str] | None) -> Response:
    """The same rows as CSV; what a spreadsheet would work out is kept text by a sign in front."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        cells = ["" if row[name] is None else str(row[name]) for name in columns]
        writer.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells])
    return answered("\ufeff" + text.getvalue(), CSV, links)


def answered(body: str, media_type: str, links: Mapping[str, str] | None = None) -> Response:
    """A body with its tag; asked for again with it, it is not sent again."""
    response = Response(body.encode(), content_type=media_type)
    response.set_etag(hashlib.sha256(body.encode()).hexdigest()[:32])
    response.headers["Cache-Control"] = "public, no-cache"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag, Link"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.vary.add("Accept")
    if links:
        response.headers["Link"] = ", ".join(f'<{address}>; rel="{name}"' for name, address in links.items())
    response.make_conditional(request)
    return response


def wants_csv(ending: str | None) -> bool:
    """Whether the address or the Accept header asks for CSV."""
    return ending == "csv" or request.accept_mimetypes.best_match([JSON, "text/csv"], JSON) == "text/csv"


class Asked:
    """The query of an address, each parameter looked at once; what is wrong is refused by its name."""

    def __init__(self, *known: str) -> None:
        for name, values in request.args.lists():
            if name not in known:
                raise Unusable(N_("没有“{name}”这个参数。"), name=name[:50])
            if len(values) > 1:
                raise Unusable(N_("参数“{name}”只能写一次。"), name=name)

    def text(self, name: str) -> str:
        given = request.args.get(name, "")
        if len(given) > 100:
            raise Unusable(N_("参数“{name}”最多 100 个字符。"), name=name)
        return given

    def whole(self, name: str, least: int, most: int) -> int | None:
        given = request.args.get(name)
        if given is None:
            return None
        if not given.isascii() or not given.isdigit() or not least <= int(given[:12]) <= most:
            raise Unusable(N_("参数“{name}”应当是 {least} 到 {most} 的整数。"), name=name, least=least, most=most)
        return int(given)

    def one_of(self, name: str, options: Sequence[str]) -> str:
        given = request.args.get(name)
        if given is None:
            return ""
        if given not in options:
            raise Unusable(N_("参数“{name}”只能是：{options}。"), name=name, options="、".join(options))
        return given
