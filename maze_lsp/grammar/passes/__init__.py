"""Small pure transformations of the model, one a file, each from Grammar to Grammar.

Their order: `brackets` → `contexts` → `leads` (after which only plain rules and spelled-out terminals are left) →
`inline` → `fuse` → `simplify`; `reserve` and `restrict` change terminals only and may come at any time before `leads`.
"""
