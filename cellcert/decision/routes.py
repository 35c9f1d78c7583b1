"""Pages of this stage."""

from flask import Blueprint

bp = Blueprint("decision", __name__)
