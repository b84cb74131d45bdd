; What code uses, for constraints on it. The vocabulary is described in docs/languages.md.

[(identifier) (field_identifier) (type_identifier) (package_identifier)] @identifier

(call_expression function: [(identifier) (selector_expression)] @call)

(import_spec path: (_) @import)

[(interpreted_string_literal) (raw_string_literal) (rune_literal) (int_literal) (float_literal) (imaginary_literal)
 (true) (false) (nil)] @literal
