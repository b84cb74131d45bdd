--- The version of this plugin; that of the server it was made for.
return "0.1.0"
