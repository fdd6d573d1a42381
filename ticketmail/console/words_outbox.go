package console

var outboxWords = map[string]words{}
