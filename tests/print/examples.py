"""A fictitious unit's certificate."""

from datetime import date

from cellcert.certificate.press import CertificateFields
from cellcert.criteria.text import Text

FIELDS = CertificateFields(
    serial="SLWF-G-2026-0012",
    unit_name="示例新材料有限公司",
    category=Text("无废工厂", "Zero-waste factory"),
    level=Text("合格", "Qualified"),
    edition="2026.1",
    awarded_on=date(2026, 11, 3),
    valid_until=date(2029, 11, 2),
    authority=Text("示例市“无废城市”建设工作领导小组办公室", "Example office"),
    title=Text("“无废细胞”证书", "Zero-Waste Cell Certificate"),
    body=Text("经单位自评、属地初审、专家评审和社会公示，认定为“{category}”。", "Recognised as “{category}”."),
    verify_url="https://cells.example.org/verify/SLWF-G-2026-0012?t=K7Q2M9XWPD4R",
    seal_text="示例市“无废城市”建设工作领导小组办公室",
    sample=True,
)
