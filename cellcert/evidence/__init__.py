"""Files that support an answer (证明材料)."""
