"""Credit codes (统一社会信用代码, GB 32100-2015) and unit names."""

import re
import unicodedata
from enum import StrEnum

from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, ValidationError

from cellcert.errors import N_

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
WEB_ADDRESS = re.compile(r"://|\bwww\.|[a-z0-9-]\.(com|cn|net|org)\b", re.IGNORECASE | re.ASCII)


class CodeState(StrEnum):
    VALID = "valid"
    DOUBTFUL = "doubtful"  # wrong check digit: early codes exist that fail it, a reviewer confirms
    CONFIRMED = "confirmed"
    HOSTED = "hosted"  # no code of its own; the host unit's code stands in

    @property
    def label(self) -> str:
        return {
            CodeState.VALID: N_("校验通过"),
            CodeState.DOUBTFUL: N_("校验位不符，待审核员核实"),
            CodeState.CONFIRMED: N_("校验位不符，已由审核员核实"),
            CodeState.HOSTED: N_("无独立代码，使用依托单位代码"),
        }[self]


def compact(code: str) -> str:
    """The code as it is stored: half-width, upper case, no blanks or dashes."""
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", code)).upper()


def code_state(code: str) -> CodeState | None:
    """What a compact code is worth; None when it cannot be a credit code at all."""
    try:
        uscc.validate(code)
    except InvalidChecksum:
        return CodeState.DOUBTFUL
    except ValidationError:
        pass
    else:
        return CodeState.VALID
    # stdnum wants digits in places where later registrars may write letters: the alphabet and length decide
    if len(code) == 18 and all(char in ALPHABET for char in code):
        return CodeState.DOUBTFUL
    return None


def name_key(name: str) -> str:
    """One spelling for names that look alike: full-width, blanks and brackets do not make another unit."""
    return re.sub(r"[\s()\[\]·.,\-]", "", unicodedata.normalize("NFKC", name)).casefold()


def mail_domain(email: str) -> str:
    """What stands behind the @, in one spelling; empty without an address."""
    return email.rpartition("@")[2].strip().lower() if "@" in email else ""


def phone_fault(phone: str) -> str | None:
    """What is wrong with a phone number, or None: a mobile number, or a landline with area code."""
    plain = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", phone))
    if re.fullmatch(r"(\+?86)?1[3-9]\d{9}", plain) or re.fullmatch(r"0\d{9,11}", plain):
        return None
    return N_("请填写 11 位手机号，或带区号的固定电话，例如 0391-1234567。")


def text_fault(text: str) -> str | None:
    """What is wrong with a short text, or None: signs nobody can see make two names look like one."""
    if any(unicodedata.category(char) in {"Cc", "Cf", "Co", "Cs", "Cn"} and char not in "\r\n\t" for char in text):
        return N_("内容里有看不见的特殊字符，请删去后重新输入。")
    return None


def line_fault(text: str) -> str | None:
    """What is wrong with a text of one line, or None; a browser sends no line breaks from such a field."""
    if len(text.splitlines()) > 1:
        return N_("这里只能写一行，请去掉换行。")
    return text_fault(text)


def name_fault(name: str) -> str | None:
    """What is wrong with a name, or None; it stands in mails to strangers, where an address would become a link."""
    if WEB_ADDRESS.search(unicodedata.normalize("NFKC", name)):
        return N_("名称里不能写网址。")
    return line_fault(name)


def email_fault(email: str) -> str | None:
    """What is wrong with an e-mail address, or None."""
    atom, label = r"[A-Za-z0-9_%+\-]+", r"[A-Za-z0-9]([A-Za-z0-9\-]{0,61}[A-Za-z0-9])?"
    if len(email.partition("@")[0]) <= 64 and re.fullmatch(rf"{atom}(\.{atom})*@{label}(\.{label}){{1,8}}", email):
        return None
    return N_("请填写完整的电子邮箱，例如 name@example.com。")
