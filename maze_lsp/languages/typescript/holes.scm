; inherits: javascript/ecma-holes.scm
; Where something may be generated in TypeScript, beside what it has of JavaScript.

; --- Types ------------------------------------------------------------------------------------------------

(type) @hole.type
; names, and types of which only some would do
(class_declaration name: (_) @never)
(class name: (_) @never)
(abstract_class_declaration name: (_) @never)
(interface_declaration name: (_) @never)
(type_alias_declaration name: (_) @never)
(type_parameter name: (_) @never)
(mapped_type_clause name: (_) @never)
(generic_type name: (_) @never)
(infer_type . (_) @never)
(implements_clause (_) @never)
(extends_type_clause type: (_) @never)
(conditional_type left: (_) @never)
(conditional_type right: (_) @never)
(array_type (primary_type) @never)
(lookup_type . (primary_type) @never)
(optional_type (_) @never)

; --- Names and literals in types are no expressions -----------------------------------------------------------

(required_parameter pattern: (_) @never)
(optional_parameter pattern: (_) @never)
(required_parameter name: (_) @never)
(optional_parameter name: (_) @never)
(type_query (_) @never)
(type_query (member_expression (_) @never))
(type_query (member_expression (member_expression (_) @never)))
(literal_type (_) @never)
(nested_identifier (_) @never)
(nested_type_identifier module: (_) @never)
(type_predicate name: (_) @never)
(asserts (identifier) @never)
(index_signature name: (_) @never)
(property_signature name: (_) @never)
(property_signature name: (computed_property_name (_) @never))
(method_signature name: (_) @never)
(method_signature name: (computed_property_name (_) @never))
(abstract_method_signature name: (_) @never)
(public_field_definition name: (_) @never)
(function_signature name: (_) @never)
(enum_declaration name: (_) @never)
(enum_body name: (_) @never)
(enum_assignment name: (_) @never)
(internal_module name: (_) @never)
(module name: (_) @never)
(import_require_clause (_) @never)
(import_alias (_) @never)
(extends_clause value: (_) @never)
(decorator (_) @never)

; --- Declarations and members -------------------------------------------------------------------------------

[
  (interface_declaration)
  (type_alias_declaration)
  (enum_declaration)
  (abstract_class_declaration)
  (ambient_declaration)
  (module)
] @hole.declaration
(interface_body) @hole.members

; --- Blocks that may well be empty: offered at the cursor, never filled in bulk --------------------------------

((internal_module body: (statement_block) @kept) (#match? @kept "^\\{\\s*\\}$"))
((module body: (statement_block) @kept) (#match? @kept "^\\{\\s*\\}$"))
((ambient_declaration (statement_block) @kept) (#match? @kept "^\\{\\s*\\}$"))
