"""``gunicorn wsgi:app``."""

from cellcert import create_app

app = create_app()
