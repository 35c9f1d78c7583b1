"""``press``: certificates by our press, by plain WeasyPrint with the same look, and by other makers of PDF.

``python -m tests.bench press``; alone, ``python -m tests.bench.press [ROUNDS]``. Ways take turns in one run; medians
are printed, by the clock and by the processor: on a busy machine compare the second. What is started anew runs in a
process of its own, which also tells its peak memory. Each certificate has a proof in its code and a credential inside.
"""

import importlib.util
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from cellcert import paper
from cellcert.certificate.press import CertificateFields, print_certificate
from cellcert.paths import shipped
from cellcert.press import Attached
from tests.bench.figures import goal, machine, say
from tests.bench.press_peers import PEERS
from tests.print.examples import FIELDS

Maker = Callable[[CertificateFields], bytes]
NAMES = (
    "示例新材料有限公司",
    "示例循环经济产业园管理委员会",
    "示例县实验小学",
    "示例家园社区居民委员会",
    "Example Recycling Co., Ltd.",
)
RARE = "㐀示例有限公司"
WHEN = datetime(2026, 11, 3, tzinfo=UTC)
CREDENTIAL = b'{"number": %04d, "facts": "' + b"example " * 120 + b'"}'
SPACE = Path(tempfile.gettempdir()) / "cellcert-bench-press"  # keys and pages laid out, for one process after another
NAIVE, REFERENCE = 5, 20  # in a batch: nobody waits for a thousand by WeasyPrint, and its cost is level


def certificate(number: int) -> CertificateFields:
    """One of many that differ as real ones do."""
    serial = f"SLWF-G-2026-{number:04d}"
    return replace(
        FIELDS, serial=serial, unit_name=NAMES[number % len(NAMES)],
        verify_url=f"https://cells.example.org/verify/{serial}?t=K7Q2M9XW{number:04d}&s={'A7b-' * 25}",
        attached=Attached("credential.json", "认定信息", CREDENTIAL % number, WHEN),
    )  # fmt: skip


def naive(fields: CertificateFields) -> bytes:
    """The same page as a first attempt would print it: all in one HTML, whole fonts, nothing kept."""
    from weasyprint import HTML, Attachment

    from cellcert.press import reference
    from cellcert.press.art import frame_picture
    from cellcert.press.fitting import name_lines
    from cellcert.press.qr import qr_picture

    own, template = fields.own, fields.template
    lines = name_lines(own.unit_name)
    html = paper.render(
        "certificate.html", t=template, lines=lines, serial=own.serial, qr=qr_picture(own.verify_url),
        awarded_on=paper.chinese_date(own.awarded_on), valid_until=paper.chinese_date(own.valid_until),
        **reference.Reference(template)._wording, **reference.words(template, own),
    )  # fmt: skip
    css = (shipped("templates") / "print" / "certificate.css").read_text(encoding="utf-8")
    css += reference._sizes(template, lines, reference.SERIAL_SIZE) + " .frame { position: absolute; left: 0; top: 0 }"
    page = html.replace("<body>", f'<style>{css}</style><body><img class="frame" alt="" src="{frame_picture()}">')
    inside = [Attachment(string=one.data, name=one.name) for one in [own.attached] if one]
    return bytes(HTML(string=page).write_pdf(pdf_variant="pdf/a-3a", pdf_tags=True, attachments=inside))


def by_weasyprint(fields: CertificateFields) -> bytes:
    from cellcert.certificate.press import press_of

    return press_of(fields.template).reference.print(fields.own)


def by_press(fields: CertificateFields) -> bytes:
    return print_certificate(fields, SPACE / "press")


def naive_signed(fields: CertificateFields) -> bytes:
    from cellcert.certificate.by_pyhanko import sign_any
    from cellcert.certificate.signing import FIELD, LABEL

    return sign_any(naive(fields), signer().opened(), FIELD, LABEL, "bench", WHEN)


def press_signed(fields: CertificateFields) -> bytes:
    from cellcert.certificate.signing import sign

    return sign(by_press(fields), signer(), "bench", WHEN)


def signer() -> Any:
    from cellcert.certificate.signing import LocalSigner, make_local_key

    return LocalSigner(make_local_key(SPACE / "keys", "示例办公室"))


OURS: dict[str, Maker] = {
    "naive": naive,
    "reference": by_weasyprint,
    "press": by_press,
    "naive signed": naive_signed,
    "press signed": press_signed,
}
MAKERS = OURS | {name: make for name, make in PEERS.items() if importlib.util.find_spec(name)}


class Spent(NamedTuple):
    """Milliseconds by the clock, and of the processor."""

    clock: float
    processor: float


def spent(make: Maker, fields: CertificateFields) -> Spent:
    clock, processor = time.perf_counter(), time.process_time()
    make(fields)
    return Spent((time.perf_counter() - clock) * 1000, (time.process_time() - processor) * 1000)


def singles(rounds: int) -> None:
    """The next certificate in a process that has made some, each way in turn."""
    sizes = {name: len(make(certificate(0))) for name, make in MAKERS.items()}
    times: dict[str, list[Spent]] = {name: [] for name in [*MAKERS, "press, rare character"]}
    for number in range(1, rounds + 1):
        fields = certificate(number)
        for name, make in MAKERS.items():
            times[name].append(spent(make, fields))
        times["press, rare character"].append(spent(by_press, replace(fields, unit_name=RARE)))
    found = {name: median(one.processor for one in taken) for name, taken in times.items()}
    say(f"next certificate, median of {rounds} in turn    ms   of processor   times    kB")
    for name, taken in times.items():
        clock, ratio = median(one.clock for one in taken), found[against(name)] / found[name]
        say(f"  {name:34}{clock:10.2f}{found[name]:13.2f}{ratio:10.1f}{sizes.get(name, 0) / 1000 or float('nan'):8.0f}")
    goal("press, of plain WeasyPrint", 100 * found["press"] / found["naive"], 100 / 45, " %")
    goal("signed, of plain WeasyPrint + pyHanko", 100 * found["press signed"] / found["naive signed"], 100 / 40, " %")
    if "typst" in found:
        goal("press, of a Typst compiler used again", 100 * found["press"] / found["typst"], 100 / 3, " %")


def against(name: str) -> str:
    return "naive signed" if name.endswith("signed") else "naive"


class Batch(NamedTuple):
    """What a fresh process spent: seconds, megabytes at its peak, kilobytes a certificate."""

    clock: float
    processor: float
    peak: float
    size: float


def in_a_process(name: str, count: int, workers: int = 1) -> Batch:
    """``count`` certificates made in fresh processes that start together; the peak is of the largest."""
    command = [sys.executable, "-m", "tests.bench.press", "--batch", name, str(count // workers)]
    start = time.perf_counter()
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(workers)]
    said = [json.loads(one.communicate()[0].splitlines()[-1]) for one in running]
    clock = time.perf_counter() - start
    return Batch(clock, sum(one[0] for one in said), max(one[1] for one in said), said[0][2])


def batch(name: str, count: int) -> None:
    """What the fresh process does and reports."""
    size = 0
    for number in range(count):
        size += len(MAKERS[name](certificate(number)))
    # Not getrusage: it counts what the parent had when it forked.
    peak = int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) / 1024
    say(json.dumps([time.process_time(), peak, size / count / 1000]))


def batches() -> None:
    """Fresh processes, from one certificate to a thousand."""
    in_a_process("press signed", 1)  # lays the page out and makes the key: set-up, not work
    say("whole fresh process                      s   of processor   ms each  peak MB  kB each")
    first = {name: [in_a_process(name, 1) for _ in range(3)] for name in OURS}
    for name, found in first.items():
        _line(f"{name}, 1", Batch(*(median(part) for part in zip(*found, strict=True))), 1)
    level = {}
    for name in OURS:
        for count in (NAIVE,) if name.startswith("naive") else (REFERENCE,) if name == "reference" else (100, 1000):
            one = in_a_process(name, count)
            _line(f"{name}, {count}", one, count)
            level[name, count] = (one.processor - median(each.processor for each in first[name])) / (count - 1)
    two = in_a_process("press signed", 1000, workers=2)
    _line("press signed, 1000, two workers", two, 1000)
    goal("fresh process to its first certificate", median(one.clock for one in first["press"]), 0.5, " s")
    goal("a thousand signed, two workers", two.clock, 5, " s")
    goal("memory of each", two.peak, 200, " MB")
    for name in ("press", "press signed"):
        goal(f"{name}: each of a thousand, of each of a hundred", 100 * level[name, 1000] / level[name, 100], 115, " %")


def _line(name: str, one: Batch, count: int) -> None:
    each = one.processor * 1000 / count
    say(f"  {name:34}{one.clock:8.2f}{one.processor:13.2f}{each:12.1f}{one.peak:9.0f}{one.size:9.0f}")


def main(rounds: int = 9) -> None:
    SPACE.mkdir(exist_ok=True, mode=0o700)
    machine()
    singles(rounds)
    batches()
    machine()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--batch"]:
        batch(sys.argv[2], int(sys.argv[3]))
    else:
        main(*map(int, sys.argv[1:]))
