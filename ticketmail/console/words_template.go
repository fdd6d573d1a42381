package console

var templateWords = map[string]words{}
