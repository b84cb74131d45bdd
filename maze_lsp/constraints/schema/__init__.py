"""JSON Schemas: what a grammar can enforce of them, and the check of the rest."""

from maze_lsp.constraints.schema.compile import SchemaGrammar, compile_schema

__all__ = ["SchemaGrammar", "compile_schema"]
