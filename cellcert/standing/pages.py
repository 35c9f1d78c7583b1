"""What the pages after the award share: the blueprint, and where those about one title lie."""

from flask import Blueprint

bp = Blueprint("standing", __name__)
CASE = "/applications/<int:application_id>"
