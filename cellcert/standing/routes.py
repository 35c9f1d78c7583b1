"""Pages of this stage."""

from flask import Blueprint

bp = Blueprint("standing", __name__)
