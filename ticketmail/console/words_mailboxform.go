package console

var mailboxFormWords = map[string]words{}
