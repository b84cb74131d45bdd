; Where something may be generated in JavaScript and TypeScript: nodes that the parsers of both know.
; The vocabulary of captures is described in docs/languages.md.

; --- What may be generated anew -------------------------------------------------------------------------

(expression) @hole.expression
(primary_expression) @hole.expression
(expression_statement (expression) @never)
(expression_statement (primary_expression) @never)
(assignment_expression left: (_) @never)
(augmented_assignment_expression left: (_) @never)
(update_expression argument: (_) @never)
(for_in_statement left: (_) @never)
(new_expression constructor: (_) @never)
(call_expression function: [(import) (super)] @never)
(member_expression object: [(super) (import)] @never)
(import_statement source: (_) @never)
(export_statement source: (_) @never)
(export_statement value: (_) @never)
(import_specifier (_) @never)
(export_specifier (_) @never)
(namespace_export (_) @never)
(import_attribute (_) @never)
(pair key: (_) @never)
(pair_pattern key: (_) @never)
(pair_pattern value: (_) @never)
(method_definition name: (_) @never)
(array_pattern (_) @never)
(object_pattern (_) @never)
(assignment_pattern left: (_) @never)
(object_assignment_pattern left: (_) @never)
(rest_pattern (_) @never)
(variable_declarator name: (identifier) @never)
(arrow_function parameter: (_) @never)
(catch_clause parameter: (_) @never)
(call_expression arguments: (template_string) @never)
(template_string) @never
(template_substitution (template_string) @hole.expression)

(call_expression arguments: (arguments) @hole.arguments)
(new_expression arguments: (arguments) @hole.arguments)
(formal_parameters) @hole.parameters
(variable_declarator name: [(object_pattern) (array_pattern)] @hole.pattern)
(class_body) @hole.members
(import_statement) @hole.import
(object) @hole.fields
(array) @hole.items
(string) @hole.string
(import_statement source: (string) @never)

[
  (expression_statement)
  (return_statement)
  (throw_statement)
  (if_statement)
  (for_statement)
  (for_in_statement)
  (while_statement)
  (do_statement)
  (switch_statement)
  (try_statement)
  (break_statement)
  (continue_statement)
  (debugger_statement)
  (labeled_statement)
] @hole.statement
(statement_block [(variable_declaration) (lexical_declaration)] @hole.statement)
(switch_case [(variable_declaration) (lexical_declaration)] @hole.statement)
(for_statement initializer: (_) @never)

[
  (function_declaration)
  (generator_function_declaration)
  (class_declaration)
] @hole.declaration
(program [(variable_declaration) (lexical_declaration)] @hole.declaration)
(export_statement) @hole.declaration

(function_declaration body: (statement_block) @hole.body)
(generator_function_declaration body: (statement_block) @hole.body)
(function_expression body: (statement_block) @hole.body)
(generator_function body: (statement_block) @hole.body)
(arrow_function body: (statement_block) @hole.body)
(method_definition body: (statement_block) @hole.body)
(statement_block) @hole.statements

((comment) @hole.docstring (#match? @hole.docstring "^/\\*\\*[^*/]"))

; --- What marks a place that is still to be written ------------------------------------------------------

((throw_statement
  (new_expression
    constructor: (identifier) @_error
    arguments: (arguments . [(string) (template_string)] @_text))) @marker.statement
 (#match? @_error "Error$")
 (#match? @_text "(?i)^.(todo|fixme|xxx|(is |method |function )?(not (yet )?implemented)|unimplemented|implement me)"))
((throw_statement (new_expression constructor: (identifier) @_error)) @marker.statement
 (#match? @_error "^(NotImplementedError|NotImplemented|UnimplementedError)$"))
((throw_statement (string) @_text) @marker.statement
 (#match? @_text "(?i)^.(todo|fixme|xxx|not (yet )?implemented|unimplemented|implement me)"))
(variable_declarator value: (MISSING identifier) @marker.expression)

; --- Blocks that may well be empty: offered at the cursor, never filled in bulk ----------------------------

((arrow_function body: (statement_block) @kept) (#match? @kept "^\\{\\s*\\}$"))
((function_expression body: (statement_block) @kept) (#match? @kept "^\\{\\s*\\}$"))
((generator_function body: (statement_block) @kept) (#match? @kept "^\\{\\s*\\}$"))
((method_definition name: (property_identifier) @_name body: (statement_block) @kept)
 (#eq? @_name "constructor") (#match? @kept "^\\{\\s*\\}$"))
((catch_clause body: (statement_block) @kept) (#match? @kept "^\\{\\s*\\}$"))
((for_statement body: (statement_block) @kept) (#match? @kept "^\\{\\s*\\}$"))
((for_in_statement body: (statement_block) @kept) (#match? @kept "^\\{\\s*\\}$"))
((while_statement body: (statement_block) @kept) (#match? @kept "^\\{\\s*\\}$"))
((if_statement consequence: (statement_block) @kept) (#match? @kept "^\\{\\s*\\}$"))

; --- What the parser takes and the language does not ----------------------------------------------------------

; values in the place of something that can be assigned to: the parser itself refuses most of them without a parenthesis
(assignment_expression
  left: (parenthesized_expression [
    (array) (arrow_function) (assignment_expression) (augmented_assignment_expression) (await_expression)
    (binary_expression) (call_expression) (class) (false) (function_expression) (generator_function)
    (meta_property) (new_expression) (null) (number) (object) (regex) (sequence_expression) (string)
    (template_string) (ternary_expression) (this) (true) (unary_expression) (update_expression)
    (yield_expression) (member_expression optional_chain: (_)) (subscript_expression optional_chain: (_))
  ]) @wrong.assignment_to_a_value)
(augmented_assignment_expression
  left: (parenthesized_expression [
    (array) (arrow_function) (assignment_expression) (augmented_assignment_expression) (await_expression)
    (binary_expression) (call_expression) (class) (false) (function_expression) (generator_function)
    (meta_property) (new_expression) (null) (number) (object) (regex) (sequence_expression) (string)
    (template_string) (ternary_expression) (this) (true) (unary_expression) (update_expression)
    (yield_expression) (member_expression optional_chain: (_)) (subscript_expression optional_chain: (_))
  ]) @wrong.assignment_to_a_value)
(for_in_statement
  left: (parenthesized_expression [
    (array) (arrow_function) (assignment_expression) (augmented_assignment_expression) (await_expression)
    (binary_expression) (call_expression) (class) (false) (function_expression) (generator_function)
    (meta_property) (new_expression) (null) (number) (object) (regex) (sequence_expression) (string)
    (template_string) (ternary_expression) (this) (true) (unary_expression) (update_expression)
    (yield_expression) (member_expression optional_chain: (_)) (subscript_expression optional_chain: (_))
  ]) @wrong.assignment_to_a_value)
(update_expression
  argument: (parenthesized_expression [
    (array) (arrow_function) (assignment_expression) (augmented_assignment_expression) (await_expression)
    (binary_expression) (call_expression) (class) (false) (function_expression) (generator_function)
    (meta_property) (new_expression) (null) (number) (object) (regex) (sequence_expression) (string)
    (template_string) (ternary_expression) (this) (true) (unary_expression) (update_expression)
    (yield_expression) (member_expression optional_chain: (_)) (subscript_expression optional_chain: (_))
  ]) @wrong.update_of_a_value)
(update_expression
  argument: [
    (array) (arrow_function) (assignment_expression) (augmented_assignment_expression) (await_expression)
    (binary_expression) (call_expression) (class) (false) (function_expression) (generator_function)
    (meta_property) (new_expression) (null) (number) (object) (regex) (sequence_expression) (string)
    (template_string) (ternary_expression) (this) (true) (unary_expression) (update_expression)
    (yield_expression) (member_expression optional_chain: (_)) (subscript_expression optional_chain: (_))
  ] @wrong.update_of_a_value)
(assignment_expression left: (member_expression optional_chain: (_)) @wrong.assignment_to_an_optional_chain)
(augmented_assignment_expression left: (member_expression optional_chain: (_)) @wrong.assignment_to_an_optional_chain)
(for_in_statement left: (member_expression optional_chain: (_)) @wrong.assignment_to_an_optional_chain)

(array_pattern (rest_pattern) @wrong.comma_behind_the_rest . ",")
(object_pattern (rest_pattern) @wrong.comma_behind_the_rest . ",")
(object_pattern (rest_pattern [(object_pattern) (array_pattern)]) @wrong.pattern_behind_three_dots)
(variable_declarator name: [(object_pattern) (array_pattern)] !value) @wrong.pattern_without_a_value
(switch_body (switch_default) (switch_default) @wrong.second_default)
(labeled_statement [(generator_function_declaration) (function_declaration "async")] @wrong.label_of_a_function)
(binary_expression
  left: (binary_expression operator: ["||" "&&"])
  operator: "??") @wrong.question_marks_mixed_with_another_operator
(binary_expression
  operator: "??"
  right: (binary_expression operator: ["||" "&&"])) @wrong.question_marks_mixed_with_another_operator
(binary_expression
  left: (binary_expression operator: "??")
  operator: ["||" "&&"]) @wrong.question_marks_mixed_with_another_operator
(binary_expression
  operator: ["||" "&&"]
  right: (binary_expression operator: "??")) @wrong.question_marks_mixed_with_another_operator

; --- What is not code -------------------------------------------------------------------------------------

(comment) @comment
(hash_bang_line) @comment
(string) @string
(template_string) @string
(template_substitution) @code
(regex) @string
