"""The plan's numeric targets: values reported, confirmed and judged."""
