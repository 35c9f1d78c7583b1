"""The description of the interface as OpenAPI 3.1: what stands here is what the tests hold every answer against."""

from collections.abc import Sequence
from typing import Any

from cellcert.api.answers import LARGEST_PAGE, USUAL_PAGE
from cellcert.api.shapes import CRITERIA_COLUMNS, NOTICE_COLUMNS
from cellcert.application.lifecycle import State
from cellcert.certificate import open_data
from cellcert.certificate.register_queries import STATUSES
from cellcert.certificate.rules import Status
from cellcert.criteria.programme import Programme

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
DAY: Schema = {"type": "string", "format": "date"}
URL: Schema = {"type": "string", "format": "uri"}
COUNT: Schema = {"type": "integer", "minimum": 0}
LARGEST_KEY = 2**31 - 1
# no database keeps the sign 0
WORDS: Schema = {"type": "string", "maxLength": 100, "pattern": "^[^\\u0000]*$"}


def document(programme: Programme, address: str) -> Schema:
    """The whole description, with the categories and divisions of the programme."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{programme.name.zh}开放数据",
            "version": "1",
            "summary": "Progress, register, certificate status, notices and criteria; read only.",
            "description": programme.open_data_licence.zh,
        },
        "servers": [{"url": address}],
        "paths": _paths(programme),
        "components": {"schemas": _schemas(), "responses": _responses()},
    }


def _paths(programme: Programme) -> Schema:
    register = [
        _query("q", "名称、拼音首字母、编号或统一社会信用代码", WORDS),
        _query("category", "类别代号", {"enum": [one.key for one in programme.categories]}),
        _query("division", "管理主体代号", {"enum": [one.key for one in programme.divisions]}),
        _query("year", "认定年份", {"type": "integer", "minimum": 1, "maximum": 9999}),
        _query("status", "状态；不写则为目前持有称号的", {"enum": [one.value for one in STATUSES]}),
        _query("after", "从这个证书编号之后开始", WORDS),
        _limit(),
    ]
    notices = [
        _query("after", "从这个公示编号之后（更早）开始", {"type": "integer", "minimum": 1, "maximum": LARGEST_KEY}),
        _limit(),
    ]
    serial = _in_path("serial", "证书编号", {"type": "string", "minLength": 1})
    number = _in_path("notice_id", "公示编号", {"type": "integer", "minimum": 0, "maximum": LARGEST_KEY})
    category = _in_path("category", "类别代号", {"enum": [one.key for one in programme.categories]})
    paths: Schema = {}
    for path, name, summary, parameters in (
        ("tally", "Tally", "认定进展：目标、已认定、各类别和管理主体", []),
        ("register", "Register", "认定名录，一页一页地取", register),
        ("notices", "Notices", "公示公告，新的在前", notices),
        ("criteria", "Criteria", "现行评价标准", []),
    ):
        paths[f"/api/v1/{path}"] = _get(path, summary, parameters, name, csv=True)
        paths[f"/api/v1/{path}.csv"] = _get(f"{path}_csv", f"{summary}（CSV）", parameters, None, csv=True)
    paths["/api/v1/register/{serial}"] = _get("cell", "名录中的一个单位", [serial], "Cell")
    paths["/api/v1/certificates/{serial}"] = _get("certificate", "证书现在的状态", [serial], "Certificate")
    paths["/api/v1/notices/{notice_id}"] = _get("notice", "一份公示", [number], "Notice")
    paths["/api/v1/criteria/{category}"] = _get("checklist", "一个类别的现行标准", [category], "Checklist")
    return paths


def _get(name: str, summary: str, parameters: Sequence[Schema], schema: str | None, *, csv: bool = False) -> Schema:
    content: Schema = {"text/csv": {"schema": TEXT}} if csv else {}
    if schema:
        content = {"application/json": {"schema": _ref(schema)}, **content}
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "parameters": [*parameters, _since()],
            "responses": {
                "200": {"description": summary, "headers": _headers(), "content": content},
                "304": {"description": "与 If-None-Match 所写的相同，没有变化"},
                "400": {"$ref": "#/components/responses/Problem"},
                "404": {"$ref": "#/components/responses/Problem"},
                "422": {"$ref": "#/components/responses/Problem"},
                "503": {"$ref": "#/components/responses/Problem"},
            },
        }
    }


def _headers() -> Schema:
    return {
        "ETag": {"description": "内容的标记", "schema": TEXT},
        "Link": {"description": 'rel="next"：下一页的地址；最后一页没有', "schema": TEXT},
    }


def _query(name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _in_path(name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema}


def _limit() -> Schema:
    schema = {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": USUAL_PAGE}
    return _query("limit", "一页最多几条", schema)


def _since() -> Schema:
    return {"name": "If-None-Match", "in": "header", "description": "上次回答的 ETag", "schema": TEXT}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _map(**fields: Schema) -> Schema:
    return {"type": "object", "required": list(fields), "properties": fields}


def _list(of: str) -> Schema:
    return {"type": "array", "items": _ref(of)}


def _or_none(schema: Schema) -> Schema:
    return schema | {"type": [schema["type"], "null"]}


def _page(of: str) -> Schema:
    return _map(items=_list(of), next=_or_none(TEXT))


def _schemas() -> Schema:
    cell = dict.fromkeys(open_data.FIELDS, TEXT) | {
        "awarded_on": DAY, "valid_until": DAY, "url": URL, "status": {"enum": [one.value for one in Status]},
    }  # fmt: skip
    described = {name: schema | {"description": open_data.FIELDS[name]} for name, schema in cell.items()}
    notice = dict.fromkeys(("id", *NOTICE_COLUMNS, "category_name", "division_name"), TEXT) | {
        "id": {"type": "integer"}, "published_on": DAY, "ends_on": DAY, "url": URL,
        "state": {"enum": [one.value for one in State]},
    }  # fmt: skip
    checklist = dict.fromkeys(CRITERIA_COLUMNS, TEXT) | {
        "name": _ref("Text"), "in_force_from": _or_none(DAY), "url": URL, "file": URL,
    }  # fmt: skip
    return {
        "Text": _map(zh=TEXT, en=TEXT),
        "Tally": _map(
            as_of=DAY, target=COUNT, target_by=DAY, reached=COUNT, missing=COUNT, categories=_list("TallyLine"),
            divisions=_list("TallyLine"),
        ),
        "TallyLine": _map(key=TEXT, name=_ref("Text"), share=COUNT, under_way=COUNT, awarded=COUNT),
        "Cell": _map(**described),
        "Register": _page("Cell"),
        "Certificate": _map(
            serial=TEXT, status={"enum": [one.value for one in Status]}, is_in_force={"type": "boolean"},
            awarded_on=DAY, valid_until=DAY, end_reason=_or_none(TEXT), successor=_or_none(TEXT),
        ),
        "Notice": _map(**notice),
        "Notices": _page("Notice"),
        "Checklist": _map(**checklist),
        "Criteria": _page("Checklist"),
        "Problem": _map(title=TEXT, status={"type": "integer"}, detail=TEXT),
    }  # fmt: skip


def _responses() -> Schema:
    problem = {"application/problem+json": {"schema": _ref("Problem")}}
    return {"Problem": {"description": "不能回答的原因（RFC 9457）", "content": problem}}
