"""Numbers, validity, and what a certificate is worth today."""

from datetime import date
from enum import StrEnum

from cellcert.application.lifecycle import State
from cellcert.certificate.states import CertificateState
from cellcert.errors import N_


class Status(StrEnum):
    """What the verification page says."""

    MAKING = "making"
    VALID = "valid"
    EXPIRED = "expired"
    RECHECK = "recheck"
    RECTIFYING = "rectifying"
    SUSPENDED = "suspended"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    VOIDED = "voided"

    @property
    def label(self) -> str:
        return STATUSES[self][0]

    @property
    def tone(self) -> str:
        return STATUSES[self][1]


STATUSES = {
    Status.MAKING: (N_("证书制作中"), "waiting"),
    Status.VALID: (N_("有效"), "good"),
    Status.EXPIRED: (N_("已到期"), "ended"),
    Status.RECHECK: (N_("复核中"), "waiting"),
    Status.RECTIFYING: (N_("限期整改中"), "waiting"),
    Status.SUSPENDED: (N_("已暂停"), "bad"),
    Status.SUPERSEDED: (N_("已由新证书替换"), "ended"),
    Status.REVOKED: (N_("已撤销"), "bad"),
    Status.VOIDED: (N_("已作废"), "bad"),
}
BY_APPLICATION = {
    State.RECHECK: Status.RECHECK,
    State.RECTIFYING: Status.RECTIFYING,
    State.SUSPENDED: Status.SUSPENDED,
    State.REVOKED: Status.REVOKED,
    State.EXPIRED: Status.EXPIRED,
}
BY_CERTIFICATE = {
    CertificateState.VOIDED: Status.VOIDED,
    CertificateState.REVOKED: Status.REVOKED,
    CertificateState.SUPERSEDED: Status.SUPERSEDED,
}


def status(certificate: CertificateState, application: State, valid_until: date, today: date) -> Status:
    """What the certificate is worth on a day: its own end first, then the title's, then time."""
    if certificate in BY_CERTIFICATE:
        return BY_CERTIFICATE[certificate]
    if application is State.REVOKED:
        return Status.REVOKED
    if application is State.EXPIRED or today > valid_until:
        return Status.EXPIRED
    held = Status.MAKING if certificate is CertificateState.RESERVED else Status.VALID
    return BY_APPLICATION.get(application, held)


def counts(value: Status) -> bool:
    """Whether the cell counts towards the target: the title is held, also while it is looked at again."""
    return value in {Status.MAKING, Status.VALID, Status.RECHECK, Status.RECTIFYING}


def serial(pattern: str, *, letter: str, year: int, ordinal: int) -> str:
    """The printed number of the programme's pattern."""
    return pattern.format(letter=letter, year=year, serial=ordinal)


def valid_until(awarded_on: date, years: int) -> date:
    """The last day of validity: the day before the anniversary."""
    try:
        anniversary = awarded_on.replace(year=awarded_on.year + years)
    except ValueError:  # 29 February
        anniversary = awarded_on.replace(year=awarded_on.year + years, day=28)
    return date.fromordinal(anniversary.toordinal() - 1)
