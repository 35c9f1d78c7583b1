"""Pages of this stage."""

from flask import Blueprint

bp = Blueprint("assessment", __name__)
