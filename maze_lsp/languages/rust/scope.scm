; Names and the places where they are visible in Rust. The vocabulary is described in docs/languages.md.

; --- Scopes ---------------------------------------------------------------------------------------------

(function_item) @scope.function
(function_signature_item) @scope.function
(closure_expression) @scope.function
(async_block) @scope.function
[(impl_item) (trait_item)] @scope.class
[(block) (match_arm) (if_expression) (while_expression) (for_expression)] @scope.lexical
(mod_item) @scope.lexical

((function_item (function_modifiers) @_modifiers) @async (#match? @_modifiers "\\basync\\b"))
(async_block) @async
((closure_expression) @async (#match? @async "^async\\b"))
(loop_expression body: (block) @loop)
(while_expression body: (block) @loop)
(for_expression body: (block) @loop)
(block (label) @_label) @switch
