"""Pages of the first check, the experts' sheets and the round."""

from flask import Blueprint

bp = Blueprint("review", __name__)
