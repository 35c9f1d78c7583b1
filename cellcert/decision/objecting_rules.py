"""Codes that open an objection, what may be passed on of it without telling who raised it, when an appeal is open."""

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable
from datetime import date

from cellcert.application.lifecycle import State
from cellcert.criteria.calendar import Calendar

# how objections may end: the notice goes on, the case is decided anew, or the title is refused
OUTCOMES = frozenset({State.NOTICE, State.DECISION, State.REJECTED})
APPEAL_OUTCOMES = frozenset({State.DECISION, State.REJECTED})
RECEIPT = re.compile(r"(YY|SS)\d{8}-[0-9A-F]{8}", re.ASCII)
HIDDEN = "※※"
MAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
TRACES = (MAIL, re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)"), re.compile(r"(?<!\d)(?:0\d{2,3}-?\d{7,8}|1\d{10})(?!\d)"))


def code_of(key: str, visitor: str, receipt: str) -> str:
    """The code of an objection: the browser that raised it can be told again, nobody else can make it."""
    made = hmac.new(key.encode(), f"objection {visitor} {receipt}".encode(), hashlib.sha256).digest()
    signs = base64.b32encode(made[:10]).decode()[:10]
    return f"{signs[:5]}-{signs[5:]}"


def code_hash(receipt: str, code: str) -> str:
    """What is kept of a code; blanks, hyphens, small letters, and 0 for O do not matter."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum()).replace("0", "O").replace("1", "I")
    return hashlib.sha256(f"{receipt} {plain}".encode()).hexdigest()


def names(name: str, contact: str) -> list[str]:
    """What would tell who somebody is: the name, and each part of how to reach them."""
    parts = [name, *re.split(r"[\s,，;；、/（）()：:]+", contact)]
    return sorted({part for part in parts if len(part) >= 2}, key=len, reverse=True)


def tells_who(text: str, told: Iterable[str]) -> str:
    """The first of ``told`` that a text has in it, however it is spaced, hyphenated or written large."""
    plain = _plain(text)
    return next((part for part in told if len(_plain(part)) >= 2 and _plain(part) in plain), "")


def _plain(text: str) -> str:
    signs = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in signs if not sign.isspace() and unicodedata.category(sign) not in {"Pd", "Cf"})


def masked(text: str, told: Iterable[str]) -> str:
    """A text without them, and without numbers and addresses that lead to a person: a draft for who passes it on."""
    for part in told:
        text = text.replace(part, HIDDEN)
    for trace in TRACES:
        text = trace.sub(HIDDEN, text)
    return text


def mail_in(contact: str) -> str:
    """The e-mail address among what somebody wrote of how to be reached, if there is one."""
    found = MAIL.search(contact)
    return found.group() if found else ""


def appeal_until(calendar: Calendar, rejected_on: date, working_days: int) -> date:
    """The last day on which a rejected unit may appeal."""
    return calendar.add_working_days(rejected_on, working_days)
