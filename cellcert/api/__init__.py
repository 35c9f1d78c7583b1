"""Read-only open data for programs (/api/v1) and for feed readers."""
