; Names and the places where they are visible in Go. The vocabulary is described in docs/languages.md.

; --- Scopes ---------------------------------------------------------------------------------------------

(function_declaration) @scope.function
(method_declaration) @scope.function
(func_literal) @scope.function
[(block) (if_statement) (for_statement) (expression_switch_statement) (type_switch_statement)
 (expression_case) (default_case) (type_case) (communication_case)] @scope.lexical

(for_statement body: (block) @loop)
(expression_switch_statement [(expression_case) (default_case)] @switch)
(type_switch_statement [(type_case) (default_case)] @switch)
(select_statement [(communication_case) (default_case)] @switch)

; --- Names of definitions: known around the scope that they open ---------------------------------------------

(function_declaration name: (identifier) @declare.outer)

; --- Parameters -------------------------------------------------------------------------------------------

(parameter_declaration name: (identifier) @declare.parameter type: (_) @type)
(variadic_parameter_declaration name: (identifier) @declare.parameter type: (_) @type)
(type_parameter_declaration name: (identifier) @declare.parameter)

; --- Bindings ---------------------------------------------------------------------------------------------

(var_spec name: (identifier) @declare.local type: (_) @type) @until
(var_spec name: (identifier) @declare.local !type) @until
(const_spec name: (identifier) @declare.local) @until
(type_spec name: (type_identifier) @declare.local)
(type_alias name: (type_identifier) @declare.local)
(short_var_declaration left: (expression_list (identifier) @declare.local)) @until
(range_clause left: (expression_list (identifier) @declare.local)) @until
(receive_statement left: (expression_list (identifier) @declare.local)) @until
(type_switch_statement alias: (expression_list (identifier) @declare.local) value: (_) @until)

; --- Imports ------------------------------------------------------------------------------------------------

(import_declaration) @import
(import_spec name: (package_identifier) @declare.import)
(import_spec name: (dot)) @open
; a package goes on in other files
(package_clause) @open

; --- Expected types -----------------------------------------------------------------------------------------

(function_declaration result: (_) @result)
(method_declaration result: (_) @result)
(func_literal result: (_) @result)
(return_statement (expression_list (_) @returned))
(var_spec type: (_) @expected value: (expression_list (_) @expected.by))
