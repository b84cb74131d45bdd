--- Generated text stays marked: a sign at each of its lines, another one where it was edited since, and the lenses.
local client_of = require("maze.client")
local config = require("maze.config")

local M = {}

M.namespace = vim.api.nvim_create_namespace("maze.spans")

---@class maze.Span
---@field id string
---@field state string offered or accepted
---@field edited boolean
---@field range lsp.Range
---@field version integer

local known = {} ---@type table<integer, table<integer, maze.Span>> Buffer → extmark → span.

---@param client vim.lsp.Client
---@param buf integer
---@param spans maze.Span[]
local function draw(client, buf, spans)
  vim.api.nvim_buf_clear_namespace(buf, M.namespace, 0, -1)
  known[buf] = {}
  local wanted = config.get()
  for _, span in ipairs(spans) do
    local row, column = client_of.place(buf, client, span.range.start)
    local last, end_column = client_of.place(buf, client, span.range["end"])
    local mark = vim.api.nvim_buf_set_extmark(buf, M.namespace, row, column, {
      end_row = last,
      end_col = end_column,
      hl_group = "MazeGenerated",
      virt_text = span.edited and { { "edited since", "MazeHint" } } or nil,
      strict = false,
    })
    known[buf][mark] = span
    for line = row, wanted.marks and last or row - 1 do
      vim.api.nvim_buf_set_extmark(buf, M.namespace, line, 0, {
        sign_text = wanted.sign,
        sign_hl_group = span.edited and "MazeSignEdited" or "MazeSign",
        priority = 1,
      })
    end
  end
end

--- Ask the server what is generated in a buffer, and for its lenses.
---@param client vim.lsp.Client
---@param buf integer
function M.refresh(client, buf)
  if not vim.api.nvim_buf_is_loaded(buf) then
    return
  end
  client_of.command(client, "maze.spans", { uri = vim.uri_from_bufnr(buf) }, function(spans)
    local current = vim.islist(spans) and vim.api.nvim_buf_is_loaded(buf)
    if current and (not spans[1] or spans[1].version == vim.lsp.util.buf_versions[buf]) then
      draw(client, buf, spans)
    end
  end)
  if config.get().lenses and vim.fn.has("nvim-0.12") == 1 then
    if not vim.lsp.codelens.is_enabled({ client_id = client.id }) then
      vim.lsp.codelens.enable(true, { client_id = client.id })
    end
  elseif config.get().lenses then
    local params = { textDocument = vim.lsp.util.make_text_document_params(buf) }
    client:request("textDocument/codeLens", params, vim.lsp.codelens.on_codelens, buf)
  end
end

local timers = {} ---@type table<integer, uv.uv_timer_t>

--- Refresh when nothing more has changed for a moment.
---@param client vim.lsp.Client
---@param buf integer
function M.later(client, buf)
  local timer = timers[buf] or assert(vim.uv.new_timer())
  timers[buf] = timer
  timer:start(
    250,
    0,
    vim.schedule_wrap(function()
      if not client:is_stopped() then
        M.refresh(client, buf)
      end
    end)
  )
end

--- The generated text at the cursor, or else on its line.
---@param buf? integer
---@return maze.Span?
function M.here(buf)
  buf = buf or vim.api.nvim_get_current_buf()
  local at = vim.api.nvim_win_get_cursor(0)
  local row, column, best = at[1] - 1, at[2], nil
  for mark, span in pairs(known[buf] or {}) do
    local found = vim.api.nvim_buf_get_extmark_by_id(buf, M.namespace, mark, { details = true })
    local last = found[3] and found[3].end_row or -1
    if found[1] and found[1] <= row and row <= last then
      local inside = (row > found[1] or column >= found[2]) and (row < last or column <= found[3].end_col)
      if inside then
        return span
      end
      best = best or span
    end
  end
  return best
end

---@param buf integer
---@return maze.Span[]
function M.all(buf)
  return vim.tbl_values(known[buf] or {})
end

--- The buffer has no server any more.
---@param buf integer
function M.clear(buf)
  known[buf] = nil
  if timers[buf] then
    timers[buf]:close()
    timers[buf] = nil
  end
  if vim.api.nvim_buf_is_valid(buf) then
    vim.api.nvim_buf_clear_namespace(buf, M.namespace, 0, -1)
  end
end

return M
