; What code uses, for constraints on it. The vocabulary is described in docs/languages.md.

[(identifier) (field_identifier) (type_identifier) (shorthand_field_identifier)] @identifier

(call_expression function: [(identifier) (scoped_identifier) (field_expression)] @call)
(macro_invocation macro: [(identifier) (scoped_identifier)] @call)

(use_declaration argument: (_) @import)

[(string_literal) (raw_string_literal) (char_literal) (integer_literal) (float_literal) (boolean_literal)] @literal
