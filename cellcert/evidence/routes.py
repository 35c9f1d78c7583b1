"""Pages of this stage."""

from flask import Blueprint

bp = Blueprint("evidence", __name__)
