"""What the press needs and does not find; ``/readyz`` and the start of the program say it."""

import subprocess

from jinja2 import TemplateError

from cellcert import paper
from cellcert.paths import shipped
from cellcert.press import harfbuzz
from cellcert.press.reference import ALWAYS, FACES

TEMPLATES = ("certificate.html", "certificate.css", "frame.svg", "seal.svg", "art.css", "plaque.html", "plaque.css",
             "corner.svg", "letter.html", "letter.css", "print.css", "base.html")  # fmt: skip


def missing() -> list[str]:
    """Each thing that is missing, in the words of its package or file; empty when certificates can be printed."""
    return [*paper.fonts_ready(), *_faces(), *_templates()]


def unprintable(text: str) -> str:
    """The characters of ``text`` that no installed font has; nothing where that cannot be asked."""
    try:
        faces = [harfbuzz.installed(pattern) for _family, _weight, pattern in FACES.values()]
        rare = [sign for sign in dict.fromkeys(text) if not any(face.glyph(sign) for face in faces)]
        return "".join(sign for sign in rare if not sign.isspace() and not _elsewhere(sign))
    except (harfbuzz.NoHarfBuzz, OSError, subprocess.SubprocessError):
        return ""


def _elsewhere(sign: str) -> bool:
    asked = ["fc-list", f":charset={ord(sign):x}", "file"]
    return bool(subprocess.run(asked, capture_output=True, check=True, timeout=10).stdout.strip())  # noqa: S603


def _faces() -> list[str]:
    """A face that is not installed is answered by another one, which may lack the characters of every certificate."""
    found = []
    for _family, _weight, pattern in FACES.values():
        try:
            face = harfbuzz.installed(pattern)
        except harfbuzz.NoHarfBuzz as error:
            return [f"{error}（apt-get install libharfbuzz-subset0）"]
        except OSError as error:
            found.append(f"{pattern}: {error}")
            continue
        if lacking := [sign for sign in ALWAYS if face.glyph(sign) is None]:
            found.append(f"{pattern}: {''.join(lacking)}")
    return found


def _templates() -> list[str]:
    """Printed templates that are not there or cannot be read."""
    folder, found = shipped("templates") / "print", []
    for name in TEMPLATES:
        if not (folder / name).is_file():
            found.append(f"templates/print/{name}")
        elif not name.endswith(".css"):
            try:
                paper.environment().get_template(name)
            except TemplateError as error:
                found.append(f"templates/print/{name}: {error}")
    return found
