--- Proposals: texts that wait until the user accepts them, whole or line by line (the server's setting `review`).
local client_of = require("maze.client")
local preview = require("maze.preview")
local say = require("maze.say")

local M = {}

local HINT = "maze: accept, accept-line, reject or regenerate (`:Maze review`)"

---@class maze.Proposal
---@field id string
---@field client vim.lsp.Client
---@field buf integer
---@field mark integer The range that would be replaced.
---@field text integer The extmark with the text.

local shown = {} ---@type table<string, maze.Proposal>

---@param id string
local function take_away(id)
  local one = shown[id]
  shown[id] = nil
  if one and vim.api.nvim_buf_is_valid(one.buf) then
    vim.api.nvim_buf_del_extmark(one.buf, preview.namespace, one.mark)
    vim.api.nvim_buf_del_extmark(one.buf, preview.namespace, one.text)
  end
end

--- The notification `maze/proposal`.
---@param client vim.lsp.Client
---@param params { id: string, uri: string, range: lsp.Range, text: string, done: boolean, verdict: string }
function M.show(client, params)
  take_away(params.id)
  local buf = not params.done and client_of.buffer(params.uri)
  if not buf then
    return
  end
  local mark = preview.replaced(client, buf, params.range)
  local from, to = preview.range(buf, mark)
  if not from then
    return
  end
  local hint = ("%s [%s]"):format(HINT, params.verdict)
  local row, column, marks = preview.drawn(buf, from, to, params.text, "MazeProposal", hint)
  marks.strict = false
  local text = vim.api.nvim_buf_set_extmark(buf, preview.namespace, row, column, marks)
  shown[params.id] = { id = params.id, client = client, buf = buf, mark = mark, text = text }
end

--- The proposal of a buffer that is nearest to the cursor.
---@param buf? integer
---@return maze.Proposal?
function M.here(buf)
  buf = buf or vim.api.nvim_get_current_buf()
  local at, best, distance = vim.api.nvim_win_get_cursor(0)[1] - 1, nil, math.huge
  for _, one in pairs(shown) do
    local from = one.buf == buf and preview.range(buf, one.mark)
    if from and math.abs(from[1] - at) < distance then
      best, distance = one, math.abs(from[1] - at)
    end
  end
  return best
end

---@type table<string, fun(one: maze.Proposal)>
local ways = {
  accept = function(one)
    client_of.command(one.client, "maze.accept", { id = one.id })
  end,
  line = function(one)
    client_of.command(one.client, "maze.accept", { id = one.id, lines = 1 })
  end,
  reject = function(one)
    client_of.command(one.client, "maze.reject", { id = one.id })
  end,
  regenerate = function(one)
    client_of.command(one.client, "maze.regenerate", { id = one.id })
  end,
}

M.WAYS = { "accept", "line", "reject", "regenerate" }

--- Do something with the proposal here; whether there is one.
---@param way string accept, line, reject or regenerate
---@return boolean
function M.act(way)
  local one = M.here()
  if one then
    ways[way](one)
  end
  return one ~= nil
end

--- Ask what is to be done with the proposal here.
---@param way string One of the ways; empty: ask.
function M.ask(way)
  if way ~= "" and not ways[way] then
    say.warn(("there is no `%s`; there is: %s."):format(way, table.concat(M.WAYS, ", ")))
  elseif not M.here() then
    say.info("no proposed text stands here.")
  elseif way ~= "" then
    M.act(way)
  else
    vim.ui.select(M.WAYS, { prompt = "The proposed text:" }, function(chosen)
      if chosen then
        M.act(chosen)
      end
    end)
  end
end

--- Take away all; the server has ended.
function M.clear()
  for id in pairs(shown) do
    take_away(id)
  end
end

return M
