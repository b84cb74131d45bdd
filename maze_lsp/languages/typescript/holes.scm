(expression) @hole.expression
(decorator (_) @never)
(arguments) @hole.arguments
(template_string) @never

(type) @hole.type
(class_declaration name: (_) @never)
(abstract_class_declaration name: (_) @never)
(class name: (_) @never)
(interface_declaration name: (_) @never)
(type_alias_declaration name: (_) @never)
(type_parameter name: (_) @never)
(mapped_type_clause name: (_) @never)
(generic_type name: (_) @never)
(infer_type (type_identifier) @never)
(implements_clause (type) @never)
(extends_type_clause type: (_) @never)
(conditional_type left: (_) @never)
(conditional_type right: (_) @never)
(array_type (primary_type) @never)
(lookup_type . (primary_type) @never)

[(expression_statement) (return_statement) (throw_statement) (if_statement) (for_statement) (for_in_statement)
 (while_statement) (do_statement) (switch_statement) (try_statement) (break_statement) (continue_statement) (labeled_statement)
 (debugger_statement)] @hole.statement
(statement_block [(lexical_declaration) (variable_declaration) (function_declaration) (class_declaration)] @hole.statement)
(program [(lexical_declaration) (variable_declaration) (function_declaration) (class_declaration) (generator_function_declaration)
  (interface_declaration)
  (type_alias_declaration)
  (enum_declaration)
  (abstract_class_declaration)
  (ambient_declaration)
  (export_statement)
  (module)
] @hole.declaration)
(import_statement) @hole.import
(interface_body) @hole.members
(class_body) @hole.members
(formal_parameters) @hole.parameters
(object) @hole.fields
(object_pattern) @hole.pattern
(array_pattern) @hole.pattern
(function_declaration body: (statement_block) @hole.body)
(generator_function_declaration body: (statement_block) @hole.body)
(function_expression body: (statement_block) @hole.body)
(generator_function body: (statement_block) @hole.body)
(arrow_function body: (statement_block) @hole.body)
(method_definition body: (statement_block) @hole.body)
(statement_block) @hole.statements
