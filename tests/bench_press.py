"""How fast the press is, against WeasyPrint used plainly with the same look.

``python -m tests.bench_press [ROUNDS [BATCH]]``

Alternatives take turns in one run and medians are printed, so that a busy machine is busy for all of them. Batches and
first certificates run in processes of their own, which also tells their peak memory.
"""

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

from cellcert import paper
from cellcert.certificate.press import CertificateFields, press_of
from cellcert.paths import shipped
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


def certificate(number: int) -> CertificateFields:
    """One of many that differ as real ones do."""
    serial = f"SLWF-G-2026-{number:04d}"
    return replace(
        FIELDS, serial=serial, unit_name=NAMES[number % len(NAMES)],
        verify_url=f"https://cells.example.org/verify/{serial}?t=K7Q2M9XW{number:04d}",
    )  # fmt: skip


def naive(fields: CertificateFields) -> bytes:
    """The same page as a first attempt would print it: all in one HTML, whole fonts, nothing kept."""
    from weasyprint import HTML

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
    return bytes(HTML(string=page).write_pdf(pdf_variant="pdf/a-3a", pdf_tags=True))


def by_weasyprint(fields: CertificateFields) -> bytes:
    return press_of(fields.template).reference.print(fields.own)


def by_press(fields: CertificateFields) -> bytes:
    return press_of(fields.template).print(fields.own)


def signed(make: Maker) -> Maker:
    """The same, signed with a key made for the purpose."""
    from cellcert.certificate.signing import LocalSigner, make_local_key, sign

    signer = LocalSigner(make_local_key(Path(tempfile.mkdtemp(prefix="bench-press-")), "示例办公室"))
    return lambda fields: sign(make(fields), signer, "bench", datetime(2026, 11, 3, tzinfo=UTC))


MAKERS: dict[str, Callable[[], Maker]] = {
    "naive": lambda: naive,
    "reference": lambda: by_weasyprint,
    "press": lambda: by_press,
    "naive signed": lambda: signed(naive),
    "press signed": lambda: signed(by_press),
}


def ms(make: Maker, fields: CertificateFields) -> float:
    start = time.perf_counter()
    make(fields)
    return (time.perf_counter() - start) * 1000


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def singles(rounds: int) -> None:
    """The next certificate in a process that has made some, each way in turn."""
    makers = {name: make() for name, make in MAKERS.items()}
    sizes = {name: len(make(certificate(0))) for name, make in makers.items()}
    times: dict[str, list[float]] = {name: [] for name in [*makers, "press, rare character"]}
    for number in range(1, rounds + 1):
        fields = certificate(number)
        for name, make in makers.items():
            times[name].append(ms(make, fields))
        times["press, rare character"].append(ms(by_press, replace(fields, unit_name=RARE)))
    say(f"\nnext certificate, median of {rounds} in turn         ms    times    kB")
    for name, taken in times.items():
        against = "naive signed" if name.endswith("signed") else "naive"
        ratio = median(times[against]) / median(taken)
        say(f"  {name:42}{median(taken):8.2f}{ratio:8.1f}{sizes.get(name, 0) / 1000 or float('nan'):8.0f}")


def in_a_process(name: str, count: int) -> dict[str, float]:
    """``count`` certificates made in a fresh process."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "tests.bench_press", "--batch", name, str(count)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found | {"wall": time.perf_counter() - start}


def batch(name: str, count: int) -> None:
    """What the fresh process does and reports."""
    start = time.perf_counter()
    make, size = MAKERS[name](), 0
    for number in range(count):
        size += len(make(certificate(number)))
    # Not getrusage: it counts what the parent had when it forked.
    peak = int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) / 1024
    say(json.dumps({"seconds": time.perf_counter() - start, "peak": peak, "size": size / count}))


def main(rounds: int = 9, count: int = 100) -> None:
    singles(rounds)
    for many in (1, count):
        found: dict[str, list[dict[str, float]]] = {name: [] for name in MAKERS}
        for _ in range(3 if many == 1 else 1):
            for name, results in found.items():
                results.append(in_a_process(name, many))
        title = "first certificate, whole fresh process" if many == 1 else f"{many} in one batch, whole fresh process"
        say(f"\n{title:48}     s   times  ms each  peak MB  kB each")
        for name, results in found.items():
            wall = median(one["wall"] for one in results)
            against = "naive signed" if name.endswith("signed") else "naive"
            ratio = median(one["wall"] for one in found[against]) / wall
            size, peak = results[-1]["size"] / 1000, results[-1]["peak"]
            say(f"  {name:42}{wall:10.2f}{ratio:8.1f}{wall / many * 1000:9.1f}{peak:9.0f}{size:9.0f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--batch"]:
        batch(sys.argv[2], int(sys.argv[3]))
    else:
        main(*map(int, sys.argv[1:]))
