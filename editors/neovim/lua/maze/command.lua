--- `:Maze <subcommand>`. What is a code action or a lens is none of these.
local client_of = require("maze.client")
local say = require("maze.say")

local M = {}

---@param first string
---@param of_file fun(buf: integer)
---@param of_project fun()
local function scoped(first, of_file, of_project)
  if first == "project" then
    of_project()
  elseif first == "" then
    of_file(vim.api.nvim_get_current_buf())
  else
    say.warn(("there is no `%s`; there is `project`, or nothing for this file."):format(first))
  end
end

---@type table<string, { run: fun(argument: string), arguments?: string[] }>
local subcommands = {
  holes = {
    arguments = { "project" },
    run = function(argument)
      scoped(argument, require("maze.holes").file, require("maze.holes").all)
    end,
  },
  fill = {
    arguments = { "project" },
    run = function(argument)
      scoped(argument, require("maze.fill").file, require("maze.fill").project)
    end,
  },
  review = {
    arguments = require("maze.review").WAYS,
    run = function(argument)
      require("maze.review").ask(argument)
    end,
  },
  status = {
    run = function()
      local client = client_of.of()
      local version = client and (client.server_info or {}).version or "not running here"
      local cmd, source = require("maze.server").command()
      say.info(
        ("%s\nserver: %s\nplugin: %s\ncommand: %s (%s)"):format(
          require("maze.status").words(),
          version,
          require("maze.version"),
          table.concat(cmd, " "),
          source
        )
      )
    end,
  },
  log = {
    run = function()
      vim.cmd.split(vim.fn.fnameescape(vim.lsp.log.get_filename()))
      vim.cmd("normal! G")
    end,
  },
  stop = {
    run = function()
      require("maze.cancel").cancel(nil, function(count)
        if count == 0 then
          say.info("nothing is being generated.")
        end
      end)
    end,
  },
  restart = {
    run = function()
      require("maze.restart")()
    end,
  },
}

---@param arguments vim.api.keyset.create_user_command.command_args
function M.run(arguments)
  local name, argument = arguments.fargs[1] or "status", arguments.fargs[2] or ""
  local subcommand = subcommands[name]
  if not subcommand then
    local known = vim.tbl_keys(subcommands)
    table.sort(known)
    say.error(("there is no `:Maze %s`; there is: %s."):format(name, table.concat(known, ", ")))
    return
  end
  subcommand.run(argument)
end

---@param lead string
---@param line string
---@return string[]
function M.complete(lead, line)
  local before = vim.split(line, "%s+", { trimempty = true })
  local number = #before - (lead ~= "" and 1 or 0)
  local offered = {}
  if number == 1 then
    offered = vim.tbl_keys(subcommands)
  elseif number == 2 and subcommands[before[2]] then
    offered = subcommands[before[2]].arguments or {}
  end
  offered = vim.tbl_filter(function(word)
    return vim.startswith(word, lead)
  end, offered)
  table.sort(offered)
  return offered
end

return M
