(function_declaration) @scope.function
(generator_function_declaration) @scope.function @generator
(function_expression) @scope.function
(generator_function) @scope.function @generator
(arrow_function) @scope.function
(method_definition) @scope.function
((method_definition "*") @generator)
((method_definition "async") @async)
((function_declaration "async") @async)
((function_expression "async") @async)
((arrow_function "async") @async)
((generator_function "async") @async)
((generator_function_declaration "async") @async)
(class_declaration) @scope.class
(abstract_class_declaration) @scope.class
(class) @scope.class
(class_static_block) @scope.function
(for_statement body: (_) @loop)
(for_in_statement body: (_) @loop)
(while_statement body: (_) @loop)
(do_statement body: (_) @loop)
(switch_case) @switch
(switch_default) @switch
