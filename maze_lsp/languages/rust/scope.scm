; Names and the places where they are visible in Rust. The vocabulary is described in docs/languages.md.

; --- Scopes ---------------------------------------------------------------------------------------------

(function_item) @scope.function
(function_signature_item) @scope.function
(closure_expression) @scope.function
(async_block) @scope.function
[(impl_item) (trait_item)] @scope.class
[(block) (match_arm) (if_expression) (while_expression) (for_expression)] @scope.lexical
; items, so that their names are known around them
[(mod_item) (struct_item) (enum_item) (union_item) (type_item) (const_item) (static_item) (macro_definition)] @scope.lexical

((function_item (function_modifiers) @_modifiers) @async (#match? @_modifiers "\\basync\\b"))
(async_block) @async
((closure_expression) @async (#match? @async "^async\\b"))
(loop_expression body: (block) @loop)
(while_expression body: (block) @loop)
(for_expression body: (block) @loop)
((block) @switch (#match? @switch "^'"))

; --- Names of items: known in all of the block or module that they are in ---------------------------------------

(function_item name: (identifier) @declare.hoisted)
(function_signature_item name: (identifier) @declare.hoisted)
(mod_item name: (identifier) @declare.hoisted)
(struct_item name: (type_identifier) @declare.hoisted)
(enum_item name: (type_identifier) @declare.hoisted)
(union_item name: (type_identifier) @declare.hoisted)
(type_item name: (type_identifier) @declare.hoisted)
(trait_item name: (type_identifier) @declare.hoisted)
(const_item name: (identifier) @declare.hoisted type: (_) @type)
(static_item name: (identifier) @declare.hoisted type: (_) @type)
(macro_definition name: (identifier) @declare.hoisted)

; --- Parameters; those of a type also count in its functions ------------------------------------------------------

(parameter pattern: (identifier) @declare.parameter type: (_) @type)
(parameter pattern: (mut_pattern (identifier) @declare.parameter) type: (_) @type)
(closure_parameters (identifier) @declare.parameter)
(self_parameter (self) @declare.parameter)
(type_parameter name: (type_identifier) @declare.parameter)
(const_parameter name: (identifier) @declare.parameter)
(impl_item type_parameters: (type_parameters (type_parameter name: (type_identifier) @declare.outer)))
(impl_item type_parameters: (type_parameters (const_parameter name: (identifier) @declare.outer)))
(trait_item type_parameters: (type_parameters (type_parameter name: (type_identifier) @declare.outer)))

; --- Bindings: known behind the statement or the value that they get --------------------------------------------

(let_declaration pattern: (identifier) @declare.local type: (_) @type) @until
(let_declaration pattern: (identifier) @declare.local !type) @until
(let_declaration pattern: (mut_pattern (identifier) @declare.local)) @until
(let_declaration pattern: (tuple_pattern (identifier) @declare.local)) @until
(let_declaration pattern: (tuple_struct_pattern (identifier) @declare.local)) @until
(for_expression pattern: (identifier) @declare.local value: (_) @until)
(for_expression pattern: (tuple_pattern (identifier) @declare.local) value: (_) @until)
(let_condition pattern: (identifier) @declare.local value: (_) @until)
(let_condition pattern: (tuple_struct_pattern (identifier) @declare.local) value: (_) @until)
(match_pattern (identifier) @declare.local)
(tuple_pattern (identifier) @declare.local)
(tuple_struct_pattern (identifier) @declare.local)
(slice_pattern (identifier) @declare.local)
(ref_pattern (identifier) @declare.local)
(mut_pattern (identifier) @declare.local)
(reference_pattern (identifier) @declare.local)
(captured_pattern . (identifier) @declare.local)
(or_pattern (identifier) @declare.local)
(field_pattern name: (shorthand_field_identifier) @declare.local)
(field_pattern pattern: (identifier) @declare.local)

; --- Imports; a path also tells the name of its crate -----------------------------------------------------------

[(use_declaration) (extern_crate_declaration)] @import
(extern_crate_declaration name: (identifier) @declare.import)
(extern_crate_declaration alias: (identifier) @declare.import)
(use_declaration argument: (identifier) @declare.import)
(use_declaration argument: (scoped_identifier name: (identifier) @declare.import))
(use_declaration argument: (scoped_identifier path: (identifier) @declare.import))
(use_declaration argument: (scoped_identifier path: (scoped_identifier path: (identifier) @declare.import)))
(scoped_use_list path: (identifier) @declare.import)
(scoped_use_list path: (scoped_identifier path: (identifier) @declare.import))
(scoped_use_list path: (scoped_identifier name: (identifier) @declare.import) list: (use_list (self)))
(use_list (identifier) @declare.import)
(use_list (scoped_identifier name: (identifier) @declare.import))
(use_as_clause alias: (identifier) @declare.import)
(use_wildcard) @open
((attribute_item (attribute (identifier) @_name)) @open (#eq? @_name "macro_use"))

; --- Expected types -----------------------------------------------------------------------------------------

(function_item return_type: (_) @result)
(return_expression (_) @returned)
(function_item body: (block (_expression) @returned .))
(let_declaration type: (_) @expected value: (_) @expected.by)
(const_item type: (_) @expected value: (_) @expected.by)
(static_item type: (_) @expected value: (_) @expected.by)
