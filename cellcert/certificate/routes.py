"""Pages of this stage."""

from flask import Blueprint

bp = Blueprint("certificate", __name__)
