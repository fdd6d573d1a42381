package console

var overviewWords = map[string]words{}
