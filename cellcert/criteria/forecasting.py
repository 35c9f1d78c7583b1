"""From how much of the past the programme tells its future."""

from dataclasses import dataclass

from cellcert.criteria.fields import Fields


@dataclass(frozen=True, slots=True)
class Forecasting:
    """``least_cases``: cases decided before anything is forecast; ``pace_days``: whose submissions give the pace."""

    least_cases: int = 20
    pace_days: int = 180


USUAL_FORECAST = Forecasting()


def read_forecast(row: Fields | None) -> Forecasting:
    """The part ``forecast``; what is not written is usual."""
    if row is None:
        return USUAL_FORECAST
    least, pace = row.whole("least_cases", least=5), row.whole("pace_days", least=30)
    row.done()
    return Forecasting(
        USUAL_FORECAST.least_cases if least is None else least, USUAL_FORECAST.pace_days if pace is None else pace
    )
