"""Register a unit, keep it up to date, settle a doubtful credit code."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cellcert.actors import Actor
from cellcert.audit.actions import record
from cellcert.errors import N_, NotAllowed, NotReady, Unusable
from cellcert.units.finding import unit_keys
from cellcert.units.models import FoundBy, Unit
from cellcert.units.rules import CodeState, code_state, compact, name_key


class UnusableCode(Unusable):
    """This cannot be a credit code, whoever issued it."""

    def __init__(self, field: str = "credit_code") -> None:
        super().__init__(N_("统一社会信用代码应为 18 位数字和大写字母（不含 I、O、S、V、Z）。请对照证书核对。"))
        self.field = field


class DoubtfulCode(Unusable):
    """The check digit is wrong and the person has not said that the code is right all the same."""

    def __init__(self, field: str = "credit_code") -> None:
        super().__init__(N_("校验位不符，可能有一位写错。请核对；确认无误可以勾选下方选项继续，审核员会核实。"))
        self.field = field


class HostMissing(Unusable):
    field = "host_name"

    def __init__(self) -> None:
        super().__init__(N_("没有独立代码的单位，请填写依托单位的名称和代码。"))


class CodeTaken(Unusable):
    field = "credit_code"

    def __init__(self) -> None:
        super().__init__(N_("这个代码的单位已经注册。请联系本单位已注册的同事，由其在“本单位人员”中邀请您。"))


class NameTaken(Unusable):
    field = "name"

    def __init__(self) -> None:
        super().__init__(N_("同一管理主体下已有同名单位。如果就是您的单位，请联系已注册的同事邀请您；否则请写全称。"))


def register_unit(
    session: Session,
    *,
    name: str,
    credit_code: str | None,
    host_name: str | None = None,
    host_code: str | None = None,
    division: str,
    address: str,
    head: str,
    contact_name: str,
    contact_phone: str,
    contact_email: str = "",
    about: str = "",
    doubtful_accepted: bool = False,
    by: Actor,
    at: datetime,
) -> Unit:
    """Add a unit; without a code of its own it names the unit that hosts it."""
    unit = Unit(
        address=address, head=head, contact_name=contact_name, contact_phone=contact_phone,
        contact_email=contact_email, about=about, created_at=at, contact_id=by.person_id,
    )  # fmt: skip
    _code(unit, credit_code, host_name, host_code, doubtful_accepted=doubtful_accepted)
    _name(unit, name, division)
    _find_by(unit)
    session.add(unit)
    _keep(session)
    record(
        session, "unit-registered", f"unit:{unit.id}", by=by, at=at,
        name=unit.name, code=unit.code_shown, code_state=unit.code_state.value, division=division,
    )  # fmt: skip
    return unit


def rename_unit(
    session: Session,
    unit: Unit,
    *,
    name: str,
    credit_code: str | None,
    host_name: str | None,
    host_code: str | None,
    division: str,
    fixed: bool,
    doubtful_accepted: bool = False,
    by: Actor,
    at: datetime,
) -> None:
    """Change what identifies a unit; once it has applied, only a code the reviewer asked about may change."""
    if by.unit_id != unit.id:
        raise NotAllowed(N_("只能修改本单位的信息。"))
    if fixed and (not unit.code_note or (unit.name, unit.division) != (name, division)):
        raise NotReady(N_("单位已提交过申报，名称、代码和管理主体不能自行修改。确需更改请联系属地审核员。"))
    before = (unit.name, unit.code_shown, unit.division)
    _code(unit, credit_code, host_name, host_code, doubtful_accepted=doubtful_accepted)
    _name(unit, name, division)
    if before == (unit.name, unit.code_shown, unit.division):
        return
    if before[1] != unit.code_shown:
        unit.code_note = ""
    _keep(session)
    _find_by(unit)
    record(
        session, "unit-changed", f"unit:{unit.id}", by=by, at=at, before=list(before),
        name=unit.name, code=unit.code_shown, code_state=unit.code_state.value, division=division,
    )  # fmt: skip


def change_contacts(
    session: Session,
    unit: Unit,
    *,
    address: str,
    head: str,
    contact_name: str,
    contact_phone: str,
    contact_email: str,
    about: str,
    by: Actor,
    at: datetime,
) -> None:
    """Change whom to reach and where; possible at any time."""
    if by.unit_id != unit.id:
        raise NotAllowed(N_("只能修改本单位的信息。"))
    told = {
        "address": address, "head": head, "contact_name": contact_name, "contact_phone": contact_phone,
        "contact_email": contact_email, "about": about,
    }  # fmt: skip
    changed = [field for field, value in told.items() if getattr(unit, field) != value]
    if not changed:
        return
    for field in changed:
        setattr(unit, field, told[field])
    record(session, "unit-changed", f"unit:{unit.id}", by=by, at=at, fields=changed)


def confirm_code(session: Session, unit: Unit, *, reason: str, by: Actor, at: datetime) -> None:
    """A reviewer has seen the certificate: the code is right although its check digit is not."""
    _refuse_unless_doubtful(unit, by)
    unit.code_state, unit.code_note = CodeState.CONFIRMED, ""
    unit.code_confirmed_by, unit.code_confirmed_at = by.person_id, at
    record(session, "code-confirmed", f"unit:{unit.id}", by=by, at=at, code=unit.code_shown, reason=reason)


def ask_for_the_code(session: Session, unit: Unit, *, reason: str, by: Actor, at: datetime) -> None:
    """A reviewer thinks the code is mistyped: the unit may change it again, and is told why."""
    _refuse_unless_doubtful(unit, by)
    unit.code_note = reason
    record(session, "code-questioned", f"unit:{unit.id}", by=by, at=at, code=unit.code_shown, reason=reason)


def _refuse_unless_doubtful(unit: Unit, by: Actor) -> None:
    if unit.division != by.division or unit.id in by.unit_ids:
        raise NotAllowed(N_("只能核实本辖区、且与您无关的单位。"))
    if unit.code_state is not CodeState.DOUBTFUL:
        raise NotReady(N_("这个单位的代码已经核实或更正，不需要再处理。"))


def _name(unit: Unit, name: str, division: str) -> None:
    unit.name, unit.name_key, unit.division = name, name_key(name), division


def _find_by(unit: Unit) -> None:
    """Keep what it is found by; what stays is left alone."""
    wanted = set(unit_keys(unit.name, unit.code_shown))
    kept = [one for one in unit.keys if one.key in wanted]
    unit.keys = kept + [FoundBy(key=key) for key in sorted(wanted - {one.key for one in kept})]


def _code(
    unit: Unit, credit_code: str | None, host_name: str | None, host_code: str | None, *, doubtful_accepted: bool
) -> None:
    own = compact(credit_code or "")
    if not own and not (host_name and host_code):
        raise HostMissing
    field = "credit_code" if own else "host_code"
    code = own or compact(host_code or "")
    known = unit.code_state is not None and code == unit.code_shown
    state = code_state(code)
    if state is None:
        raise UnusableCode(field)
    if state is CodeState.DOUBTFUL and not doubtful_accepted and not known:
        raise DoubtfulCode(field)
    if known and own:
        return
    unit.credit_code, unit.code_state = (own, state) if own else (None, CodeState.HOSTED)
    unit.host_name, unit.host_code = (None, None) if own else (host_name, code)
    unit.host_key = name_key(unit.host_name or "")
    unit.code_confirmed_by = unit.code_confirmed_at = None


def _keep(session: Session) -> None:
    """Let the database refuse a second unit of the same code or name: two people may register at the same moment."""
    try:
        session.flush()
    except IntegrityError as error:
        said = str(error.orig).split("DETAIL")[0]
        if "credit_code" in said:
            raise CodeTaken from error
        if "name_key" in said:
            raise NameTaken from error
        raise
