; Where something may be generated in Rust. The vocabulary of captures is described in docs/languages.md.

; --- What may be generated anew -------------------------------------------------------------------------

(_expression) @hole.expression
(attribute value: (_) @never)
; a lone name at the end of a block may well become a statement
(block (identifier) @never)
(arguments) @hole.arguments

(_type) @hole.type
(trait_bounds (_type) @never)
(bounded_type (_type) @never)
(removed_trait_bound (_type) @never)
(higher_ranked_trait_bound type: (_) @never)
(bracketed_type (_type) @never)
(qualified_type alias: (_) @never)
(impl_item trait: (_) @never)

(_pattern) @hole.pattern
(mut_pattern (identifier) @never)
(ref_pattern (identifier) @never)
(captured_pattern (_pattern) @never)
(reference_pattern (_pattern) @never)
(remaining_field_pattern) @never

(parameters) @hole.parameters
(function_type parameters: (_) @never)
(use_declaration) @hole.import
(field_initializer_list) @hole.fields
(match_block) @hole.arms
(impl_item body: (declaration_list) @hole.members)
(trait_item body: (declaration_list) @hole.members)
((string_literal) @hole.string (#match? @hole.string "^\""))
(line_comment outer: (_)) @hole.docstring

(expression_statement) @hole.statement
(let_declaration) @hole.statement
(block [
  (function_item)
  (const_item)
  (static_item)
  (struct_item)
  (enum_item)
  (type_item)
  (impl_item)
  (trait_item)
] @hole.statement)

(source_file [(const_item) (static_item) (type_item) (macro_definition)] @hole.declaration)
(declaration_list [(const_item) (static_item) (type_item) (macro_definition)] @hole.declaration)
(function_item) @hole.declaration
(struct_item) @hole.declaration
(enum_item) @hole.declaration
(union_item) @hole.declaration
(trait_item) @hole.declaration
(impl_item) @hole.declaration
(mod_item) @hole.declaration

(function_item body: (block) @hole.body)
(closure_expression body: (block) @hole.body)
(block) @hole.statements

; --- What marks a place that is still to be written ------------------------------------------------------

((macro_invocation macro: (identifier) @_macro) @marker
 (#any-of? @_macro "todo" "unimplemented"))
((macro_invocation macro: (identifier) @_macro (token_tree . [(string_literal) (raw_string_literal)] @_text)) @marker
 (#eq? @_macro "panic")
 (#match? @_text "(?i)^r?#*\"(todo|fixme|xxx|not (yet )?implemented|unimplemented|implement me)"))

; those that are statements, or a block's value
((block (macro_invocation macro: (identifier) @_macro) @marker.statement)
 (#any-of? @_macro "todo" "unimplemented"))
((block (macro_invocation macro: (identifier) @_macro
  (token_tree . [(string_literal) (raw_string_literal)] @_text)) @marker.statement)
 (#eq? @_macro "panic")
 (#match? @_text "(?i)^r?#*\"(todo|fixme|xxx|not (yet )?implemented|unimplemented|implement me)"))
((expression_statement (macro_invocation macro: (identifier) @_macro) @never) @marker.statement
 (#any-of? @_macro "todo" "unimplemented"))
((expression_statement (macro_invocation macro: (identifier) @_macro
  (token_tree . [(string_literal) (raw_string_literal)] @_text)) @never) @marker.statement
 (#eq? @_macro "panic")
 (#match? @_text "(?i)^r?#*\"(todo|fixme|xxx|not (yet )?implemented|unimplemented|implement me)"))

; --- Blocks that may well be empty: offered at the cursor, never filled in bulk ----------------------------

((closure_expression body: (block) @kept) (#match? @kept "^\\{\\s*\\}$"))
((match_arm value: (block) @kept) (#match? @kept "^\\{\\s*\\}$"))
((if_expression consequence: (block) @kept) (#match? @kept "^\\{\\s*\\}$"))
((else_clause (block) @kept) (#match? @kept "^\\{\\s*\\}$"))
((loop_expression body: (block) @kept) (#match? @kept "^\\{\\s*\\}$"))
((while_expression body: (block) @kept) (#match? @kept "^\\{\\s*\\}$"))
((for_expression body: (block) @kept) (#match? @kept "^\\{\\s*\\}$"))
([(async_block (block) @kept) (const_block body: (block) @kept)] (#match? @kept "^\\{\\s*\\}$"))
((trait_item body: (declaration_list (function_item body: (block) @kept))) (#match? @kept "^\\{\\s*\\}$"))

; --- What is not code -------------------------------------------------------------------------------------

(line_comment !outer !inner) @comment
(block_comment) @comment
(line_comment inner: (_)) @comment
(line_comment outer: (_)) @string
(string_literal) @string
(raw_string_literal) @string
(char_literal) @string

; --- What the parser takes and the language does not ------------------------------------------------------------

(call_expression function: (await_expression) @wrong.await_takes_no_arguments)
; `0..1.` and `.2` to the grammar
(range_expression (range_expression) @wrong.a_range_of_ranges)
