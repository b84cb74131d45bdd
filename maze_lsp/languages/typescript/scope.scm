; inherits: javascript/ecma-scope.scm
; Names in TypeScript, beside what it has of JavaScript.

(abstract_class_declaration) @scope.class
[(internal_module) (module)] @scope.lexical

; --- Names of definitions -----------------------------------------------------------------------------------

(class_declaration name: (type_identifier) @declare.outer)
(abstract_class_declaration name: (type_identifier) @declare.outer)
(class name: (type_identifier) @declare.local)
(interface_declaration name: (type_identifier) @declare.local)
(type_alias_declaration name: (type_identifier) @declare.local)
(enum_declaration name: (identifier) @declare.local)
(internal_module name: (identifier) @declare.outer)
(function_signature name: (identifier) @declare.local)
(type_parameter name: (type_identifier) @declare.local)

; --- Parameters and bindings ----------------------------------------------------------------------------------

(required_parameter pattern: (identifier) @declare.parameter type: (type_annotation (_) @type))
(required_parameter pattern: (identifier) @declare.parameter !type)
(optional_parameter pattern: (identifier) @declare.parameter type: (type_annotation (_) @type))
(optional_parameter pattern: (identifier) @declare.parameter !type)
(lexical_declaration
  (variable_declarator name: (identifier) @declare.local type: (type_annotation (_) @type))) @until

; --- Imports ------------------------------------------------------------------------------------------------

(import_require_clause (identifier) @declare.import)
(import_alias . (identifier) @declare.import)

; --- Expected types -----------------------------------------------------------------------------------------

(variable_declarator type: (type_annotation (_) @expected) value: (_) @expected.by)
(public_field_definition type: (type_annotation (_) @expected) value: (_) @expected.by)
(required_parameter type: (type_annotation (_) @expected) value: (_) @expected.by)
(function_declaration return_type: (type_annotation (_) @result))
(method_definition return_type: (type_annotation (_) @result))
(arrow_function return_type: (type_annotation (_) @result))
(function_expression return_type: (type_annotation (_) @result))
