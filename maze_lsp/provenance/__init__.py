"""Provenance: records, the ledger that keeps them, and spans that follow edits. Knows nothing of generation."""
