"""Look at a PDF with other people's programs: poppler and pypdf."""

import subprocess
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from pypdf import PdfReader


def pages(pdf: bytes) -> int:
    return len(PdfReader(BytesIO(pdf)).pages)


def text(pdf: bytes) -> str:
    """All text without white space, as pypdf reads it."""
    return "".join("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def poppler_text(pdf: bytes) -> str:
    raw = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True).stdout
    return "".join(raw.decode().split())


def page_texts(pdf: bytes) -> list[str]:
    return ["".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


def picture(pdf: bytes, dpi: int = 100) -> Image.Image:
    """The first page, drawn by poppler."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "page"
        command = ["pdftoppm", "-r", str(dpi), "-singlefile", "-png", "-", str(target)]
        subprocess.run(command, input=pdf, capture_output=True, check=True)
        with Image.open(target.with_suffix(".png")) as image:
            return image.convert("RGB")
