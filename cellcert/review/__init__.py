"""First check, experts' score sheets, on-site records, and the close of the round (评审)."""
