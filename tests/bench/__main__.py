"""``python -m tests.bench [pages] [score] [floor] [review] [register] [press] [scale] [load]``: those named, or all."""

import importlib
import signal
import sys

PARTS = ("pages", "score", "floor", "review", "register", "press", "scale", "load")

wanted = sys.argv[1:] or list(PARTS)
if unknown := [name for name in wanted if name not in PARTS]:
    sys.exit(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the servers started here are ended too
for name in wanted:
    importlib.import_module(f"tests.bench.{name}").main()
