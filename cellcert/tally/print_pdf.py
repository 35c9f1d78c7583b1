"""The tally on one A4 page, for the meeting."""

from contextlib import suppress
from math import pi

from cellcert.paper import picture, render, to_pdf
from cellcert.tally.charts import course_chart
from cellcert.tally.course import Course
from cellcert.tally.rules import Tally, TallyLine, percent, summed

SIZES = (10, 9, 8, 7, 6)  # points, tried from the largest
STATES = 4  # on a line


def print_tally(tally: Tally, course: Course | None = None) -> bytes:
    """One page, as large as its lines allow; raises ``OverflowError`` if even the smallest print needs two.

    The way so far and where it leads are shown where the lines leave room.
    """
    for shown in (course, None) if course else (None,):
        for size in SIZES:
            with suppress(OverflowError):
                sizes = f"html {{ font-size: {size}pt }}" + _bars(tally)
                return to_pdf(_html(tally, shown), "print.css", "tally.css", sizes=sizes, at_most=1)
    raise OverflowError(f"The tally of {tally.on} does not fit one page.")


def _html(tally: Tally, course: Course | None) -> str:
    return render(
        "tally.html",
        t=tally,
        dial=picture(dial_svg(tally.reached, tally.target)),
        groups=[("按类别", tally.categories), ("按管理主体", tally.divisions)],
        summed=summed,
        percent=percent,
        state_rows=[tally.states[at : at + STATES] for at in range(0, len(tally.states), STATES)],
        states_a_row=STATES,
        forecast=course.forecast if course else None,
        chart=picture(_chart(tally, course)) if course else "",
    )


def _chart(tally: Tally, course: Course) -> str:
    words = {
        "title": "累计认定与预测", "desc": "", "target": f"目标 {tally.target}", "here": f"{tally.reached} 个",
    }  # fmt: skip
    chart = course_chart(course.points, course.forecast, tally.target, tally.by, words, high=210)
    return render("chart_course.svg", chart=chart)


def dial_svg(reached: int, target: int) -> str:
    """Half a circle that fills up to the target."""
    full = min(reached / target, 1) if target else 0
    return render("dial.svg", filled=round(full * pi * 48, 2), reached=reached, target=target)


def _bars(tally: Tally) -> str:
    """The lengths of the bars as CSS."""
    lines: tuple[TallyLine, ...] = tally.categories + tally.divisions
    lengths = [min(percent(line.awarded, line.share), 100) for line in lines]
    return "".join(f".bar-{at} {{ width: {length}% }}" for at, length in enumerate(lengths))
