package imapbox

// Others is others.
var Others = others
