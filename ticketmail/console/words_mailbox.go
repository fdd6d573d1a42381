package console

var mailboxWords = map[string]words{}
