--- `:checkhealth maze`.
local M = {}

local function editor()
  local health = vim.health
  health.start("Neovim")
  if vim.fn.has("nvim-0.11") == 1 then
    health.ok(tostring(vim.version()))
  else
    health.error(tostring(vim.version()) .. " is too old", "Install 0.11 or newer.")
  end
  if require("maze.inline").native() then
    health.ok("suggestions at the cursor: by vim.lsp.inline_completion")
  else
    health.ok("suggestions at the cursor: by this plugin's own client")
  end
end

local function configuration()
  local health = vim.health
  health.start("Configuration")
  local problems = require("maze.config").problems()
  for _, words in ipairs(problems) do
    health.warn("vim.g.maze: " .. words, "See `:help maze-config`.")
  end
  if #problems == 0 then
    health.ok("vim.g.maze is well-formed")
  end
  if vim.lsp.is_enabled and vim.lsp.is_enabled("maze_lsp") or vim.lsp._enabled_configs.maze_lsp then
    health.ok('vim.lsp.enable("maze_lsp") was called')
  else
    health.warn("the server is not enabled", 'Put `vim.lsp.enable("maze_lsp")` into your init.lua.')
  end
end

local function server()
  local health = vim.health
  health.start("Language server")
  local cmd, source = require("maze.server").command()
  if vim.fn.executable(cmd[1]) == 0 then
    health.error(("`%s` was not found (%s)"):format(cmd[1], source), {
      "Install it: `pipx install maze-lsp`.",
      "Or say where it is: `vim.g.maze = { cmd = { '/path/to/maze-lsp', '--stdio' } }`.",
    })
    return
  end
  local asking = vim.list_extend(vim.list_slice(cmd), { "--version" })
  local done = vim.system(asking, { text = true, timeout = 20000 }):wait()
  if done.code ~= 0 then
    local lines = vim.split(vim.trim(done.stderr or ""), "\n")
    health.error(("`%s` does not start: %s"):format(table.concat(cmd, " "), lines[#lines]), "Install it anew.")
    return
  end
  local version = vim.trim(done.stdout)
  health.ok(("%s: `%s` (%s)"):format(version, table.concat(cmd, " "), source))
  local theirs, ours = vim.version.parse(version:match("%d[%d.]*") or ""), vim.version.parse(require("maze.version"))
  if not theirs or not ours or theirs.major ~= ours.major or theirs.minor ~= ours.minor then
    local older = theirs and ours and vim.version.lt(ours, theirs) and "this plugin" or "the server"
    health.warn(("the plugin is version %s"):format(require("maze.version")), ("Update %s."):format(older))
  end
  local clients = require("maze.client").all()
  for _, client in ipairs(clients) do
    local count = vim.tbl_count(client.attached_buffers)
    health.ok(("runs for %s, %d buffers"):format(client.root_dir or "single files", count))
  end
  if #clients == 0 then
    health.info("it does not run now: it starts with the first file of a language that it knows")
  end
  health.info("whether model and service work: `maze health` in a terminal")
end

function M.check()
  editor()
  configuration()
  server()
end

return M
