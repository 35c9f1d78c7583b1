"""Commands that keep the plan moving: ``cellcert dispatch …``."""

import click

from cellcert import clock, create_app


@click.group()
def dispatch() -> None:
    """Keep the plan moving: who lags."""


@dispatch.command()
@click.option("--if-due", is_flag=True, help="Only when the periodic review of this period is still to be held.")
def review(if_due: bool) -> None:
    """Look at every figure and propose letters to those who lag; nothing is proposed twice."""
    from cellcert.actors import SYSTEM
    from cellcert.database import db
    from cellcert.dispatch.supervision import actions
    from cellcert.web import house, public_url

    app = create_app()
    with app.app_context():
        library, where, at = house().library, public_url("supervision.index"), clock.now()
        if if_due:
            made = actions.review_if_due(db.session(), library, where, at=at)
        else:
            made = actions.review(db.session(), library, where, by=SYSTEM, at=at)
        db.session.commit()
    click.echo("the review of this period was held" if made is None else f"{made} letters proposed")
