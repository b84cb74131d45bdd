; Where something may be generated in JSX: for the parsers that know it, JavaScript's and TSX's.

[(jsx_element) (jsx_self_closing_element)] @hole.element
[(jsx_element) (jsx_self_closing_element)] @hole.expression
(jsx_element [(jsx_element) (jsx_self_closing_element)] @never)
(jsx_opening_element name: (_) @never)
(jsx_closing_element name: (_) @never)
(jsx_self_closing_element name: (_) @never)
(jsx_attribute (string) @never)

(jsx_text) @string
(jsx_expression) @code

((jsx_element
  open_tag: (jsx_opening_element name: (_) @_opened)
  close_tag: (jsx_closing_element name: (_) @_closed) @wrong.closing_tag_of_another_name)
 (#not-eq? @_opened @_closed))
(jsx_element
  open_tag: (jsx_opening_element !name)
  close_tag: (jsx_closing_element name: (_)) @wrong.closing_tag_of_a_fragment)
(jsx_element
  open_tag: (jsx_opening_element name: (_))
  close_tag: (jsx_closing_element !name) @wrong.closing_tag_without_a_name)
