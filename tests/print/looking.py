"""Look at a PDF with other people's programs: poppler, pdfium and pypdf."""

import subprocess
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from PIL import Image
from pypdf import PdfReader
from pypdfium2 import PdfDocument


def pages(pdf: bytes) -> int:
    return len(PdfReader(BytesIO(pdf)).pages)


def text(pdf: bytes) -> str:
    """All text without white space, as pypdf reads it."""
    return "".join("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def poppler_text(pdf: bytes) -> str:
    raw = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True).stdout
    return "".join(raw.decode().split())


def lines(pdf: bytes) -> list[str]:
    """The lines of the first page as pypdf reads them."""
    return [line.strip() for line in PdfReader(BytesIO(pdf)).pages[0].extract_text().splitlines()]


def page_texts(pdf: bytes) -> list[str]:
    return ["".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


def dots(image: Image.Image, wanted: Callable[[int, int, int], bool]) -> list[tuple[int, int]]:
    """Where the dots of a colour are."""
    data = image.tobytes()
    found = (at for at in range(0, len(data), 3) if wanted(data[at], data[at + 1], data[at + 2]))
    return [(at // 3 % image.width, at // 3 // image.width) for at in found]


def picture(pdf: bytes, dpi: int = 100) -> Image.Image:
    """The first page, drawn by poppler."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "page"
        command = ["pdftoppm", "-r", str(dpi), "-singlefile", "-png", "-", str(target)]
        subprocess.run(command, input=pdf, capture_output=True, check=True)
        with Image.open(target.with_suffix(".png")) as image:
            return image.convert("RGB")


def cairo(pdf: bytes, dpi: int = 100) -> Image.Image:
    """The first page, drawn by Cairo instead of poppler's own Splash."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "page"
        command = ["pdftocairo", "-r", str(dpi), "-singlefile", "-png", "-", str(target)]
        subprocess.run(command, input=pdf, capture_output=True, check=True)
        with Image.open(target.with_suffix(".png")) as image:
            return image.convert("RGB")


def pdfium(pdf: bytes, dpi: int = 100) -> Image.Image:
    """The first page, as Chromium's viewer draws it."""
    with PdfDocument(pdf) as document:
        image: Image.Image = document[0].render(scale=dpi / 72).to_pil()
        return image.convert("RGB")
