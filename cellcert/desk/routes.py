"""Home pages by role, the list of cases, one case, the audit trail."""

from flask import Blueprint

bp = Blueprint("desk", __name__)
