"""After the award: re-check, rectify, suspend, revoke, give back, expire (动态管理)."""
