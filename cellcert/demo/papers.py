"""Evidence of fictitious units: one-page PDFs that say what they are."""

from datetime import datetime
from io import BytesIO

from pypdf import PdfWriter


def paper(unit: str, item: str, at: datetime) -> tuple[str, bytes]:
    """A small PDF whose title names the unit and the item it stands for; marked as an example."""
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    writer.add_metadata({"/Title": f"示例证明材料：{unit}：{item}", "/CreationDate": f"D:{at:%Y%m%d%H%M%S}Z"})
    out = BytesIO()
    writer.write(out)
    return f"示例材料-{item[:16]}.pdf", out.getvalue()
