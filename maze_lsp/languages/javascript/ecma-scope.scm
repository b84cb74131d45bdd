; Names and the places where they are visible, in JavaScript and TypeScript: nodes that the parsers of both know.
; The vocabulary of captures is described in docs/languages.md.

; --- Scopes ---------------------------------------------------------------------------------------------

[
  (function_declaration)
  (generator_function_declaration)
  (function_expression)
  (generator_function)
  (arrow_function)
  (method_definition)
] @scope.function
[(class_declaration) (class)] @scope.class
[(statement_block) (for_statement) (for_in_statement) (switch_body) (catch_clause)] @scope.lexical

(function_declaration "async") @async
(generator_function_declaration "async") @async
(function_expression "async") @async
(generator_function "async") @async
(arrow_function "async") @async
(method_definition "async") @async
[(generator_function_declaration) (generator_function)] @generator
(method_definition "*") @generator

(for_statement body: (_) @loop)
(for_in_statement body: (_) @loop)
(while_statement body: (_) @loop)
(do_statement body: (_) @loop)
[(switch_case) (switch_default)] @switch

; --- Names of definitions: known around the scope that they open ---------------------------------------------

(function_declaration name: (identifier) @declare.outer)
(generator_function_declaration name: (identifier) @declare.outer)
(function_expression name: (identifier) @declare.local)
(generator_function name: (identifier) @declare.local)

; --- Parameters -------------------------------------------------------------------------------------------

(arrow_function parameter: (identifier) @declare.parameter)
(catch_clause parameter: (identifier) @declare.parameter)

; --- Bindings ---------------------------------------------------------------------------------------------

(lexical_declaration (variable_declarator name: (identifier) @declare.local)) @until
(variable_declaration (variable_declarator name: (identifier) @declare.function)) @until
(for_in_statement kind: ["let" "const"] left: (identifier) @declare.local right: (_) @until)
(for_in_statement kind: "var" left: (identifier) @declare.function right: (_) @until)

; names in patterns belong to the scope that they stand in, be it a parameter or a variable
(object_pattern (shorthand_property_identifier_pattern) @declare.local)
(object_assignment_pattern left: (shorthand_property_identifier_pattern) @declare.local)
(pair_pattern value: (identifier) @declare.local)
(array_pattern (identifier) @declare.local)
(assignment_pattern left: (identifier) @declare.local)
(rest_pattern (identifier) @declare.local)

; --- Imports ------------------------------------------------------------------------------------------------

(import_statement) @import
(import_clause (identifier) @declare.import)
(namespace_import (identifier) @declare.import)
(import_specifier name: (identifier) @declare.import !alias)
(import_specifier alias: (identifier) @declare.import)
((lexical_declaration
  (variable_declarator value: (call_expression function: (identifier) @_require))) @import
 (#eq? @_require "require"))

; --- Expected types -----------------------------------------------------------------------------------------

(return_statement (_) @returned)
