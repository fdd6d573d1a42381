package console

var journalWords = map[string]words{}
