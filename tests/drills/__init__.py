"""Slow proofs: what takes minutes, and is run by ``make drills`` instead of ``make test``."""
