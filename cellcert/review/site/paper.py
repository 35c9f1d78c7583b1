"""The record of a visit on paper."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cellcert.actors import ROLE_LABELS, Role
from cellcert.application.models import Application
from cellcert.criteria.programme import Programme
from cellcert.paper import picture, render, to_pdf
from cellcert.review.site.models import Visit
from cellcert.review.site.rules import FIELD, TAKEN_FROM, VERDICTS, fingerprint


def print_record(
    application: Application, visit: Visit, told: Mapping[str, Any], programme: Programme, *, names: bool
) -> bytes:
    """The record as A4 pages; without ``names`` the experts stay unnamed."""
    zone = ZoneInfo(programme.time_zone)

    def said(moment: str) -> str:
        return f"{datetime.fromisoformat(moment).astimezone(zone):%Y-%m-%d %H:%M}"

    experts = {one["id"] for one in told["team"] if one["role"] == Role.EXPERT}
    hidden = [] if names else [one for one in told["team"] if one["id"] in experts]
    team = [
        f"{one['name']}（{'组长，' if one['leads'] else ''}{ROLE_LABELS[Role(one['role'])]}）"
        for one in told["team"]
        if one not in hidden
    ]
    if hidden:
        team.append(f"评审专家 {len(hidden)} 位{'（其中一位任组长）' if any(one['leads'] for one in hidden) else ''}")
    signatures = [
        {
            "side": one.side, "name": one.name if names or one.by not in experts else "评审专家", "title": one.title,
            "at": said(one.at.isoformat()),
            "drawn": picture(_svg(one.line)) if names or one.by not in experts else "",
        }
        for one in visit.signed
    ]  # fmt: skip
    html = render(
        "on_site_record.html",
        number=application.reference or "",
        office=programme.authority.name.zh,
        pairs=[
            ("申报单位", told["unit"]), ("类别", programme.category(told["category"]).name.zh),
            ("核查时间", said(told["starts_at"])), ("核查地点", told["place"]), ("核查组", "；".join(team)),
        ],
        items=[_row(one, said) for one in told["items"]],
        signatures={side: [one for one in signatures if one["side"] == side] for side in ("team", "unit")},
        statements=[(one["name"], said(one["at"]), one["text"]) for one in visit.statements],
        unsigned_because=visit.unsigned_because,
        scan=visit.scan_name,
        closed=said(visit.closed_at.isoformat()) if visit.closed_at else "",
        hash=(visit.record_hash or fingerprint(told)),
    )  # fmt: skip
    return to_pdf(html, "print.css", "on_site_record.css")


def _row(one: Mapping[str, Any], said: Any) -> dict[str, Any]:  # noqa: ANN401
    count = ""
    if one["passing"] is not None:
        count = f"抽查 {one['checked']} 个{one['of']}，{one['passing']} 个合格"
    photos = [f"{said(photo['taken_at'])}（{TAKEN_FROM[photo['taken_from']]}）" for photo in one["photos"]]
    return {
        "number": one["number"], "text": one["text"], "verdict": VERDICTS.get(one["verdict"], ""), "what": one["what"],
        "suggestion": one["suggestion"], "count": count, "planned": one["planned"], "of": one["of"], "photos": photos,
    }  # fmt: skip


def _svg(line: str) -> str:
    width, height = FIELD
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<path d="{line}" fill="none" stroke="#000" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/>'
        "</svg>"
    )
