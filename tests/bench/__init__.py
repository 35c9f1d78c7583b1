"""What cellcert costs on this machine; ``make bench`` runs every part, ``python -m tests.bench PART`` one."""
