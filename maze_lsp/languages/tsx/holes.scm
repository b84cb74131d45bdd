; inherits: typescript/holes.scm
; inherits: javascript/jsx-holes.scm
; Where something may be generated in TypeScript with JSX: all of it is in the files above.

; --- What the parser takes and the language does not ----------------------------------------------------------

; `</` closes an element, even where a comment is meant
((type_arguments) @wrong.comment_at_once_behind_an_angle_bracket
 (#match? @wrong.comment_at_once_behind_an_angle_bracket "^<//"))
((type_parameters) @wrong.comment_at_once_behind_an_angle_bracket
 (#match? @wrong.comment_at_once_behind_an_angle_bracket "^<//"))
((binary_expression operator: "<" . (comment) @wrong.comment_behind_an_angle_bracket)
 (#match? @wrong.comment_behind_an_angle_bracket "^//"))
