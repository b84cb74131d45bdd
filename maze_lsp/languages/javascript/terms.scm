; inherits: javascript/ecma-terms.scm
