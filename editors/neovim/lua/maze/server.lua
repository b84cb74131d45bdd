--- Starting the language server: where it is, how it is configured, and what the user is told when it ends.
local config = require("maze.config")
local say = require("maze.say")

local M = {}

M.FILETYPES = {
  "python",
  "go",
  "javascript",
  "javascriptreact",
  "typescript",
  "typescriptreact",
  "rust",
  "json",
  "jsonc",
}
M.ROOTS = { { "pyproject.toml", "package.json", "go.mod", "Cargo.toml", "tsconfig.json" }, ".git" }

local QUICK = 10 * 1000 * 1000 * 1000
local INSTALL = "Install it (`pipx install maze-lsp`) or say where it is: `vim.g.maze = { cmd = { … } }`."

--- How the server is started: the user's word, the active virtual environment, the PATH.
---@return string[] cmd
---@return string source
function M.command()
  local own = config.get().cmd
  if own then
    return own, "vim.g.maze.cmd"
  end
  local environment = vim.env.VIRTUAL_ENV
  if environment and environment ~= "" then
    local program = vim.fs.joinpath(environment, "bin", "maze-lsp")
    if vim.fn.executable(program) == 1 then
      return { program, "--stdio" }, "the active virtual environment"
    end
  end
  return { "maze-lsp", "--stdio" }, "PATH"
end

local missing ---@type string?

--- Whether the server can be started; where not, the user is told once for each place it was looked for at.
---@return boolean
function M.found()
  local cmd = M.command()
  if vim.fn.executable(cmd[1]) == 1 then
    missing = nil
    return true
  end
  if missing ~= cmd[1] then
    missing = cmd[1]
    require("maze.status").set(nil, "error", "the language server was not found")
    say.warn(("`%s` was not found. %s"):format(cmd[1], INSTALL))
  end
  return false
end

--- Say in words why a server that ended at once did so: what it writes when it is asked for its version.
---@param cmd string[]
---@param say_it fun(reason: string)
local function reason_of(cmd, say_it)
  local asked, problem = pcall(vim.system, { cmd[1], "--version" }, { text = true, timeout = 5000 }, function(done)
    local lines = vim.split(vim.trim(done.stderr or ""), "\n")
    say_it(done.code ~= 0 and lines[#lines] or "")
  end)
  if not asked then
    say_it(tostring(problem))
  end
end

--- The server's process has ended and nobody asked it to.
---@param cmd string[]
---@param code integer
---@param signal integer
---@param quick boolean Right after its start.
local function ended(cmd, code, signal, quick)
  require("maze.status").set(nil, "error", "the language server ended")
  local how = signal ~= 0 and ("was killed (signal %d)"):format(signal) or ("ended (exit code %d)"):format(code)
  if not quick or signal ~= 0 then
    say.error(("the language server %s. `:Maze restart` starts it again."):format(how))
    return
  end
  reason_of(cmd, function(reason)
    local why = reason ~= "" and (": " .. reason) or ""
    say.error(("`%s` %s right after its start%s."):format(cmd[1], how, why))
  end)
end

--- Start the process. Neovim's own words on its end are left out: ours say what to do.
---@param dispatchers vim.lsp.rpc.Dispatchers
---@param given vim.lsp.ClientConfig
---@return vim.lsp.rpc.PublicClient
local function start(dispatchers, given)
  local cmd = M.command()
  local began, wanted = vim.uv.hrtime(), false
  local on_exit = dispatchers.on_exit
  dispatchers.on_exit = function(code, signal)
    if not wanted then
      vim.schedule(function()
        ended(cmd, code, signal, vim.uv.hrtime() - began < QUICK)
      end)
    end
    on_exit(0, 0)
  end
  local rpc = vim.lsp.rpc.start(cmd, dispatchers, { cwd = given.cmd_cwd, env = given.cmd_env })
  local request, terminate = rpc.request, rpc.terminate
  rpc.request = function(method, ...)
    wanted = wanted or method == "shutdown"
    return request(method, ...)
  end
  rpc.terminate = function()
    wanted = true
    terminate()
  end
  return rpc
end

--- Tell the user where plugin and server are of different minor versions, and which one to update.
---@param client vim.lsp.Client
local function compare(client)
  local theirs = vim.version.parse((client.server_info or {}).version or "")
  local ours = assert(vim.version.parse(require("maze.version")))
  if not theirs then
    say.warn("the language server does not say its version; update maze-lsp.")
    return
  end
  if theirs.major ~= ours.major or theirs.minor ~= ours.minor then
    local older = vim.version.lt(theirs, ours) and "the server (`pipx upgrade maze-lsp`)" or "this plugin"
    local words = "this plugin is version %s, the language server %s: update %s."
    say.warn(words:format(tostring(ours), tostring(theirs), older))
  end
end

---@return vim.lsp.Config
function M.config()
  return {
    cmd = start,
    filetypes = M.FILETYPES,
    root_dir = function(buf, on_dir)
      local own = vim.lsp.config[require("maze.client").NAME] or {}
      if type(own.cmd) == "table" or M.found() then -- Neovim itself looks at a command that the user gave it
        on_dir(vim.fs.root(buf, M.ROOTS))
      end
    end,
    init_options = { extension = "maze.nvim " .. require("maze.version") },
    capabilities = {
      experimental = { maze = { preview = true, review = true, instruction = true } },
      workspace = { codeLens = { refreshSupport = true }, workspaceEdit = { documentChanges = true } },
      textDocument = config.get().inline and { inlineCompletion = { dynamicRegistration = false } } or nil,
    },
    handlers = require("maze.handlers"),
    commands = require("maze.actions"),
    on_init = compare,
    on_attach = function(client, buf)
      require("maze.attach").attach(client, buf)
    end,
  }
end

return M
