"""The servers the benches ask: the application as ``cellcert serve`` runs it, its clock set ahead, or the floor."""

import argparse
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cellcert import clock
from cellcert.config import read_settings
from cellcert.factory import build
from cellcert.server import Server, run
from tests.bench import bare

CLOCK = "BENCH_CLOCK"  # a file with the seconds the clock is ahead of this machine's


def set_ahead(file: Path, seconds: float) -> None:
    """Set the clock of all who follow this file."""
    part = file.with_suffix(".part")
    part.write_text(str(seconds))
    part.replace(file)


def follow(file: Path) -> None:
    """Let this process's clock follow the file."""

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(file.read_text()))

    clock.now = now


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["cellcert", "bare"])
    parser.add_argument("--port", type=int, required=True)
    asked = parser.parse_args()
    if CLOCK in os.environ:
        follow(Path(os.environ[CLOCK]))
    settings = read_settings(public_base_url=f"http://127.0.0.1:{asked.port}")
    if asked.what == "cellcert":
        run(build(settings), "127.0.0.1", asked.port)
    else:
        options = {
            "bind": f"127.0.0.1:{asked.port}",
            "workers": settings.workers,
            "threads": settings.threads,
            "worker_class": "gthread",
            "accesslog": None,
            "loglevel": "warning",
        }
        Server(bare.build(settings.database), options).run()


if __name__ == "__main__":
    main()
