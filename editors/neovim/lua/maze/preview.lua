--- Text while it is generated, as virtual text at its place. The buffer itself is not touched.
local client_of = require("maze.client")

local M = {}

M.namespace = vim.api.nvim_create_namespace("maze")

---@class maze.Preview
---@field buf integer
---@field mark integer The replaced range, which follows edits.
---@field text? integer The extmark with the text.

local shown = {} ---@type table<string, maze.Preview> By the id of the generation.

--- Tabs as the buffer shows them.
---@param buf integer
---@param line string
---@return string
local function spelled(buf, line)
  if not line:find("\t", 1, true) then
    return line
  end
  local width, column, parts = vim.bo[buf].tabstop, 0, {}
  for piece, tab in line:gmatch("([^\t]*)(\t?)") do
    column = column + vim.fn.strdisplaywidth(piece)
    parts[#parts + 1] = piece
    if tab ~= "" then
      local blanks = width - column % width
      parts[#parts + 1] = (" "):rep(blanks)
      column = column + blanks
    end
  end
  return table.concat(parts)
end

--- How a text is drawn in place of a range: its first line within the line, the others below; for a range of several
--- lines all of it below.
---@param buf integer
---@param from integer[] Row and column where the range begins.
---@param to integer[] Where it ends.
---@param text string
---@param group string
---@param hint? string Said behind the last line.
---@return integer row
---@return integer column
---@return vim.api.keyset.set_extmark
function M.drawn(buf, from, to, text, group, hint)
  local lines = vim.split(text, "\n", { plain = true })
  local head = vim.api.nvim_buf_get_lines(buf, from[1], from[1] + 1, false)[1] or ""
  local within = from[1] == to[1] and lines[1]:find("%S") ~= nil and #lines == 1
  local row, column, marks = from[1], from[2], {} ---@type integer, integer, vim.api.keyset.set_extmark
  if within then
    marks.virt_text = { { spelled(buf, lines[1]), group } }
    marks.virt_text_pos = "inline"
    if hint then
      marks.virt_lines = { { { hint, "MazeHint" } } }
    end
    return row, column, marks
  end
  if vim.trim(lines[1]) == "" and #lines > 1 then
    table.remove(lines, 1)
  else
    lines[1] = head:sub(1, from[2]) .. lines[1]
  end
  marks.virt_lines = vim.tbl_map(function(line)
    return { { spelled(buf, line), group } }
  end, lines)
  if hint then
    table.insert(marks.virt_lines, { { hint, "MazeHint" } })
  end
  return to[1], 0, marks
end

--- Mark the range that is to be replaced, so that it follows edits and is seen to go.
---@param client vim.lsp.Client
---@param buf integer
---@param range lsp.Range
---@return integer mark
function M.replaced(client, buf, range)
  local row, column = client_of.place(buf, client, range.start)
  local end_row, end_column = client_of.place(buf, client, range["end"])
  return vim.api.nvim_buf_set_extmark(buf, M.namespace, row, column, {
    end_row = end_row,
    end_col = end_column,
    hl_group = "MazeReplaced",
    right_gravity = false,
    end_right_gravity = true,
    strict = false,
  })
end

--- Where a mark's range is now; nil where it is gone.
---@param buf integer
---@param mark integer
---@return integer[]? from
---@return integer[] to
function M.range(buf, mark)
  if not vim.api.nvim_buf_is_loaded(buf) then
    return nil, {}
  end
  local found = vim.api.nvim_buf_get_extmark_by_id(buf, M.namespace, mark, { details = true })
  if not found[1] then
    return nil, {}
  end
  local details = assert(found[3])
  return { found[1], found[2] }, { details.end_row or found[1], details.end_col or found[2] }
end

---@param id string
local function take_away(id)
  local one = shown[id]
  shown[id] = nil
  if one and vim.api.nvim_buf_is_valid(one.buf) then
    for _, mark in ipairs({ one.mark, one.text }) do
      vim.api.nvim_buf_del_extmark(one.buf, M.namespace, mark)
    end
  end
end

--- The notification `maze/preview`.
---@param client vim.lsp.Client
---@param params { id: string, uri: string, range: lsp.Range, text: string, done: boolean }
function M.show(client, params)
  if params.done then
    take_away(params.id)
    require("maze.cancel").watch()
    return
  end
  local buf = client_of.buffer(params.uri)
  if not buf then
    return
  end
  local one = shown[params.id]
  if not one then
    one = { buf = buf, mark = M.replaced(client, buf, params.range) }
    shown[params.id] = one
    require("maze.cancel").watch()
  end
  local from, to = M.range(buf, one.mark)
  if not from then
    return
  end
  if params.text == "" then
    if one.text then
      vim.api.nvim_buf_del_extmark(buf, M.namespace, one.text)
      one.text = nil
    end
    return
  end
  local row, column, marks = M.drawn(buf, from, to, params.text, "MazePreview")
  marks.id = one.text
  marks.strict = false
  one.text = vim.api.nvim_buf_set_extmark(buf, M.namespace, row, column, marks)
end

--- Whether something is generated in a buffer.
---@param buf integer
---@return boolean
function M.running(buf)
  for _, one in pairs(shown) do
    if one.buf == buf then
      return true
    end
  end
  return false
end

---@return boolean
function M.any()
  return next(shown) ~= nil
end

--- Take away all; the server has ended.
function M.clear()
  for id in pairs(shown) do
    take_away(id)
  end
  require("maze.cancel").watch()
end

return M
