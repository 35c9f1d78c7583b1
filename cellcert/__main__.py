"""``python -m cellcert``."""

from cellcert.cli import main

main()
