--- Suggestions at the cursor. Neovim 0.12 has a client for them; for 0.11 this is one: it asks when typing pauses,
--- draws the text, keeps it while it is typed along, and puts all of it, a word or a line of it into the buffer.
local client_of = require("maze.client")
local config = require("maze.config")

local M = {}

M.namespace = vim.api.nvim_create_namespace("maze.inline")

local METHOD = "textDocument/inlineCompletion"
local INVOKED, AUTOMATIC = 1, 2

---@class maze.Suggestion
---@field buf integer
---@field client vim.lsp.Client
---@field text string
---@field mark integer Extmark from where it begins to the end of what it replaces.
---@field command lsp.Command
---@field drawn? integer The extmark that shows it.

local current ---@type maze.Suggestion?
local timer ---@type uv.uv_timer_t?
local asked ---@type { client: vim.lsp.Client, id: integer }?

--- The client that Neovim itself has for this.
---@return table?
function M.native()
  return vim.fn.has("nvim-0.12") == 1 and vim.lsp.inline_completion or nil
end

---@param one maze.Suggestion
---@return integer[]? from
---@return integer[] to
local function place(one)
  local found = vim.api.nvim_buf_get_extmark_by_id(one.buf, M.namespace, one.mark, { details = true })
  if not found[1] then
    return nil, {}
  end
  local details = assert(found[3])
  return { found[1], found[2] }, { details.end_row, details.end_col }
end

--- What of a suggestion is typed already: what stands between its beginning and the cursor. Nil where that is
--- something else.
---@param one maze.Suggestion
---@return string? typed
local function typed_of(one)
  local from = place(one)
  local at = vim.api.nvim_win_get_cursor(0)
  if not from or vim.api.nvim_get_current_buf() ~= one.buf then
    return nil
  end
  if at[1] - 1 < from[1] or (at[1] - 1 == from[1] and at[2] < from[2]) then
    return nil
  end
  local typed = table.concat(vim.api.nvim_buf_get_text(one.buf, from[1], from[2], at[1] - 1, at[2], {}), "\n")
  if vim.startswith(one.text, typed) then
    return typed
  end
  return vim.trim(typed) == "" and "" or nil
end

local function undraw(buf)
  if vim.api.nvim_buf_is_valid(buf) then
    vim.api.nvim_buf_clear_namespace(buf, M.namespace, 0, -1)
  end
end

--- Hide the suggestion.
function M.dismiss()
  if current then
    undraw(current.buf)
    current = nil
  end
end

--- Draw what is left of the suggestion at the cursor; hide it where it does not fit any more.
---@return boolean shown
local function draw()
  local one = current
  if not one then
    return false
  end
  local typed = typed_of(one)
  local rest = typed and one.text:sub(#typed + 1)
  local from = place(one)
  if not rest or rest == "" or not from then
    M.dismiss()
    return false
  end
  local lines = vim.split(rest, "\n", { plain = true })
  local below = {}
  for number = 2, #lines do
    below[#below + 1] = { { lines[number], "MazeInline" } }
  end
  local at = vim.api.nvim_win_get_cursor(0)
  one.drawn = vim.api.nvim_buf_set_extmark(one.buf, M.namespace, at[1] - 1, at[2], {
    id = one.drawn,
    virt_text = { { lines[1], "MazeInline" } },
    virt_text_pos = "inline",
    virt_lines = #below > 0 and below or nil,
    right_gravity = true,
    strict = false,
  })
  return true
end

---@param client vim.lsp.Client
---@param buf integer
---@param item table
local function show(client, buf, item)
  M.dismiss()
  local text = type(item.insertText) == "table" and item.insertText.value or item.insertText
  local at = vim.api.nvim_win_get_cursor(0)
  local row, column, last, end_column = at[1] - 1, at[2], at[1] - 1, at[2]
  if item.range then
    row, column = client_of.place(buf, client, item.range.start)
    last, end_column = client_of.place(buf, client, item.range["end"])
  end
  local mark = vim.api.nvim_buf_set_extmark(buf, M.namespace, row, column, {
    end_row = last,
    end_col = end_column,
    right_gravity = false,
    end_right_gravity = true,
  })
  current = { buf = buf, client = client, text = text, mark = mark, command = item.command }
  if draw() then
    vim.api.nvim_exec_autocmds("User", { pattern = "MazeInline", modeline = false })
  end
end

local function cancel()
  if timer then
    timer:stop()
  end
  if asked then
    asked.client:cancel_request(asked.id)
    asked = nil
  end
end

--- Ask for a suggestion at the cursor.
---@param client vim.lsp.Client
---@param buf integer
---@param kind integer
local function ask(client, buf, kind)
  cancel()
  if client:is_stopped() or vim.api.nvim_get_current_buf() ~= buf or vim.fn.mode():sub(1, 1) ~= "i" then
    return
  end
  local at = vim.api.nvim_win_get_cursor(0)
  local tick = vim.api.nvim_buf_get_changedtick(buf)
  local params = {
    textDocument = { uri = vim.uri_from_bufnr(buf) },
    position = client_of.position(buf, client, at[1] - 1, at[2]),
    context = { triggerKind = kind },
  }
  local sent, id = client:request(METHOD, params, function(err, result)
    asked = nil
    local same = vim.api.nvim_get_current_buf() == buf and vim.api.nvim_buf_get_changedtick(buf) == tick
    if err or not same or not vim.deep_equal(vim.api.nvim_win_get_cursor(0), at) or vim.fn.mode() ~= "i" then
      return
    end
    local items = result and (result.items or result) or {}
    if items[1] then
      show(client, buf, items[1])
    end
  end, buf)
  if sent and id then
    asked = { client = client, id = id }
  end
end

--- Ask at once, where the user wants it.
function M.request()
  local buf = vim.api.nvim_get_current_buf()
  local client = client_of.needed(buf)
  if client then
    ask(client, buf, INVOKED)
  end
end

--- How much of a text is its next word, or its next line.
---@param rest string
---@param part "word"|"line"
---@return integer bytes
function M.reach(rest, part)
  if part == "line" then
    local stop = rest:find("\n", rest:find("[^%s]") or 1, true)
    return stop and stop - 1 or #rest
  end
  local blanks = #rest:match("^%s*")
  local word = rest:match("^[%w_\128-\255]+", blanks + 1) or rest:match("^[^%w_%s]+", blanks + 1) or ""
  return blanks + #word
end

--- Put the suggestion into the buffer, or its next word or line; whether there is one.
---@param part? "word"|"line"
---@return boolean
function M.accept(part)
  local one = current
  local typed = one and typed_of(one)
  if not one or not typed then
    return false
  end
  local stop = part and #typed + M.reach(one.text:sub(#typed + 1), part) or #one.text
  local from, to = place(one)
  if not from then
    return false
  end
  local taken = one.text:sub(1, stop)
  local whole = stop == #one.text
  require("maze.edit").step(one.buf)
  local lines = vim.split(taken, "\n", { plain = true })
  vim.api.nvim_buf_set_text(one.buf, from[1], from[2], to[1], to[2], lines)
  local row = from[1] + #lines
  vim.api.nvim_win_set_cursor(0, { row, #lines[#lines] + (#lines == 1 and from[2] or 0) })
  local argument = vim.deepcopy(one.command.arguments[1])
  if whole then
    M.dismiss()
  else
    argument.length, argument.part = vim.str_utfindex(taken, "utf-32"), part
    vim.api.nvim_buf_set_extmark(one.buf, M.namespace, from[1], from[2], {
      id = one.mark,
      end_row = row - 1,
      end_col = #lines[#lines] + (#lines == 1 and from[2] or 0),
      right_gravity = false,
      end_right_gravity = true,
    })
    draw()
  end
  client_of.command(one.client, one.command.command, argument)
  return true
end

---@return string? text What is shown.
function M.shown()
  local typed = current and typed_of(current)
  return current and typed and current.text:sub(#typed + 1) or nil
end

---@param client vim.lsp.Client
---@param buf integer
---@param group integer
function M.attach(client, buf, group)
  if not config.get().inline then
    return
  end
  local native = M.native()
  if native then
    native.enable(true, { client_id = client.id })
    return
  end
  local delay = config.get().inline_delay
  vim.api.nvim_create_autocmd({ "TextChangedI", "InsertEnter" }, {
    group = group,
    buffer = buf,
    callback = function(event)
      draw()
      if event.event == "TextChangedI" then
        cancel()
        timer = timer or assert(vim.uv.new_timer())
        timer:start(
          delay,
          0,
          vim.schedule_wrap(function()
            ask(client, buf, AUTOMATIC)
          end)
        )
      end
    end,
  })
  vim.api.nvim_create_autocmd("CursorMovedI", { group = group, buffer = buf, callback = draw })
  vim.api.nvim_create_autocmd({ "InsertLeave", "BufLeave" }, {
    group = group,
    buffer = buf,
    callback = function()
      cancel()
      M.dismiss()
    end,
  })
end

return M
