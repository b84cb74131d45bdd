--- The client of the language server: finding it, asking it, places in its units.
local M = {}

M.NAME = "maze_lsp"

---@param buf? integer
---@return vim.lsp.Client?
function M.of(buf)
  return vim.lsp.get_clients({ name = M.NAME, bufnr = buf or vim.api.nvim_get_current_buf() })[1]
end

---@return vim.lsp.Client[]
function M.all()
  return vim.lsp.get_clients({ name = M.NAME })
end

--- The client of a buffer; where there is none the user is told.
---@param buf? integer
---@return vim.lsp.Client?
function M.needed(buf)
  local client = M.of(buf)
  if not client then
    require("maze.say").warn("the language server does not run for this buffer (`:checkhealth maze`).")
  end
  return client
end

--- Run a command of the server. `answered` gets its answer, or nil where there is none any more.
---@param client vim.lsp.Client
---@param name string
---@param argument table
---@param answered? fun(answer: any)
---@return integer? request
function M.command(client, name, argument, answered)
  local params = { command = name, arguments = { argument } }
  local sent, id = client:request("workspace/executeCommand", params, function(err, result)
    if err and err.message then
      vim.lsp.log.warn("maze", name, err.message)
    end
    if answered then
      answered(not err and result or nil)
    end
  end)
  if not sent and answered then
    answered(nil)
  end
  return id
end

---@param buf integer
---@param client vim.lsp.Client
---@param position lsp.Position
---@return integer row 0-based
---@return integer column in bytes
function M.place(buf, client, position)
  local count = vim.api.nvim_buf_line_count(buf)
  if position.line >= count then
    local last = vim.api.nvim_buf_get_lines(buf, count - 1, count, false)[1] or ""
    return count - 1, #last
  end
  local line = vim.api.nvim_buf_get_lines(buf, position.line, position.line + 1, false)[1] or ""
  return position.line, vim.str_byteindex(line, client.offset_encoding, position.character, false)
end

--- A position of the protocol for a place in a buffer.
---@param buf integer
---@param client vim.lsp.Client
---@param row integer
---@param column integer
---@return lsp.Position
function M.position(buf, client, row, column)
  local line = vim.api.nvim_buf_get_lines(buf, row, row + 1, false)[1] or ""
  return { line = row, character = vim.str_utfindex(line, client.offset_encoding, math.min(column, #line), false) }
end

--- The buffer of a document, where it is loaded.
---@param uri string
---@return integer?
function M.buffer(uri)
  local buf = vim.uri_to_bufnr(uri)
  return vim.api.nvim_buf_is_loaded(buf) and buf or nil
end

return M
