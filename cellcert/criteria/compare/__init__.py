"""Two editions side by side: what differs, and which answers carry over."""
