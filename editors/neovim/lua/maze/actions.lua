--- Commands of the server that are run here, because they ask the user or show something.
local client_of = require("maze.client")

local M = {}

---@param command lsp.Command
---@param ctx { client_id: integer, bufnr?: integer }
M["maze.generateWithInstruction"] = function(command, ctx)
  local client = vim.lsp.get_client_by_id(ctx.client_id)
  vim.ui.input({ prompt = "What should be generated? " }, function(intent)
    if client and intent and intent ~= "" then
      local argument = vim.tbl_extend("force", command.arguments[1], { intent = intent })
      client_of.command(client, "maze.generate", argument)
    end
  end)
end

---@param command lsp.Command
---@param ctx { client_id: integer, bufnr?: integer }
M["maze.showProvenance"] = function(command, ctx)
  local client = vim.lsp.get_client_by_id(ctx.client_id)
  if client then
    require("maze.why").show(client, command.arguments[1].id)
  end
end

return M
