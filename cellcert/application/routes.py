"""Pages of this stage."""

from flask import Blueprint

bp = Blueprint("application", __name__)
