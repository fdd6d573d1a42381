package console

var notificationWords = map[string]words{}
