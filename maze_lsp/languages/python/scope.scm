; Names and the places where they are visible in Python. The vocabulary is described in docs/languages.md.

; --- Scopes ---------------------------------------------------------------------------------------------

(function_definition) @scope.function
(function_definition "async") @async
(lambda) @scope.function
(class_definition) @scope.class
(list_comprehension) @scope.block
(set_comprehension) @scope.block
(dictionary_comprehension) @scope.block
(generator_expression) @scope.block

(for_statement body: (block) @loop)
(while_statement body: (block) @loop)

; --- Names of definitions: known around the scope that they open ---------------------------------------------

(function_definition name: (identifier) @declare.outer)
(class_definition name: (identifier) @declare.outer)

; --- Parameters -------------------------------------------------------------------------------------------

(parameters (identifier) @declare.parameter)
(parameters (default_parameter name: (identifier) @declare.parameter))
(parameters (typed_parameter . [(identifier) @declare.parameter
                                (list_splat_pattern (identifier) @declare.parameter)
                                (dictionary_splat_pattern (identifier) @declare.parameter)]
                             type: (type) @type))
(parameters (typed_default_parameter name: (identifier) @declare.parameter type: (type) @type))
(parameters [(list_splat_pattern (identifier) @declare.parameter)
             (dictionary_splat_pattern (identifier) @declare.parameter)])
(parameters (tuple_pattern (identifier) @declare.parameter))
(lambda_parameters (identifier) @declare.parameter)
(lambda_parameters (default_parameter name: (identifier) @declare.parameter))
(lambda_parameters [(list_splat_pattern (identifier) @declare.parameter)
                    (dictionary_splat_pattern (identifier) @declare.parameter)])
(function_definition type_parameters: (type_parameter (type (identifier) @declare.parameter)))
(class_definition type_parameters: (type_parameter (type (identifier) @declare.parameter)))

; --- Bindings ---------------------------------------------------------------------------------------------

; a name is bound behind the value (@until), not in it
(assignment left: (identifier) @declare.local !type) @until
(assignment left: (identifier) @declare.local type: (type) @type) @until
(assignment left: [(pattern_list (identifier) @declare.local)
                   (pattern_list [(tuple_pattern (identifier) @declare.local)
                                 (list_pattern (identifier) @declare.local)
                                 (list_splat_pattern (identifier) @declare.local)])
                   (tuple_pattern (identifier) @declare.local)
                   (list_pattern (identifier) @declare.local)]) @until
(augmented_assignment left: (identifier) @declare.local)
(named_expression name: (identifier) @declare.function)
(for_statement left: (identifier) @declare.local right: (_) @until)
(for_statement left: [(pattern_list (identifier) @declare.local)
                      (pattern_list [(tuple_pattern (identifier) @declare.local)
                                     (list_splat_pattern (identifier) @declare.local)])
                      (tuple_pattern (identifier) @declare.local)] right: (_) @until)
(for_in_clause left: (identifier) @declare.local)
(pattern_list (identifier) @declare.local)
(pattern_list (list_splat_pattern (identifier) @declare.local))
(tuple_pattern (identifier) @declare.local)
(tuple_pattern (list_splat_pattern (identifier) @declare.local))
(list_pattern (identifier) @declare.local)
(list_pattern (list_splat_pattern (identifier) @declare.local))
(as_pattern_target (identifier) @declare.local)
(as_pattern_target (tuple (identifier) @declare.local))
(as_pattern_target (list (identifier) @declare.local))
(type_alias_statement left: (type (identifier) @declare.local))
(type_alias_statement left: (type (generic_type . (identifier) @declare.local)))

; match: a bare name in a pattern binds, a dotted one does not
(case_pattern (dotted_name . (identifier) @declare.local .))
(class_pattern (case_pattern (dotted_name . (identifier) @declare.local .)))
(keyword_pattern (identifier) (dotted_name . (identifier) @declare.local .))
(splat_pattern (identifier) @declare.local)
(as_pattern (case_pattern) (identifier) @declare.local)

(global_statement (identifier) @declare.global)
(nonlocal_statement (identifier) @declare.nonlocal)

; --- Imports ------------------------------------------------------------------------------------------------

(import_statement) @import
(import_from_statement) @import
(future_import_statement) @import
(import_statement name: (dotted_name . (identifier) @declare.import))
(import_statement name: (aliased_import alias: (identifier) @declare.import))
(import_from_statement name: (dotted_name (identifier) @declare.import))
(import_from_statement name: (aliased_import alias: (identifier) @declare.import))
(wildcard_import) @open

; --- Expected types -----------------------------------------------------------------------------------------

(function_definition return_type: (type) @result)
(return_statement (_) @returned)
(assignment type: (type) @expected right: (_) @expected.by)
(typed_default_parameter type: (type) @expected value: (_) @expected.by)
