--- `:Maze restart`: stop the servers, wait for their end, enable them again for the buffers that had one.
local client_of = require("maze.client")

local PATIENCE = 60

return function()
  require("maze.preview").clear()
  require("maze.review").clear()
  for _, client in ipairs(client_of.all()) do
    client:stop()
  end
  local tries = 0
  local function look()
    tries = tries + 1
    local left = client_of.all()
    if #left == 0 then
      vim.lsp.enable(client_of.NAME, false)
      vim.lsp.enable(client_of.NAME, true)
      return
    end
    if tries == PATIENCE / 2 then
      for _, client in ipairs(left) do
        client:stop(true)
      end
    end
    if tries < PATIENCE then
      vim.defer_fn(look, 50)
    else
      require("maze.say").error("the language server does not end.")
    end
  end
  look()
end
