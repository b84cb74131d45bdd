; What code uses, for constraints on it. The vocabulary is described in docs/languages.md.

(identifier) @identifier

(call function: [(identifier) (attribute)] @call)
(decorator [(identifier) (attribute)] @call)

(import_statement name: [(dotted_name) @import (aliased_import name: (dotted_name) @import)])
(import_from_statement module_name: (_) @import)

[(string) (concatenated_string) (integer) (float) (true) (false) (none)] @literal
