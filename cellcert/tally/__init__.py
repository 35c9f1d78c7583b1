"""Progress to the target (进度统计)."""
