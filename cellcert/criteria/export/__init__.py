"""Checklists written out: YAML, workbook, paper; and workbooks of ours read back."""
