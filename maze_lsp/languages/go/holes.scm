; Where something may be generated in Go. The vocabulary of captures is described in docs/languages.md.

; --- What may be generated anew -------------------------------------------------------------------------

(_expression) @hole.expression
((_expression) @never (#eq? @never "_"))
(assignment_statement left: (expression_list (_expression) @never))
(short_var_declaration left: (expression_list (_expression) @never))
(range_clause left: (expression_list (_expression) @never))
(keyed_element . (literal_element (identifier) @never))
(communication_case communication: (receive_statement left: (expression_list (_expression) @never)))
(type_switch_statement alias: (expression_list (_expression) @never))
(import_spec path: (_) @never)
(field_declaration tag: (_) @never)
(argument_list) @hole.arguments

(_simple_type) @hole.type

(composite_literal type: (_) @never)

[
  (expression_statement)
  (send_statement)
  (inc_statement)
  (dec_statement)
  (assignment_statement)
  (short_var_declaration)
  (return_statement)
  (go_statement)
  (defer_statement)
  (if_statement)
  (for_statement)
  (expression_switch_statement)
  (type_switch_statement)
  (select_statement)
  (break_statement)
  (continue_statement)
  (goto_statement)
] @hole.statement
(statement_list [(var_declaration) (const_declaration) (type_declaration) (block)] @hole.statement)
(if_statement initializer: (_) @never)
(for_clause initializer: (_) @never)
(for_clause update: (_) @never)
(expression_switch_statement initializer: (_) @never)
(type_switch_statement initializer: (_) @never)
(communication_case communication: (_) @never)

(function_declaration) @hole.declaration
(method_declaration) @hole.declaration
(source_file [(var_declaration) (const_declaration) (type_declaration)] @hole.declaration)

(function_declaration body: (block) @hole.body)
(method_declaration body: (block) @hole.body)
(func_literal body: (block) @hole.body)
(block) @hole.statements

; --- What marks a place that is still to be written ------------------------------------------------------

((expression_statement
  (call_expression
    function: (identifier) @_function
    arguments: (argument_list . [(interpreted_string_literal) (raw_string_literal)] @_text .))) @marker.statement
 (#eq? @_function "panic")
 (#match? @_text "(?i)^.(todo|fixme|xxx|not (yet )?implemented|unimplemented|implement me)"))

; --- Blocks that may well be empty: offered at the cursor, never filled in bulk ----------------------------

((func_literal body: (block) @kept) (#match? @kept "^\\{\\s*\\}$"))
((for_statement body: (block) @kept) (#match? @kept "^\\{\\s*\\}$"))
((if_statement consequence: (block) @kept) (#match? @kept "^\\{\\s*\\}$"))

; --- What is not code -------------------------------------------------------------------------------------

(comment) @comment
(interpreted_string_literal) @string
(raw_string_literal) @string
(rune_literal) @string
