--- What the user set in `vim.g.maze`, checked. Settings of the server are not here: they stand in
--- `vim.lsp.config("maze_lsp", { settings = { maze = { … } } })`.
local M = {}

---@class maze.Config
---@field cmd? string[] How the server is started; else it is looked for.
---@field escape boolean <Esc> in normal mode cancels what is generated in the buffer.
---@field lenses boolean Show the server's code lenses (Accept, Regenerate, Why).
---@field marks boolean Mark generated lines in the sign column.
---@field sign string The mark.
---@field inline boolean Suggest text at the cursor while typing.
---@field inline_delay integer Milliseconds without typing until a suggestion is asked for.

---@type maze.Config
local defaults = {
  cmd = nil,
  escape = true,
  lenses = true,
  marks = true,
  sign = "▎",
  inline = true,
  inline_delay = 75,
}

local checks = {
  cmd = function(value)
    return vim.islist(value) and #value > 0 and type(value[1]) == "string", "a list of texts"
  end,
  inline_delay = function(value)
    return type(value) == "number" and value >= 0, "a number of milliseconds"
  end,
  sign = function(value)
    local cells = type(value) == "string" and vim.fn.strdisplaywidth(value) or 0
    return cells == 1 or cells == 2, "a text of one or two cells"
  end,
}

---@param name string
---@param value any
---@return string? problem
local function problem(name, value)
  local check = checks[name]
  if check then
    local good, words = check(value)
    return not good and ("`%s` has to be %s"):format(name, words) or nil
  end
  if defaults[name] == nil then
    return ("there is no `%s`"):format(name)
  end
  return type(value) ~= type(defaults[name]) and ("`%s` has to be true or false"):format(name) or nil
end

---@return string[] problems Empty where all is well.
function M.problems()
  local given, found = vim.g.maze, {}
  if given ~= nil and type(given) ~= "table" then
    return { "`vim.g.maze` has to be a table" }
  end
  for name, value in vim.spairs(given or {}) do
    found[#found + 1] = problem(name, value)
  end
  return found
end

local told = {} ---@type table<string, true>

--- The configuration as it is now; of a bad value the user is told once, and the default holds.
---@return maze.Config
function M.get()
  local config = vim.deepcopy(defaults)
  if type(vim.g.maze) == "table" then
    for name, value in pairs(vim.g.maze) do
      if not problem(name, value) then
        config[name] = value
      end
    end
  end
  for _, words in ipairs(M.problems()) do
    if not told[words] then
      told[words] = true
      require("maze.say").warn(("vim.g.maze: %s (`:help maze-config`)."):format(words))
    end
  end
  return config
end

return M
