"""Pages of this stage."""

from flask import Blueprint

bp = Blueprint("criteria", __name__)
