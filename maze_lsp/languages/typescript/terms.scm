; inherits: javascript/ecma-terms.scm

(type_identifier) @identifier
