--- A word or a line of a suggestion, with the client for suggestions that Neovim 0.12 has.
local client_of = require("maze.client")

local M = {}

--- Put the beginning of an item into the buffer and tell the server how much of it that was.
---@param item { client_id: integer, insert_text: string|table, range?: table, command?: lsp.Command }
---@param part "word"|"line"
function M.accept(item, part)
  local client = vim.lsp.get_client_by_id(item.client_id)
  local text = type(item.insert_text) == "table" and item.insert_text.value or item.insert_text
  if not client or type(text) ~= "string" or not item.range then
    return
  end
  local buf = vim.api.nvim_get_current_buf()
  local range = item.range
  local row, column = range.start_row or range.start.row, range.start_col or range.start.col
  local last, end_column = range.end_row or range.end_.row, range.end_col or range.end_.col
  local typed = table.concat(vim.api.nvim_buf_get_text(buf, row, column, last, end_column, {}), "\n")
  local known = vim.startswith(text, typed) and #typed or 0
  local taken = text:sub(1, known + require("maze.inline").reach(text:sub(known + 1), part))
  local lines = vim.split(taken, "\n", { plain = true })
  vim.api.nvim_buf_set_text(buf, row, column, last, end_column, lines)
  vim.api.nvim_win_set_cursor(0, { row + #lines, #lines[#lines] + (#lines == 1 and column or 0) })
  if item.command then
    local argument = vim.deepcopy(item.command.arguments[1])
    argument.length, argument.part = vim.str_utfindex(taken, "utf-32"), part
    client_of.command(client, item.command.command, argument)
  end
end

return M
