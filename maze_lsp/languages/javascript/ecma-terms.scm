; What code uses, for constraints on it, in JavaScript and TypeScript.

[(identifier) (property_identifier) (shorthand_property_identifier) (shorthand_property_identifier_pattern)
 (private_property_identifier)] @identifier

(call_expression function: [(identifier) (member_expression)] @call)
(new_expression constructor: [(identifier) (member_expression)] @call)

(import_statement source: (string) @import)
(call_expression function: (import) arguments: (arguments . (string) @import))
(call_expression function: (identifier) @function arguments: (arguments . (string) @import) (#eq? @function "require"))

[(string) (template_string) (number) (regex) (true) (false) (null) (undefined)] @literal
