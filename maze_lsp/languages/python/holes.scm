; Where something may be generated in Python. The vocabulary of captures is described in docs/languages.md.

; --- What may be generated anew -------------------------------------------------------------------------

(expression) @hole.expression
(primary_expression) @hole.expression
(expression_list) @hole.expression
(type) @hole.type
(argument_list) @hole.arguments
(class_definition superclasses: (argument_list) @never)

[
  (expression_statement)
  (return_statement)
  (raise_statement)
  (assert_statement)
  (delete_statement)
  (pass_statement)
  (break_statement)
  (continue_statement)
  (global_statement)
  (nonlocal_statement)
  (import_statement)
  (import_from_statement)
  (future_import_statement)
  (print_statement)
  (exec_statement)
  (type_alias_statement)
  (if_statement)
  (for_statement)
  (while_statement)
  (try_statement)
  (with_statement)
  (match_statement)
] @hole.statement

(function_definition) @hole.declaration
(class_definition) @hole.declaration
(decorated_definition) @hole.declaration

(function_definition body: (block) @hole.body)
(block) @hole.statements
(match_statement body: (block) @never.statements @hole.arms)
(case_clause) @hole.arms

(parameters) @hole.parameters
(parameters [(identifier) (default_parameter) (typed_parameter) (typed_default_parameter)
             (list_splat_pattern) (dictionary_splat_pattern)] @hole.parameters)
(import_statement name: (_) @hole.import)
(import_from_statement [module_name: (dotted_name) name: (_)] @hole.import)
(case_pattern) @hole.pattern
(case_pattern . [(keyword_pattern) (splat_pattern)]) @never
(keyword_pattern (identifier) (_) @hole.pattern)
((string (string_start) @_start . (string_content) @hole.string . (string_end)) (#match? @_start "^[uU]?[\"']"))

(function_definition body: (block . (expression_statement (string) @hole.docstring)))
(class_definition body: (block . (expression_statement (string) @hole.docstring)))
(module . (comment)* . (expression_statement (string) @hole.docstring))

; --- What marks a place that is still to be written ------------------------------------------------------

(expression_statement . (ellipsis) .) @marker.statement
(pass_statement) @marker.statement
(ERROR (ellipsis) @marker.statement)
((raise_statement . (identifier) @_raised .) (#eq? @_raised "NotImplementedError")) @marker.statement
((raise_statement . (call function: (identifier) @_raised) .) (#eq? @_raised "NotImplementedError")) @marker.statement
(assignment right: (ellipsis) @marker)
(return_statement (ellipsis) @marker)
(lambda body: (ellipsis) @marker)

; --- Markers that belong where they stand: offered at the cursor, never filled in bulk -------------------

; it may be a value there
([(argument_list (ellipsis) @marker @kept)
  (keyword_argument value: (ellipsis) @marker @kept)
  (subscript subscript: (ellipsis) @marker @kept)
  (list (ellipsis) @marker @kept)
  (tuple (ellipsis) @marker @kept)
  (set (ellipsis) @marker @kept)
  (pair value: (ellipsis) @marker @kept)
  (default_parameter value: (ellipsis) @marker @kept)
  (typed_default_parameter value: (ellipsis) @marker @kept)])

((expression_statement (ellipsis)) @kept (#path-match? "\\.pyi$"))
((pass_statement) @kept (#path-match? "\\.pyi$"))

; protocols
((class_definition
  superclasses: (argument_list [(identifier) (attribute) (subscript)] @_base)
  body: (block [(function_definition body: (block) @kept)
                (decorated_definition definition: (function_definition body: (block) @kept))]))
 (#match? @_base "(^|\\.)Protocol(\\[|$)"))

; abstract methods, overloads
((decorated_definition
  (decorator [(identifier) (attribute)] @_decorator)
  definition: (function_definition body: (block) @kept))
 (#match? @_decorator "(^|\\.)(overload|abstractmethod|abstractproperty|abstractclassmethod|abstractstaticmethod)$"))

; exceptions and other classes that only give a name to what they inherit
(class_definition superclasses: (argument_list (_)) body: (block . (pass_statement) .) @kept)
(class_definition superclasses: (argument_list (_)) body: (block . (expression_statement (ellipsis)) .) @kept)
(class_definition superclasses: (argument_list (_)) body: (block . (expression_statement (string)) . (pass_statement) .) @kept)

; exceptions that are meant to be ignored
(except_clause (block . (pass_statement) .) @kept)

; --- What the parser takes and Python does not ----------------------------------------------------------------

(import_from_statement name: (dotted_name (_) (_)) @wrong.a_name_with_a_dot)
(import_from_statement name: (aliased_import name: (dotted_name (_) (_)) @wrong.a_name_with_a_dot))

; --- What is not code -------------------------------------------------------------------------------------

(comment) @comment
(string) @string
(interpolation) @code
