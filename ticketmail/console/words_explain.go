package console

var explainWords = map[string]words{}
