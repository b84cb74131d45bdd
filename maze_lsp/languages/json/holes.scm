; Where something may be generated in JSON. The vocabulary of captures is described in docs/languages.md.

; --- What may be generated anew -------------------------------------------------------------------------

(document . (comment)* . [(object) (array) (string) (number) (true) (false) (null)] @hole.value)
(array [(object) (array) (string) (number) (true) (false) (null)] @hole.value)
(pair value: [(object) (array) (string) (number) (true) (false) (null)] @hole.value)

; a member by itself is the beginning of members
(object) @hole.fields
(pair) @hole.fields
(array) @hole.items
(string) @hole.string

; --- What marks a place that is still to be written ------------------------------------------------------

(pair value: (MISSING number) @marker.value)
((pair value: (string) @marker.value) (#match? @marker.value "^\"(TODO|FIXME|XXX)\\b"))

; --- Markers that belong where they stand: offered at the cursor, never filled in bulk -------------------

; a list of tags, say
((array (string) @marker.value @kept) (#match? @kept "^\"(TODO|FIXME|XXX)\\b"))
(pair value: (null) @marker.value @kept)
(array (null) @marker.value @kept)
(document (null) @marker.value @kept)

; --- What the parser takes and JSON does not ----------------------------------------------------------------

(document [(object) (array) (string) (number) (true) (false) (null)]
  [(object) (array) (string) (number) (true) (false) (null)] @wrong.a_second_value)

; --- What is not code -------------------------------------------------------------------------------------

(comment) @comment
(string) @string
