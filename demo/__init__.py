"""`python -m demo`: an editor without a screen that drives the real language server; shows what an editor would."""
