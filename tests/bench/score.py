"""``score``: reading a checklist and scoring a sheet, and the command that does both."""

import subprocess
import sys

from cellcert.criteria.reader import read_checklist
from cellcert.criteria.scorer import score
from tests.bench.figures import line, machine, timed
from tests.criteria import big

COMMAND = ("criteria", "score", "criteria/factory.yaml", "criteria/examples/factory.yaml", "--json")


def main() -> None:
    for count in (40, 400, 4000):
        source, given = big.checklist(count), big.answers(count)
        checklist = read_checklist(source, "factory.yaml")
        rounds = max(3, 2000 // count)
        times = timed(lambda source=source: read_checklist(source, "factory.yaml"), rounds)
        line(f"load a checklist of {count} items", times, f"{len(source.encode()) // 1000} kB")
        line(f"score {count} items", timed(lambda c=checklist, g=given: score(c, g), rounds))
    command = [sys.executable, "-m", "cellcert", *COMMAND]
    times = timed(lambda: subprocess.run(command, check=True, capture_output=True), 7)
    line("criteria score factory (whole process)", times)
    machine()
