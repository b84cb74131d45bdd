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
(source_file (expression_statement (_) @never) @never)
(argument_list) @hole.arguments

(_simple_type) @hole.type

(composite_literal type: (_) @never)

; lists: between their brackets, and one of their own
(parameter_list) @hole.parameters
(parameter_declaration) @hole.parameters
(variadic_parameter_declaration) @hole.parameters
(method_declaration receiver: (parameter_list [(_) @never (parameter_declaration type: (_) @never)]) @never)
(literal_value) @hole.fields
(keyed_element) @hole.fields
(literal_value (literal_element) @hole.fields)
(field_declaration_list) @hole.members
(field_declaration) @hole.members
(interface_type) @hole.members
[(method_elem) (type_elem)] @hole.members
[(expression_switch_statement) (type_switch_statement) (select_statement)] @hole.arms
[(expression_case) (type_case) (communication_case) (default_case)] @hole.arms

(import_spec) @hole.import
(interpreted_string_literal) @hole.string

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

((comment) @hole.docstring . [(function_declaration) (method_declaration) (type_declaration)]
 (#match? @hole.docstring "^//"))
((comment) @hole.docstring . [(var_declaration) (const_declaration) (package_clause)] (#match? @hole.docstring "^//"))
((comment) @hole.docstring . [(field_declaration) (method_elem)] (#match? @hole.docstring "^//"))

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
((if_statement [consequence: (block) alternative: (block)] @kept) (#match? @kept "^\\{\\s*\\}$"))
((statement_list (block) @kept) (#match? @kept "^\\{\\s*\\}$"))
; methods that only mark a type: they leave their receiver without a name
((method_declaration
  receiver: (parameter_list [(parameter_declaration !name) (parameter_declaration name: (identifier) @_receiver)])
  !result
  body: (block) @kept)
 (#match? @kept "^\\{\\s*\\}$") (#match? @_receiver "^_$"))
((function_declaration name: (identifier) @_name body: (block) @kept) (#eq? @_name "_"))

; --- What is not code -------------------------------------------------------------------------------------

(comment) @comment
(interpreted_string_literal) @string
(raw_string_literal) @string
(rune_literal) @string
