"""Serial, PDF, signature, verification and the register (证书)."""
